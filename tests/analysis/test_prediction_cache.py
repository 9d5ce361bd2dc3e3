import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from mnist_gui.analysis import prediction_cache as room
from mnist_gui.analysis.evaluation_data import load_mnist_evaluation_set, mnist_evaluation_set
from mnist_gui.analysis.prediction_cache import predictions, save_predictions
from mnist_gui.analysis.robustness import corrupt_frames, robustness, sample_indices
from mnist_gui.digits.corruptions import CORRUPTIONS
from mnist_gui.digits.dataset import load_mnist
from mnist_gui.metrics import accuracy
from mnist_gui.models.inference.calibration import calibrate
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.paths import resources_folder
from mnist_gui.runs.record import PREDICTIONS_FILE, ROBUSTNESS_FILE, RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import MODELS, RunStore
from tests.comparison_data import evaluation_set

pytestmark = pytest.mark.usefixtures("counting")


def test_they_are_computed_once_for_each_model_and_data(make_run, counting, tiny_dataset, tmp_path):
    data, first, second = mnist_evaluation_set(tiny_dataset), make_run(seed=1), make_run(seed=2)
    for _ in range(2):
        for run in (first, second):
            assert predictions(run, data, tmp_path).shape == (60, 10)
    assert counting.asked == 120
    other = evaluation_set(np.zeros(60))
    predictions(first, other, tmp_path)
    assert counting.asked == 180


def test_those_of_another_version_or_of_no_probabilities_are_computed_again(
    make_run, counting, tiny_dataset, tmp_path, monkeypatch
):
    data, run = mnist_evaluation_set(tiny_dataset), make_run()
    right = predictions(run, data, tmp_path)
    monkeypatch.setattr(room, "VERSION", room.VERSION + 1)
    assert (predictions(run, data, tmp_path) == right).all()
    assert counting.asked == 120
    for kept in (tmp_path / "predictions").iterdir():
        save_predictions(kept, np.full((60, 10), np.nan, np.float32))
    assert (predictions(run, data, tmp_path) == right).all()
    assert counting.asked == 180


NO_PROBABILITIES = {
    "not finite": np.nan,
    "negative": [-0.1, 1.1, *[0] * 8],
    "above 1": [2, *[0] * 9],
    "another sum": [0.5, 0.4, *[0] * 8],
}


@pytest.mark.parametrize("row", NO_PROBABILITIES.values(), ids=NO_PROBABILITIES.keys())
def test_cached_rows_that_are_no_probabilities_are_computed_again(make_run, counting, tiny_dataset, tmp_path, row):
    data, run = mnist_evaluation_set(tiny_dataset), make_run()
    right = predictions(run, data, tmp_path)
    (kept,) = (tmp_path / "predictions").iterdir()
    rows = right.copy()
    rows[7] = row
    save_predictions(kept, rows)
    assert (predictions(run, data, tmp_path) == right).all()
    assert counting.asked == 120


def test_those_cached_for_another_model_are_computed_again(make_run, counting, tiny_dataset, tmp_path):
    """A failing disk may list a file under the name of another."""
    data, first, second = mnist_evaluation_set(tiny_dataset), make_run(1), make_run(2)
    right = [predictions(run, data, tmp_path) for run in (first, second)]
    one, other = (tmp_path / "predictions").iterdir()
    one.write_bytes(other.read_bytes())
    assert ([predictions(run, data, tmp_path) for run in (first, second)] == np.array(right)).all()
    assert counting.asked == 180


def everything_cached(run, data, cache):
    """Return what is shown of a run on bars, from the cache once it is filled."""
    (curve,) = (step.curves[0] for step in robustness([run], data, cache, names=("shift",), sample_size=20))
    return predictions(run, data, cache).tolist(), curve.right


def test_no_flipped_bit_of_a_cached_file_is_shown(make_run, tiny_dataset, tmp_path):
    """A bit flipped in an array that ZIP kept uncompressed was shown as a result."""
    data, run = mnist_evaluation_set(tiny_dataset), make_run()
    right = everything_cached(run, data, tmp_path)
    files = list(tmp_path.rglob("*.cached"))
    assert {path.parent.name for path in files} == {"predictions", "robustness"}
    generator = np.random.default_rng(0)
    for path in files:
        content = path.read_bytes()
        bits = {0, 8 * len(content) - 1, *generator.integers(0, 8 * len(content), 40).tolist()}
        for bit in bits:
            flipped = bytearray(content)
            flipped[bit // 8] ^= 1 << bit % 8
            path.write_bytes(flipped)
            assert everything_cached(run, data, tmp_path) == right, (path.parent.name, bit)


@pytest.mark.parametrize("data_checksum", ["bars-checksum", "another"])
def test_those_that_came_with_a_run_of_the_users_are_never_believed(
    make_run, counting, tiny_dataset, tmp_path, data_checksum
):
    """A made-up file showed a test accuracy of 100.00 %."""
    data, run = mnist_evaluation_set(tiny_dataset), make_run()
    made_up = {"probabilities": np.eye(10, dtype=np.float32)[tiny_dataset.test.labels]}
    entry = run.write_file(PREDICTIONS_FILE, lambda path: np.savez(path, **made_up))
    record = {"files": {**run.record.files, PREDICTIONS_FILE: entry}}
    run.commit(**record, data={**run.record.data, "checksum": data_checksum})
    found = predictions(run, data, tmp_path)
    assert counting.asked == 60
    assert accuracy(found, tiny_dataset.test.labels) < 1


def test_a_bomb_among_shipped_predictions_is_not_unpacked(make_run, counting, tiny_dataset, tmp_path):
    """14 MB took 3.2 GB."""
    data, run = mnist_evaluation_set(tiny_dataset), make_run()
    bomb = {"probabilities": np.zeros((2**20, 10), np.float32)}
    entry = run.write_file(PREDICTIONS_FILE, lambda path: np.savez_compressed(path, **bomb))
    run.commit(files={**run.record.files, PREDICTIONS_FILE: entry})
    run.shipped = True
    tracemalloc.start()
    assert predictions(run, data, tmp_path).shape == (60, 10)
    assert tracemalloc.get_traced_memory()[1] < 2**24
    tracemalloc.stop()
    assert counting.asked == 60


def test_a_cancelled_computation_keeps_nothing(make_run, tiny_dataset, tmp_path):
    assert (
        predictions(make_run(), mnist_evaluation_set(tiny_dataset), tmp_path, progress=lambda fraction: False) is None
    )
    assert not (tmp_path / "predictions").exists()


def test_a_run_without_a_model_and_with_an_altered_one_are_refused(make_run, store, tiny_dataset, tmp_path):
    run = make_run()
    data = mnist_evaluation_set(tiny_dataset)
    predictions(run, data, tmp_path)
    (run.folder / "model.onnx").write_bytes(b"9 9")
    with pytest.raises(RunError, match="altered"):
        predictions(run, data, tmp_path)
    with pytest.raises(RunError, match=r"no model\.onnx"):
        predictions(make_run(files={}, exported=0), data, tmp_path)


def test_a_network_of_another_shape_is_refused(make_run, tiny_dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(room, "LoadedModel", LoadedModel)
    detector = (resources_folder() / "digit_detector.onnx").read_bytes()  # one number for a frame
    run = make_run()
    entry = run.write_file("model.onnx", lambda path: path.write_bytes(detector))
    run.commit(files={**run.record.files, "model.onnx": entry})
    with pytest.raises(RunError, match="expected 28x28 frames to 10 numbers"):
        predictions(run, mnist_evaluation_set(tiny_dataset), tmp_path)


def test_shipped_ones_are_taken_without_asking(counting, tmp_path):
    run = Run.open(resources_folder() / "runs" / "model-1-fast", shipped=True)
    data = mnist_evaluation_set(load_mnist())
    found = predictions(run, data, tmp_path)
    assert counting.asked == 0
    with np.load(run.folder / PREDICTIONS_FILE) as archive:
        assert (found == archive["probabilities"]).all()
    assert not list(tmp_path.glob("predictions/*"))


@pytest.mark.slow
def test_what_shipped_runs_carry_of_digits_made_worse_is_what_their_models_say():
    mnist, store = load_mnist_evaluation_set(), RunStore(Path("none"), resources_folder() / "runs")
    places = sample_indices(mnist)
    worse = corrupt_frames(mnist.frames(places), "rotation", CORRUPTIONS["rotation"].severities[2])[:100]
    for number in MODELS:
        run = store.shipped_default(number)
        assert run is not None
        with np.load(run.folder / ROBUSTNESS_FILE) as archive:
            assert all(name.startswith(run.model_checksum[:32]) for name in archive.files), "they are of this model"
            arrays = [archive[name][3, :100] for name in archive.files]
        assert len(arrays) == len(CORRUPTIONS)
        predicted = calibrate(LoadedModel(run).probabilities(worse), run.record.temperature)
        assert min(np.abs(array - predicted).max() for array in arrays) < 1e-4
