"""The package: resources, version, bounds of dependencies, and no paths of a single machine."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

import mnist_gui
from mnist_gui.paths import resources_folder

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

# Put together here, so that this file does not name them either.
MACHINE_FOLDERS = ("work", "root", "opt")
REGISTRY_HOSTS = (".".join(("pypi", "org")), ".".join(("pythonhosted", "org")), ".".join(("npmjs", "org")))
# A folder of the machine's root, not one inside a longer path or an address.
OF_ONE_MACHINE = re.compile(
    rf"(?<![\w.~$}}-])/(?:{'|'.join(MACHINE_FOLDERS)})/|{'|'.join(map(re.escape, REGISTRY_HOSTS))}"
)


def tracked_files() -> list[Path]:
    """Return the files that git tracks; skip the test without git or a checkout."""
    git = shutil.which("git")
    if git is None:
        pytest.skip("git is not installed")

    def ask(*arguments: str) -> str:
        done = subprocess.run([git, *arguments], cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
        return done.stdout if done.returncode == 0 else ""

    top = ask("rev-parse", "--show-toplevel").strip()
    if not top or Path(top).resolve() != ROOT:
        pytest.skip("not a git checkout of this project")
    files = [ROOT / name for name in ask("ls-files", "-z").split("\0") if name]
    if not files:
        pytest.skip("git tracks no file yet")
    return [path for path in files if path.is_file() and not path.is_symlink()]


def places_named(content: bytes) -> list[str]:
    """Return the local folders and registry hosts in the content of a file; none for a binary one."""
    if b"\0" in content:
        return []
    return OF_ONE_MACHINE.findall(content.decode("utf-8", errors="replace"))


def test_resources_are_found_from_the_source_tree():
    folder = resources_folder()
    assert folder == ROOT / "resources"
    assert (folder / "mnist.npz").is_file()
    assert (folder / "notebook_history.csv").is_file()


def test_the_resources_stay_under_80_megabytes():
    sizes = {path: path.stat().st_size for path in resources_folder().rglob("*") if path.is_file()}
    assert sum(sizes.values()) < 80_000_000, sorted(sizes.items(), key=lambda item: -item[1])[:5]


def test_the_version_is_readable_and_is_the_one_that_is_packaged():
    assert re.fullmatch(r"\d+\.\d+\.\d+", mnist_gui.__version__)
    assert PROJECT["project"]["dynamic"] == ["version"]
    assert Path(mnist_gui.__file__).resolve() == ROOT / PROJECT["tool"]["hatch"]["version"]["path"]


def test_the_wheel_takes_the_resources_and_the_notices():
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["packages"] == ["mnist_gui"]
    assert wheel["force-include"] == {"resources": "mnist_gui/resources"}
    for name in [PROJECT["project"]["readme"], *PROJECT["project"]["license-files"]]:
        assert (ROOT / name).stat().st_size > 0, name


def test_python_3_11_gets_no_pyside_that_aborts_it():
    """PySide6 6.12 loses a reference to None on Python 3.11, and the interpreter aborts."""
    entries = [one for one in PROJECT["project"]["dependencies"] if one.startswith("pyside6-essentials")]
    by_marker = {marker.strip(): bounds for bounds, _, marker in (one.partition(";") for one in entries)}
    assert set(by_marker) == {"python_version < '3.12'", "python_version >= '3.12'"}
    assert "<6.12" in by_marker["python_version < '3.12'"].removeprefix("pyside6-essentials").split(",")


def test_no_tracked_file_names_a_machine_path_or_a_registry():
    named = {
        str(path.relative_to(ROOT)): places for path in tracked_files() if (places := places_named(path.read_bytes()))
    }
    assert not named


@pytest.mark.parametrize("folder", MACHINE_FOLDERS)
def test_a_machine_path_is_noticed(folder):
    path = f"/{folder}/somewhere"
    for text in (path, f"cd {path}", f'"{path}"', f"HOME={path}", f"({path})", f"file://{path}"):
        assert places_named(text.encode()), text
    for text in (f"its{path}", f".{path}", f"~{path}", f"https://example.com{path}", f"/{folder}s/"):
        assert not places_named(text.encode()), text


@pytest.mark.parametrize("host", REGISTRY_HOSTS)
def test_a_registry_host_is_noticed_and_a_binary_file_is_left_alone(host):
    assert places_named(f"index-url = https://files.{host}/simple".encode())
    assert not places_named(b"\0" + host.encode())
