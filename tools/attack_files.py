"""Attack the program with damaged and hostile files, and count what goes wrong.

    python tools/attack_files.py [--count KIND=N] ... [--seed N] [--only KIND=INDEX]

The kinds, each in a process that is started again when it dies:

inputs   pictures and drawings with altered, removed, repeated and inserted bytes, read as `predict` reads them
models   a received run's model with one altered byte, every other one of them outside of the weights; it is loaded and
         asked as the window does it
cache    one flipped bit in a cached file, or in a shipped run's archive of predictions
folders  a link, pipe, folder or wrong content in place of a file of a received run, which is then listed, answered,
         compared, annotated, renamed and deleted

An input counts as a traceback if an error is raised that the program does not show as a sentence; as a death if its
process ends or does not answer within 60 seconds; as a wrong result if what would be shown is no probability, differs
from what was cached, or if a file outside of the run folder was changed. `--only` repeats one input.
"""

from __future__ import annotations

import argparse
import faulthandler
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from mnist_gui.analysis.latency import cached_latency, measure_latency
from mnist_gui.analysis.prediction_cache import load_predictions, predictions, save_predictions, shipped_predictions
from mnist_gui.digits.dataset import load_mnist_test
from mnist_gui.digits.framing import frame_of
from mnist_gui.digits.input_files import read_input
from mnist_gui.models.inference import model_trial
from mnist_gui.models.inference.onnx_network import are_probabilities
from mnist_gui.models.inference.predictor import LoadedModel, load_predictor
from mnist_gui.models.weights import read_weights
from mnist_gui.paths import resources_folder
from mnist_gui.runs.record import MODEL_FILE, PREDICTIONS_FILE, RECORD_FILE, ROBUSTNESS_FILE, RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore

SECONDS = 60  # for one input
SHIPPED = resources_folder() / "runs"
NAME = "model-1-best"
Attack = Callable[[random.Random], str]  # returns what is wrong with what is shown, or an empty string


def main() -> None:
    """Attack, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", action="append", default=[], metavar="KIND=N", help="default: those of docs/")
    parser.add_argument("--minutes", type=float, default=600, metavar="X", help="end each kind after that time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", metavar="KIND=INDEX", help="repeat one input, as messages name it")
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        kind, first, count = arguments.worker
        work(kind, int(first), int(count), arguments.seed)
        return
    if arguments.only:
        kind, _, index = arguments.only.partition("=")
        work(kind, int(index), 1, arguments.seed, verbose=True)
        return
    chosen = dict(entry.split("=") for entry in arguments.count)
    print(
        f"{'kind':<9}{'inputs':>8}{'refused':>9}{'tracebacks':>12}{'deaths':>8}{'wrong':>7}{'seconds':>9}", flush=True
    )
    failed = False
    for kind, count in chosen.items() or ((kind, default) for kind, (_, default) in KINDS.items()):
        began = time.monotonic()
        found = attack(kind, int(count), arguments.seed, 60 * arguments.minutes)
        failed |= any(found[outcome] for outcome in ("traceback", "death", "wrong"))
        print(
            f"{kind:<9}{found.total():>8,}{found['refused']:>9,}{found['traceback']:>12,}{found['death']:>8,}"
            f"{found['wrong']:>7,}{time.monotonic() - began:>9.0f}",
            flush=True,
        )
    sys.exit(failed)


def attack(kind: str, count: int, seed: int, seconds: float) -> Counter[str]:
    """Return the number of inputs of a kind by outcome; it may end early, after some seconds."""
    found: Counter[str] = Counter()
    end = time.monotonic() + seconds
    while found.total() < count and time.monotonic() < end:
        first = found.total()
        command = [sys.executable, __file__, "--seed", str(seed), "--worker", kind, str(first), str(count - first)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as worker:
            assert worker.stdout is not None
            for line in worker.stdout:
                outcome, _, what = line.rstrip("\n").partition(" ")
                if what:
                    print(f"  {outcome}, --only {kind}={found.total()} --seed {seed}: {what}", flush=True)
                found[outcome] += 1
                if time.monotonic() > end:
                    worker.kill()
                    return found
        if found.total() < count:
            print(f"  death ({worker.returncode}), --only {kind}={found.total()} --seed {seed}", flush=True)
            found["death"] += 1
    return found


def work(kind: str, first: int, count: int, seed: int, *, verbose: bool = False) -> None:
    """Attack in this process, and print an outcome for each input."""
    with tempfile.TemporaryDirectory() as folder:
        model_trial.trusted_models_file = lambda: Path(folder) / "trusted-models.txt"  # not the user's
        make, _ = KINDS[kind]
        attack_once = make(Path(folder))
        for index in range(first, first + count):
            faulthandler.dump_traceback_later(SECONDS, exit=True)
            try:
                wrong = attack_once(random.Random(f"{seed} {kind} {index}"))
                outcome = f"wrong {wrong}" if wrong else "shown"
            except RunError as error:
                outcome = "refused"
                if verbose:
                    print(error)
            except Exception as error:
                outcome = f"traceback {type(error).__name__}: {str(error)[:200]!r}"
                if verbose:
                    traceback.print_exc()
            print(outcome, flush=True)
        faulthandler.cancel_dump_traceback_later()


# -- inputs


def attack_inputs(folder: Path) -> Attack:
    """Alter pictures and drawings."""
    images = load_mnist_test().images[:5]
    originals = []
    for suffix, options in (("png", {}), ("jpg", {}), ("gif", {}), ("bmp", {}), ("tif", {}), ("webp", {})):
        for image in images[:3]:
            file = io.BytesIO()
            picture = Image.fromarray(255 - np.kron(image, np.ones((3, 3), np.uint8)))
            picture.save(file, {"jpg": "JPEG", "tif": "TIFF"}.get(suffix, suffix.upper()), **options)
            originals.append((suffix, file.getvalue()))
    drawing = json.dumps({"strokes": [[[10, 10.5], [20, 30], [1e2, 40]], [[5, 5]]], "label": 7}).encode()
    originals += [("json", drawing), ("jsonl", b"\n".join([drawing] * 3) + b"\n")] * 3

    def attack_once(generator: random.Random) -> str:
        suffix, content = generator.choice(originals)
        path = folder / f"input.{suffix}"
        path.write_bytes(altered(content, generator))
        items = list(read_input(str(path)))
        for item in items:
            if item.content is None:
                if not item.problem.startswith(str(path)):
                    return f"the message does not name the file: {item.problem!r}"
                continue
            frame = frame_of(item.content)
            if frame.shape != (28, 28) or not (np.isfinite(frame).all() and frame.min() >= 0 and frame.max() <= 1):
                return "a frame that is none"
        if all(item.content is None for item in items):
            raise RunError("; ".join(item.problem for item in items))
        return ""

    return attack_once


def altered(content: bytes, generator: random.Random) -> bytes:
    """Return a content in which some bytes are replaced, removed, repeated or inserted."""
    changed = bytearray(content)
    for _ in range(generator.choice((1, 1, 2, 5, 20))):
        place = generator.randrange(max(len(changed), 1))
        end = place + generator.randrange(1, 30)
        match generator.randrange(5):
            case 0:
                changed[place : place + 1] = generator.randbytes(1)
            case 1:
                changed[place:end] = b""
            case 2:
                changed[place:place] = changed[place:end] * generator.choice((1, 2, 100))
            case 3:
                changed[place:place] = generator.choice((b"\xff" * 4, b"\0" * 8, b"[" * 2000, b"1e999", b"NaN", b"-1"))
            case 4 if generator.random() < 0.2:
                del changed[place:]
    return bytes(changed)


# -- models


def attack_models(folder: Path) -> Attack:
    """Alter one byte of a model, received with checksums that agree."""
    content = (SHIPPED / NAME / MODEL_FILE).read_bytes()
    store = RunStore(folder / "runs", SHIPPED)
    frames = load_mnist_test().frames()[:3]
    structure = structure_of(content)
    shipped = {run.name: LoadedModel(run) for run in map(store.shipped_default, (1, 2, 3)) if run is not None}

    def load(run: Run) -> LoadedModel:
        return shipped[run.name] if run.shipped else LoadedModel(run)

    def attack_once(generator: random.Random) -> str:
        place = generator.choice(structure) if generator.random() < 0.5 else generator.randrange(len(content))
        changed = bytearray(content)
        changed[place] ^= generator.randrange(1, 256)
        run = store.create(1, {"name": "received"}, 0, {"name": "MNIST", "checksum": "c"})
        try:
            entry = run.write_file(MODEL_FILE, lambda path: path.write_bytes(changed))
            run.commit(status="completed", epochs=1, exported=1, files={MODEL_FILE: entry})
            store.activate(run.name)
            predictor = load_predictor(store, load=load)
            shown = [predictor.predict(frames), predictor.predict(frames[:1])]
        finally:
            shutil.rmtree(run.folder)
        for prediction in (*shown[0], *shown[1]):
            rows = [single.probabilities for single in (*prediction.predictions, prediction.ensemble)]
            if len(rows) != 4 or not are_probabilities(np.array(rows)):
                return f"byte {place} of the model leads to {rows}"
        if predictor.models[0].run != run.name:
            if len(predictor.problems) != 1 or run.name not in predictor.problems[0]:
                return f"no sentence says that another run answers: {predictor.problems}"
            raise RunError(predictor.problems[0])
        return ""

    return attack_once


def structure_of(content: bytes) -> list[int]:
    """Return the indices of the bytes of an ``.onnx`` file that are no weights."""
    import onnx

    is_structure = np.ones(len(content), bool)
    for tensor in onnx.load_model_from_string(content).graph.initializer:
        if len(tensor.raw_data) >= 256:
            first = content.index(tensor.raw_data)
            is_structure[first : first + len(tensor.raw_data)] = False
    return np.flatnonzero(is_structure).tolist()


# -- cache


def attack_cache(folder: Path) -> Attack:
    """Flip one bit of a file whose values are shown as results."""
    shipped = Run.open(SHIPPED / NAME, shipped=True)
    rows = shipped_predictions(shipped, PREDICTIONS_FILE, "probabilities", (10_000, 10))
    assert rows is not None
    reads: list[tuple[Path, Callable[[], object]]] = []
    for shape in ((10_000, 10), (6, 300, 10)):
        path = folder / f"{len(shape)}.cached"
        array = np.resize(rows, shape)
        save_predictions(path, array)
        reads.append((path, lambda path=path, shape=shape: as_value(load_predictions(path, shape))))
    measure_latency(shipped, folder)
    (latency,) = (folder / "answer-times").iterdir()
    reads.append((latency, lambda: cached_latency(shipped, folder)))
    copy = Run.open(shutil.copytree(SHIPPED / NAME, folder / NAME), shipped=True)
    with np.load(copy.folder / ROBUSTNESS_FILE) as archive:
        arrays = {ROBUSTNESS_FILE: (archive.files[0], archive[archive.files[0]].shape)}
    arrays[PREDICTIONS_FILE] = ("probabilities", (10_000, 10))
    for file in arrays:
        reads.append((copy.folder / file, lambda file=file: as_value(shipped_predictions(copy, file, *arrays[file]))))
    originals = {path: path.read_bytes() for path, _ in reads}
    values = {path: read() for path, read in reads}
    assert None not in values.values()

    def attack_once(generator: random.Random) -> str:
        path, read = generator.choice(reads)
        place, bit = generator.randrange(len(originals[path])), generator.randrange(8)
        with path.open("r+b") as file:
            file.seek(place)
            file.write(bytes([originals[path][place] ^ 1 << bit]))
            file.flush()
            value = read()
            file.seek(place)
            file.write(originals[path][place : place + 1])
        if value is None:
            raise RunError("computed anew")
        return "" if value == values[path] else f"bit {bit} of byte {place} of {path.name}"

    return attack_once


def as_value(array: np.ndarray | None) -> bytes | None:
    """Return an array as a value that can be compared."""
    return None if array is None else array.tobytes()


# -- folders


def attack_folders(folder: Path) -> Attack:
    """Put links, pipes, folders and wrong contents among the files of a received run."""
    victim = folder / "victim.txt"
    model = (SHIPPED / NAME / MODEL_FILE).read_bytes()
    number = 0

    def attack_once(generator: random.Random) -> str:
        nonlocal number
        number += 1
        runs = folder / f"runs-{number}"
        received = runs / "received"
        shutil.copytree(SHIPPED / NAME, received)
        victim.write_text("keep")
        names = [path.name for path in received.iterdir()]
        names += [".lock", *(f".writing-{name}" for name in names), f"{RECORD_FILE}.writing"]
        changed = generator.sample(names, generator.choice((1, 1, 2)))
        for name in changed:
            replace_file(received / name, victim, generator)
        store = RunStore(runs, SHIPPED)
        problems = []
        for use in generator.sample(USES, len(USES)):
            try:
                wrong = use(store, folder / f"cache-{number}", model)
            except RunError as error:
                problems.append(str(error))
                continue
            if wrong:
                return f"{wrong}, after {', '.join(changed)}"
        if victim.read_text() != "keep" or not victim.is_file():
            return f"a file outside was changed by {', '.join(changed)}"
        shutil.rmtree(runs, ignore_errors=True)
        if problems:
            raise RunError(" ".join(problems))
        return ""

    return attack_once


def replace_file(path: Path, victim: Path, generator: random.Random) -> None:
    """Replace a file of a run."""
    content = path.read_bytes() if path.exists() else b"{}"
    path.unlink(missing_ok=True)
    match generator.choice(("link", "device", "pipe", "folder", "itself", "nothing", "cut", "altered")):
        case "link":
            path.symlink_to(victim)
        case "device" if Path("/dev/zero").exists():
            path.symlink_to("/dev/zero")
        case "pipe" if hasattr(os, "mkfifo"):
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "itself":
            path.symlink_to(path.name)
        case "cut":
            path.write_bytes(content[: generator.randrange(len(content) + 1)])
        case "altered":
            path.write_bytes(altered(content, generator))


def use_list(store: RunStore, _cache: Path, _model: bytes) -> str:
    """List the runs, as window and `evaluate` do."""
    for run in store.runs():
        assert run.status
        run.history()
    return ""


def use_model(store: RunStore, _cache: Path, model: bytes) -> str:
    """Answer with the run."""
    store.activate("received")
    run = store.get("received")
    rows = LoadedModel(run).probabilities(np.zeros((1, 28, 28), np.float32))
    return "" if are_probabilities(rows) and run.read_file(MODEL_FILE) == model else "another model answers"


def use_predictions(store: RunStore, cache: Path, model: bytes) -> str:
    """Ask for its predictions, as Compare does; those that came with it are not believed."""
    from mnist_gui.analysis.evaluation_data import load_mnist_evaluation_set

    run = store.get("received")
    found = predictions(run, load_mnist_evaluation_set(), cache, progress=lambda fraction: False)
    return "" if found is None else "predictions that came with a run are shown"


def use_weights(store: RunStore, _cache: Path, _model: bytes) -> str:
    """Read its weights, as fine-tuning does."""
    read_weights(store.get("received"))
    return ""


def use_note(store: RunStore, _cache: Path, _model: bytes) -> str:
    """Write a note."""
    store.set_note("received", "seen")
    return ""


def use_rename(store: RunStore, _cache: Path, _model: bytes) -> str:
    """Rename it, and back."""
    store.rename("received", "renamed")
    store.rename("renamed", "received")
    return ""


def use_trash(store: RunStore, _cache: Path, _model: bytes) -> str:
    """Delete it, and undo that."""
    store.move_to_trash("received")
    store.restore("received")
    return ""


USES = (use_list, use_model, use_predictions, use_weights, use_note, use_rename, use_trash)
KINDS: dict[str, tuple[Callable[[Path], Attack], int]] = {
    "inputs": (attack_inputs, 10_000),
    "models": (attack_models, 2_000),
    "cache": (attack_cache, 35_000),
    "folders": (attack_folders, 500),
}

if __name__ == "__main__":
    main()
