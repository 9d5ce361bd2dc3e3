"""Exports of models and histories, with real Keras, and runs of earlier versions."""

import io
import zipfile

import numpy as np
import pytest

from mnist_gui.models.architectures import ARCHITECTURES, build
from mnist_gui.models.export import export_run
from mnist_gui.models.inference.onnx_network import OnnxNetwork
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.models.weights import (
    keras_weights,
    load_weights,
    model_content,
    read_weights,
    write_archive,
)
from mnist_gui.runs.record import (
    HISTORY_FILE,
    LITERT_FILE,
    MODEL_FILE,
    WEIGHTS_FILE,
    EpochMetrics,
    RunError,
    checkpoint_file,
)
from mnist_gui.runs.store import RunStore

# TensorFlow and its converter emit warnings at import and export.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::ResourceWarning"),
]

DATA = {"name": "bars", "checksum": "bars-checksum", "validation": {"source": "test", "frames": 60}}
NUMBER = 2  # with batch normalization, whose moving averages are weights too


def run_with(store: RunStore, **writers):
    """Return a run of one epoch with the given files, keyed by "model", "litert", "weights", "checkpoint"."""
    run = store.create(NUMBER, {"name": "quick"}, 0, DATA)
    names = {"model": MODEL_FILE, "litert": LITERT_FILE, "weights": WEIGHTS_FILE, "checkpoint": checkpoint_file(1)}
    files = {names[key]: run.write_file(names[key], write) for key, write in writers.items()}
    files[HISTORY_FILE] = run.append_history(EpochMetrics(1, 0.5, 0.8, 0.4, 0.9, 12.0))
    run.commit(status="completed", epochs=1, exported=1, files=files)
    return store.get(run.name)


@pytest.fixture(scope="module")
def network():
    """A network whose weights all differ from initial ones."""
    model = build(ARCHITECTURES[NUMBER])
    rng = np.random.default_rng(1)
    model.set_weights([weight + rng.uniform(0, 0.02, weight.shape) for weight in model.get_weights()])
    return model


@pytest.fixture(scope="module")
def whole_run(network, tmp_path_factory):
    """A run with all files of a completed training, and a checkpoint."""
    folder = tmp_path_factory.mktemp("runs")
    return run_with(
        RunStore(folder, folder / "none"),
        model=lambda path: path.write_bytes(model_content(ARCHITECTURES[NUMBER], keras_weights(network))),
        weights=lambda path: path.write_bytes(write_archive(keras_weights(network))),
        checkpoint=network.save,
    )


@pytest.fixture(scope="module")
def frames():
    return np.random.default_rng(2).random((20, 28, 28), np.float32)


def only(run, store, *names):
    """Return a copy of a run with only some of its files."""
    short = {MODEL_FILE: "model", WEIGHTS_FILE: "weights", checkpoint_file(1): "checkpoint"}
    return run_with(store, **{short[n]: lambda path, n=n: path.write_bytes(run.read_file(n)) for n in names})


def opened_by_keras(path, frames):
    import keras

    return keras.models.load_model(path).predict(frames[..., None], verbose=0)


def test_the_history_is_the_runs_own_bytes(whole_run, tmp_path):
    export_run(whole_run, "csv", tmp_path / "mine.csv")
    assert (tmp_path / "mine.csv").read_text().splitlines()[1].startswith("1,0.5,0.8")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.csv"], "nothing is left beside"


@pytest.mark.parametrize("name", [MODEL_FILE, WEIGHTS_FILE, checkpoint_file(1)])
def test_plain_keras_opens_the_keras_file_and_agrees_with_what_answers(whole_run, store, tmp_path, frames, name):
    export_run(only(whole_run, store, name), "keras", tmp_path / "mine.keras")
    answers = LoadedModel(whole_run).probabilities(frames)
    assert opened_by_keras(tmp_path / "mine.keras", frames) == pytest.approx(answers, abs=2e-3)


def test_the_model_file_holds_the_weights_in_half_precision(whole_run, network):
    """Kernels are rounded; what is small, such as batch normalization's averages, is not."""
    for read, weight in zip(read_weights(whole_run), network.get_weights(), strict=True):
        assert read.dtype == np.float32
        assert (read == (weight if weight.ndim == 1 else weight.astype(np.float16))).all()
    model = build(ARCHITECTURES[NUMBER])
    load_weights(model, whole_run)
    assert all((a == b).all() for a, b in zip(model.get_weights(), read_weights(whole_run), strict=True))


def test_a_kernel_that_half_precision_cannot_hold_stays_whole(network, frames):
    weights = keras_weights(network)
    weights[0] = weights[0] * 1e6
    weights[1] = weights[1] * 0
    weights[2] = weights[2] / 1e6
    rows = OnnxNetwork(model_content(ARCHITECTURES[NUMBER], weights), 10)(frames)
    assert np.isfinite(rows).all() and rows.sum(axis=1) == pytest.approx(np.ones(len(frames)), abs=1e-3)


def test_a_litert_model_agrees_with_what_answers(whole_run, tmp_path, frames):
    export_run(whole_run, "litert", tmp_path / "mine.tflite")
    interpreter = pytest.importorskip("tensorflow").lite.Interpreter(str(tmp_path / "mine.tflite"))
    (entry,), (exit_,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.resize_tensor_input(entry["index"], [len(frames), 28, 28, 1])
    interpreter.allocate_tensors()
    interpreter.set_tensor(entry["index"], frames[..., None])
    interpreter.invoke()
    answers = LoadedModel(whole_run).probabilities(frames)
    assert interpreter.get_tensor(exit_["index"]) == pytest.approx(answers, abs=2e-3)


@pytest.mark.parametrize("name", [MODEL_FILE, WEIGHTS_FILE, checkpoint_file(1)])
def test_an_onnx_model_agrees_with_what_answers(whole_run, store, tmp_path, frames, name, capfd):
    import onnx
    from onnx.reference import ReferenceEvaluator

    export_run(only(whole_run, store, name), "onnx", tmp_path / "mine.onnx")
    assert capfd.readouterr().out == "", "standard output is for results"
    model = onnx.load(tmp_path / "mine.onnx")
    onnx.checker.check_model(model, full_check=True)
    answers = LoadedModel(whole_run).probabilities(frames)
    for count in (1, 3):
        (messages,) = ReferenceEvaluator(model).run(None, {"frames": frames[:count, ..., None]})
        assert messages == pytest.approx(answers[:count], abs=2e-3)


def test_a_run_without_weights_says_what_it_has(whole_run, store, tmp_path):
    old = run_with(store, litert=lambda path: path.write_bytes(b"x"))
    for format in ("keras", "onnx", "litert"):
        suffix = "tflite" if format == "litert" else format
        with pytest.raises(RunError, match=r"no weights, which an? .*; it has history\.csv"):
            export_run(only(whole_run, store), format, tmp_path / f"mine.{suffix}")
    with pytest.raises(RunError, match=r"no weights.* it has history\.csv, model\.tflite"):
        export_run(old, "keras", tmp_path / "mine.keras")
    with pytest.raises(RunError, match=r"a LiteRT model of an earlier version.* train it again"):
        LoadedModel(old)
    fresh = store.create(NUMBER, {"name": "quick"}, 0, DATA)
    with pytest.raises(RunError, match="no history; it has no files yet"):
        export_run(fresh, "csv", tmp_path / "mine.csv")
    assert list(tmp_path.glob("mine*")) == []


# -- runs of earlier versions


def old_run(whole_run, store):
    weights = whole_run.read_file(WEIGHTS_FILE)
    run = run_with(store, litert=lambda path: path.write_bytes(b"x"), weights=lambda path: path.write_bytes(weights))
    assert run.has_model
    return run


def test_a_run_of_an_earlier_version_is_converted_when_it_first_answers(whole_run, store, frames):
    run = old_run(whole_run, store)
    rows = LoadedModel(run).probabilities(frames)
    assert rows == pytest.approx(LoadedModel(whole_run).probabilities(frames), abs=1e-6)
    again = store.get(run.name)
    assert set(again.record.files) == {HISTORY_FILE, MODEL_FILE}
    assert not (run.folder / LITERT_FILE).exists() and not (run.folder / WEIGHTS_FILE).exists()
    assert (LoadedModel(again).probabilities(frames) == rows).all()


def test_a_run_of_an_earlier_version_that_another_window_converted_answers(whole_run, store, frames):
    run = old_run(whole_run, store)
    other = store.get(run.name)
    rows = LoadedModel(run).probabilities(frames)
    assert (LoadedModel(other).probabilities(frames) == rows).all()
    assert set(other.record.files) == {HISTORY_FILE, MODEL_FILE}


def test_a_run_of_an_earlier_version_that_cannot_be_changed_answers_all_the_same(
    whole_run, store, frames, unprivileged
):
    run = old_run(whole_run, store)
    run.folder.chmod(0o555)
    try:
        with unprivileged():
            rows = LoadedModel(run).probabilities(frames)
    finally:
        run.folder.chmod(0o755)
    assert rows == pytest.approx(LoadedModel(whole_run).probabilities(frames), abs=1e-6)
    assert set(store.get(run.name).record.files) == {HISTORY_FILE, LITERT_FILE, WEIGHTS_FILE}


def test_a_run_of_an_earlier_version_keeps_its_files_where_the_new_one_fails(whole_run, store, network):
    weights = [weight * np.float32(1e30) for weight in keras_weights(network)]
    run = run_with(
        store,
        litert=lambda path: path.write_bytes(b"x"),
        weights=lambda path: path.write_bytes(write_archive(weights)),
    )
    with pytest.raises(RunError, match="no probabilities"):
        LoadedModel(run)
    assert (run.folder / LITERT_FILE).exists() and (run.folder / WEIGHTS_FILE).exists()


# -- damaged weights


def archive_of(*arrays, **named):
    buffer = io.BytesIO()
    np.savez(buffer, **{f"{index:02d}": array for index, array in enumerate(arrays)}, **named)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK no archive", "not an archive"),
        (archive_of(other=np.zeros(3, np.float32)), "not an archive"),
        (archive_of(np.array([{}], object)), "not an archive"),
        (archive_of(np.zeros(2**22, np.float32)), "unpacks to 16,777,344 bytes; expected at most"),
        (archive_of(np.zeros(3)), "float64; expected float32"),
        (archive_of(np.array([1, np.nan], np.float32)), "not finite"),
        (archive_of(np.array([1, np.inf], np.float16)), "not finite"),
        (archive_of(np.zeros((5, 5, 1, 64), np.float32)), r"\(5, 5, 1, 64\) where \(3, 3, 1, 64\)"),
        (archive_of(np.zeros((3, 3, 1, 64), np.float32)), r"nothing where \(64,\)"),
    ],
)
def test_weights_that_are_not_the_networks_are_refused(store, network, content, words):
    run = run_with(store, weights=lambda path: path.write_bytes(content))
    before = network.get_weights()
    with pytest.raises(RunError, match=words):
        load_weights(network, run)
    assert all((one == other).all() for one, other in zip(before, network.get_weights(), strict=True))


def test_a_checkpoint_that_is_a_bomb_is_refused(store, network):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.weights.h5", bytes(10**8))
    run = run_with(store, checkpoint=lambda path: path.write_bytes(bomb.getvalue()))
    with pytest.raises(RunError, match=r"checkpoint-0001\.keras is not a checkpoint \(it unpacks to 100,000,000 bytes"):
        load_weights(network, run)


def test_altered_files_are_refused(whole_run, store, tmp_path):
    for name, format in ((WEIGHTS_FILE, "keras"), (checkpoint_file(1), "keras"), (MODEL_FILE, "keras")):
        run = only(whole_run, store, name)
        content = bytearray((run.folder / name).read_bytes())
        content[len(content) // 2] ^= 1
        (run.folder / name).write_bytes(content)
        with pytest.raises(RunError, match=f"{name} was altered"):
            export_run(run, format, tmp_path / "mine.keras")
    assert list(tmp_path.glob("*mine*")) == []


def test_an_output_that_cannot_be_is_named(whole_run, tmp_path, unprivileged):
    with pytest.raises(RunError, match="is a folder"):
        export_run(whole_run, "csv", tmp_path)
    with pytest.raises(RunError, match=r"does not end in \.csv"):
        export_run(whole_run, "csv", tmp_path / "mine.tflite")
    with pytest.raises(RunError, match="No such file"):
        export_run(whole_run, "csv", tmp_path / "gone" / "mine.csv")
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    with unprivileged(), pytest.raises(RunError, match="cannot be written"):
        export_run(whole_run, "csv", locked / "mine.csv")


def test_a_write_that_fails_leaves_the_file_before_as_it_was(whole_run, tmp_path, monkeypatch):
    path = tmp_path / "mine.csv"
    path.write_text("before")

    def full(name):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(whole_run, "read_file", full)
    with pytest.raises(RunError, match="No space left"):
        export_run(whole_run, "csv", path)
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["mine.csv"]
    assert path.read_text() == "before"
