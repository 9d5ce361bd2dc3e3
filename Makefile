# make run     set up and open the window          make test    set up and run every check
# make wheel   build dist/*.whl                    make clean   remove all that make made, .venv too
# Another Python: make run PYTHON=python3.12       Only GNU make and Python 3.11 to 3.13 are assumed.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?=

# Newest first; python3 last, for systems that have no versioned names.
CANDIDATES := $(if $(PYTHON),$(PYTHON),python3.13 python3.12 python3.11 python3 python)

# Asked of the interpreter itself: a name that exists (a pyenv shim, say) need not run. ensurepip is the part of
# venv that Debian packages separately.
USABLE := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))

.PHONY: help run test lint format-check types pytest wheel clean find-python
.NOTPARALLEL:

help:
	@sed -n '1,3s/^# //p' Makefile

run: $(VENV)/.installed-run
	$(BIN)/mnist-gui

# Stops at the first check that fails; make --keep-going test runs them all. pytest's summary comes last.
test: lint format-check types pytest

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/lint-imports

format-check: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

pytest: $(VENV)/.installed-dev
	$(BIN)/pytest --numprocesses 2 --dist worksteal

wheel: $(VENV)/.installed-dev
	$(BIN)/python -m build --wheel --outdir dist .

clean:
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Shell: sets $python to the first candidate that serves, or says what to do.
define look_for_python
python=; for candidate in $(CANDIDATES); do \
	if "$$candidate" -c '$(USABLE)' >/dev/null 2>&1; then python=$$candidate; break; fi; \
done; \
if [ -z "$$python" ]; then \
	echo 'mnist-gui needs Python 3.11, 3.12 or 3.13 with its venv module, and none of these is one: $(CANDIDATES).' \
		'Install one (Debian, Ubuntu: apt-get install python3 python3-venv; elsewhere: python.org), or name one:' \
		'make run PYTHON=/path/to/python.' >&2; \
	exit 1; \
fi
endef

# A virtual environment that works is kept; one that is missing, half-made or of another version is made anew.
define ensure_venv
if ! { $(BIN)/python -c '$(USABLE)' && $(BIN)/python -m pip --version; } >/dev/null 2>&1; then \
	$(look_for_python); \
	echo "Setting up $(VENV) with $$python; the first time takes some minutes."; \
	"$$python" -m venv --clear $(VENV); \
fi
endef

# Prints the interpreter that a new virtual environment would be made with.
find-python:
	@$(look_for_python); echo "$$python"

# The stamps are written last: an install that was cut short is done again.
$(VENV)/.installed-run: pyproject.toml
	@$(ensure_venv)
	$(BIN)/python -m pip install --disable-pip-version-check $(if $(CI),--quiet) --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml
	@$(ensure_venv)
	$(BIN)/python -m pip install --disable-pip-version-check $(if $(CI),--quiet) --editable '.[dev]'
	@touch $@ $(VENV)/.installed-run
