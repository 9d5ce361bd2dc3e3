"""A study on the disk: a folder with its plan and its runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import chain, count
from pathlib import Path

from filelock import FileLock, Timeout

from mnist_gui.digits.dataset import Dataset
from mnist_gui.files import open_regular, write_text
from mnist_gui.models.architectures import OWN
from mnist_gui.models.layer_chain import own_chain
from mnist_gui.models.recipes import Recipe, RecipeError
from mnist_gui.runs.lock import is_locked
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore
from mnist_gui.studies.plan import PlanError, PlannedRun, StudyPlan, check_name

PLAN_FILE = "study.json"
RUNS_FOLDER = "runs"
_LOCK_FILE = ".lock"
_MAX_PLAN_BYTES = 1_000_000
# Of a run after which a study goes on to the next one. A run that failed is tried again by the next call.
ENDED = ("completed", "diverged")


class StudyError(RuntimeError):
    """A study cannot be read, written or continued; the message says why, and what to do."""


class Study:
    """A study and its runs.

    The folder is the whole truth: a run of the plan is done if a run of the same model, recipe and seed in it is. The
    name of a run means nothing.

    Parameters
    ----------
    folder
        Folder of the study.
    plan
        Content of its ``study.json``.
    shipped
        Whether it came with the program: it is read only, and its runs have predictions in place of models.
    """

    def __init__(self, folder: Path, plan: StudyPlan, *, shipped: bool = False) -> None:
        self.folder = folder
        self.plan = plan
        self.shipped = shipped
        nothing = folder / "no such runs"
        self.store = RunStore(*((nothing, folder / RUNS_FOLDER) if shipped else (folder / RUNS_FOLDER, nothing)))

    @classmethod
    def open(cls, folder: Path, *, shipped: bool = False) -> Study:
        """Open a study; raise `StudyError` if its plan is missing or invalid."""
        try:
            with open_regular(folder / PLAN_FILE) as file:
                content = file.read(_MAX_PLAN_BYTES + 1)
            if len(content) > _MAX_PLAN_BYTES:
                raise PlanError(f"it has more than {_MAX_PLAN_BYTES:,} bytes")
            plan = StudyPlan.from_json(content.decode("utf-8"))
            plan = replace(plan, name=folder.name)  # of a folder that was copied or renamed
        except (OSError, UnicodeDecodeError, PlanError) as error:
            reason = getattr(error, "strerror", None) or str(error).rstrip(".")
            raise StudyError(
                f"Study {folder.name}: {PLAN_FILE} cannot be used: {reason}. Correct it; the runs beside it are kept."
            ) from error
        return cls(folder, plan, shipped=shipped)

    def found_runs(self) -> dict[PlannedRun, Run]:
        """Return the run on disk of each planned run that was begun; of several, the one with the most epochs."""
        begun: dict[tuple[int, str, Recipe, int], Run] = {}
        for run in sorted(self.store.runs(), key=lambda run: (run.status in ENDED, run.record.epochs), reverse=True):
            # Recipes of an earlier version have fewer fields; the defaults of the others are what it did.
            with suppress(RecipeError):
                recipe = Recipe.from_json(run.record.recipe)
                begun.setdefault((run.model, own_chain(run), recipe, run.record.seed), run)
        keys = {
            planned: (planned.group.model, planned.group.layers, planned.group.recipe, planned.seed)
            for planned in self.plan.runs()
        }
        return {planned: begun[key] for planned, key in keys.items() if key in begun}

    def remaining(self, found: Mapping[PlannedRun, Run]) -> list[PlannedRun]:
        """Return the planned runs that have not ended, given `found_runs`, in the order of their training."""
        return [planned for planned in self.plan.runs() if planned not in found or found[planned].status not in ENDED]

    def extend(self, plan: StudyPlan) -> None:
        """Replace the plan by one that contains it; raise `StudyError` if it does not, or cannot be written."""
        if plan == self.plan:
            return
        self._check_own()
        if not plan.extends(self.plan):
            raise StudyError(
                f"Study {self.plan.name} exists with other models, settings or seeds; give all of its own and more to "
                "extend it, leave them out to continue it, or give another name for a new study."
            )
        _write_plan(self.folder, plan)
        self.plan = plan

    @property
    def is_training(self) -> bool:
        """Whether this or another process trains its runs."""
        return not self.shipped and is_locked(self.folder)

    def _check_own(self) -> None:
        if self.shipped:
            raise StudyError(
                f"Study {self.plan.name} came with the program and stays as it is; give another name for one of your "
                "own."
            )

    def check_exists(self) -> None:
        """Raise `StudyError` if the folder was moved or deleted: it must not be made again without its plan."""
        if not (self.folder / PLAN_FILE).is_file():
            raise StudyError(f"Study {self.plan.name} no longer exists: its folder {self.folder} was moved or deleted.")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the study, so that no other process trains its runs; raise `StudyError` if one does.

        What killed programs left in its runs is deleted.
        """
        self._check_own()
        self.check_exists()  # the lock would create the folder
        lock = FileLock(self.folder / _LOCK_FILE)
        try:
            lock.acquire(timeout=1)  # `is_training` holds it for an instant
        except Timeout as error:
            raise StudyError(
                f"Study {self.plan.name} is being trained by another program; wait until it ends."
            ) from error
        except OSError as error:
            raise StudyError(f"The folder {self.folder} cannot be written ({error.strerror}).") from error
        try:
            self.store.remove_leftovers()
            yield
        finally:
            lock.release()


class StudyStore:
    """The studies of the user, and those that ship with the program.

    Parameters
    ----------
    folder
        Studies of the user; created with the first one.
    shipped
        Those that ship; never written. None for none.
    """

    def __init__(self, folder: Path, shipped: Path | None = None) -> None:
        self.folder = folder
        self.shipped = shipped

    def names(self) -> list[str]:
        """Return the names of the studies, the shipped ones first; also of those whose plan is damaged."""
        own = _names_in(self.folder)
        return [name for name in _names_in(self.shipped) if name not in own] + own

    def is_shipped(self, name: str) -> bool:
        """Return whether this name is that of a shipped study; one of the user with the same name takes its place."""
        return name not in _names_in(self.folder) and name in _names_in(self.shipped)

    def shown_name(self, name: str) -> str:
        """Return what a study is called where it is shown."""
        try:
            return self.get(name).plan.shown_name
        except StudyError:
            return name

    def exists(self, name: str) -> bool:
        """Return whether there is a study of this name, in any case of its letters."""
        return bool(self._similar(name))

    def _similar(self, name: str) -> str:
        """Return the name of the study that has this name in any case of its letters; empty for none."""
        return next((known for known in self.names() if known.casefold() == name.casefold()), "")

    def get(self, name: str) -> Study:
        """Open a study by its name; raise `StudyError` if there is none of this name, or its plan is damaged."""
        names = self.names()
        try:
            check_name(name)
        except PlanError as error:
            hint = " Rename the folder." if name in names else ""
            raise StudyError(f"{error}{hint}") from error
        if name not in names:
            if similar := self._similar(name):
                raise StudyError(
                    f"There is no study {name!r}, but one of the name {similar!r}: give this name to continue it, or "
                    "one that differs in more than the case of its letters for a new study."
                )
            known = ", ".join(names) or "none"
            raise StudyError(f"There is no study {name!r} in {self.folder}. Known studies: {known}.")
        if self.shipped is not None and self.is_shipped(name):
            return Study.open(self.shipped / name, shipped=True)
        return Study.open(self.folder / name)

    def create(self, plan: StudyPlan) -> Study:
        """Create a study; raise `StudyError` if there is one of this name, or it cannot be written."""
        if self.exists(plan.name):
            raise StudyError(f"There is a study {plan.name!r} already; give another name.")
        _write_plan(self.folder / plan.name, plan)
        return Study(self.folder / plan.name, plan)


def _names_in(folder: Path | None) -> list[str]:
    try:
        return [] if folder is None else sorted(path.parent.name for path in folder.glob(f"[!.]*/{PLAN_FILE}"))
    except OSError:
        return []


def study_name(recipe: Recipe, models: tuple[int, ...]) -> str:
    """Return the name of a study to which the user gave none: "models 1+2 fast", "own fast"."""
    changed = " changed" if recipe.changes else ""
    numbers = [str(model) for model in models if model]
    parts = [f"model{'s' if len(numbers) > 1 else ''} {'+'.join(numbers)}"] if numbers else []
    parts += ["own"] if OWN in models else []
    return f"{' + '.join(parts)} {recipe.name}{changed}"


def study_of(
    studies: StudyStore,
    recipe: Recipe,
    models: tuple[int, ...],
    seeds: tuple[int, ...],
    data: Dataset | None = None,
    layers: str = "",
) -> Study:
    """Return the study that trains models by a recipe with these seeds: one that exists, extended, or a new one.

    Parameters
    ----------
    models
        1, 2 or 3 each, and `OWN` for the user's own layers.
    layers
        Text of these layers; ignored without `OWN`.
    data
        What is trained on; None for MNIST.

    Raises
    ------
    StudyError
        The study cannot be written.
    """
    stem = study_name(recipe, models)
    wanted = StudyPlan(stem, tuple(filter(None, models)), recipe, {}, seeds, layers=(layers,) if OWN in models else ())
    if data is not None:
        wanted = wanted.with_data(data)
    for name in studies.names():
        try:
            study = studies.get(name)
        except StudyError:
            continue  # a damaged one is told of where it is shown
        plan = study.plan
        is_same = plan.data_checksum == wanted.data_checksum and not study.shipped
        networks = set(plan.models), set(plan.layers)
        if is_same and plan.recipe == recipe and networks == (set(wanted.models), set(wanted.layers)) and not plan.vary:
            study.extend(replace(plan, seeds=(*plan.seeds, *(seed for seed in seeds if seed not in plan.seeds))))
            return study
    name = next(name for name in chain([stem], (f"{stem} {number}" for number in count(2))) if not studies.exists(name))
    return studies.create(replace(wanted, name=name))


def _write_plan(folder: Path, plan: StudyPlan) -> None:
    try:
        write_text(folder / PLAN_FILE, plan.to_json())
    except OSError as error:
        raise StudyError(f"The study cannot be saved in {folder} ({error.strerror}).") from error
