import numpy as np
import pytest

from mnist_gui.models.inference.calibration import calibrate
from mnist_gui.models.inference.ensemble import EnsembleWeights
from mnist_gui.models.inference.predictor import EnsemblePrediction, LoadedModel, Prediction, load_predictor
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore


def prediction(model: int, *probabilities: float) -> Prediction:
    row = np.zeros(10, np.float32)
    row[: len(probabilities)] = probabilities
    return Prediction(f"run-{model}", model, row)


def test_together_is_the_plain_mean():
    answer = EnsemblePrediction((prediction(1, 1.0), prediction(2, 0.5, 0.5), prediction(3, 0.0, 0.9, 0.1)))
    assert answer.ensemble.probabilities[:3] == pytest.approx([0.5, 1.4 / 3, 0.1 / 3])
    assert answer.ensemble.digit == 0


def test_weights_decide_how_much_each_model_counts():
    predictions = (prediction(1, 1.0), prediction(2, 0.0, 1.0))
    answer = EnsemblePrediction(predictions, weights=EnsembleWeights((0.2, 0.8), 5000))
    assert answer.ensemble.probabilities[:2] == pytest.approx([0.2, 0.8])
    assert "run-1 20\u00a0% and run-2 80\u00a0%" in answer.weighting
    assert EnsemblePrediction(predictions[:1], weights=EnsembleWeights((1.0,))).weighting == ""


def test_together_is_the_mean_of_raw_probabilities_and_one_model_alone_is_calibrated():
    raw = prediction(1, 0.9, 0.1).probabilities
    first = Prediction("a", 1, calibrate(raw[None], 2.0)[0], True, raw)
    both = EnsemblePrediction((first, prediction(2, 0.5, 0.5))).ensemble
    assert both.probabilities[:2] == pytest.approx([0.7, 0.3])
    assert EnsemblePrediction((first,)).ensemble.confidence == first.confidence < 0.9


def add_run(store: RunStore, model: int, content: bytes = b"good") -> Run:
    run = store.create(model, {"name": "quick"}, 0, {"name": "bars", "checksum": "c"})
    run.commit(
        status="completed",
        files={"model.onnx": run.write_file("model.onnx", lambda path: path.write_bytes(content))},
    )
    return run


class Loaded:
    """Stand-in for LoadedModel that loads the content "good"."""

    def __init__(self, run: Run) -> None:
        self.run, self.model, self.held_out = run.name, run.model, None
        if run.read_file("model.onnx") != b"good":
            raise RunError(f"Run {run.name} is bad")


def test_a_damaged_choice_is_replaced_by_the_shipped_run_and_reported(store):
    shipped = [add_run(RunStore(store.shipped, store.shipped / "none"), model) for model in (1, 2, 3)]
    mine = add_run(store, 2)
    store.activate(mine.name)
    assert [m.run for m in load_predictor(store, load=Loaded).models] == [shipped[0].name, mine.name, shipped[2].name]
    (mine.folder / "model.onnx").write_bytes(b"bad")
    predictor = load_predictor(store, load=Loaded)
    assert [m.run for m in predictor.models] == [run.name for run in shipped]
    assert len(predictor.problems) == 1
    assert mine.name in predictor.problems[0]


def test_a_model_without_any_run_is_reported_and_the_others_answer(store):
    mine = add_run(store, 3)
    store.activate(mine.name)
    predictor = load_predictor(store, load=Loaded)
    assert [m.model for m in predictor.models] == [3]
    assert [problem[:7] for problem in predictor.problems] == ["Model 1", "Model 2"]


def test_no_run_at_all_is_an_error_in_a_sentence(store):
    with pytest.raises(RunError, match="train one in the Train tab"):
        load_predictor(store)


def test_a_file_that_is_no_model_is_an_error_in_a_sentence(store):
    run = add_run(store, 1, b"this is no network")
    with pytest.raises(RunError, match=f"Run {run.name}: model.onnx cannot be used"):
        LoadedModel(run)


class Answering(Loaded):
    """Stand-in for LoadedModel that answers until its run is one of `failing`."""

    failing: tuple[str, ...] = ()

    def predictions(self, frames):
        if self.run in self.failing:
            raise RunError(f"Run {self.run}: its model returns numbers that are no probabilities.")
        return [Prediction(self.run, self.model, np.full(10, 0.1, np.float32), place=self.place) for _ in frames]


def test_a_run_that_fails_later_is_replaced_in_its_place_or_left_out(store, monkeypatch):
    shipped = [add_run(RunStore(store.shipped, store.shipped / "none"), model) for model in (1, 2, 3)]
    mine, other = add_run(store, 2), add_run(store, 3)
    names = [shipped[2].name, mine.name, other.name]
    store.set_answering(names)
    predictor = load_predictor(store, load=Answering)
    predictor.detector = DigitDetectorOfAll()
    frame = np.ones((28, 28), np.float32)

    def places():
        return [(one.place, one.run) for one in predictor.predict_one(frame).predictions]

    assert places() == [*enumerate(names, 1)]
    monkeypatch.setattr(Answering, "failing", (mine.name, other.name))
    assert places() == [(1, names[0]), (2, shipped[1].name)], "the shipped run of model 3 answers already"
    assert [problem.split(":")[0] for problem in predictor.problems] == [f"Run {mine.name}", f"Run {other.name}"]


def test_the_run_in_the_asked_place_goes_first_and_the_result_keeps_the_order_of_the_places(store):
    for model in (1, 2, 3):
        add_run(RunStore(store.shipped, store.shipped / "none"), model)
    predictor = load_predictor(store, load=Answering)
    predictor.detector = DigitDetectorOfAll()
    answered: list[int] = []
    (result,) = predictor.predict(np.ones((1, 28, 28), np.float32), 2, lambda rows: answered.append(rows[0].place))
    assert answered == [2, 1], "the last one is told with all"
    assert [one.place for one in result.predictions] == [1, 2, 3]


class DigitDetectorOfAll:
    """Stand-in for DigitDetector that takes everything for a digit."""

    def scores(self, frames):
        return np.ones(len(frames), np.float32)
