"""Predictions of all models that answer for a frame, and the verdict on them. Loads models through ONNX Runtime."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.dataset import CLASSES
from mnist_gui.models.inference.calibration import calibrate
from mnist_gui.models.inference.digit_detector import DigitDetector, load_detector
from mnist_gui.models.inference.ensemble import (
    EnsembleWeights,
    HeldOutPredictions,
    ensemble_weights,
    held_out_predictions,
)
from mnist_gui.models.inference.onnx_network import OnnxNetwork, are_probabilities
from mnist_gui.runs.record import MODEL_FILE, RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore

Verdict = Literal["digit", "uncertain", "not_a_digit", "blank"]

# Set by tools/digit_detector/train.py: of the held-out training frames, altered, 0.1 % have a lower score.
MIN_DIGIT_SCORE = 0.0117
# At or below it, all other digits together are at least as probable.
MIN_CONFIDENCE = 0.5
MAX_MODEL_BYTES = 64 * 2**20  # three times the largest network in single precision

Report = Callable[[list["Prediction"]], None]


@dataclass(frozen=True)
class Prediction:
    """Prediction of one model for one frame.

    Attributes
    ----------
    run
        Name of the run.
    model
        1, 2 or 3; 0 for the ensemble and for another network.
    probabilities
        (10,) float32, summing to 1; read-only.
    calibrated
        Whether a temperature was fitted on held-out frames.
    raw
        (10,) float32 before calibration; None if they equal `probabilities`.
    place
        Place of the run among those that answer, from 1; 0 for the ensemble.
    """

    run: str
    model: int
    probabilities: NDArray[np.float32]
    calibrated: bool = False
    raw: NDArray[np.float32] | None = None
    place: int = 0

    @cached_property
    def digit(self) -> int:
        """The most probable digit."""
        return int(self.probabilities.argmax())

    @cached_property
    def confidence(self) -> float:
        """Probability of that digit, 0 to 1."""
        return float(self.probabilities.max())


@dataclass(frozen=True)
class EnsemblePrediction:
    """Predictions of all models for one frame.

    Attributes
    ----------
    predictions
        In the order of the places.
    digit_score
        How much the frame looks like a digit, 0 to 1; see `mnist_gui.models.inference.digit_detector`.
    weights
        How much each prediction counts in that of the ensemble; None for equal weights.
    """

    predictions: tuple[Prediction, ...]
    digit_score: float = 1.0
    weights: EnsembleWeights | None = None

    @cached_property
    def ensemble(self) -> Prediction:
        """The weighted mean of the raw probabilities, as run "together" and model 0.

        A single prediction is that of its model, calibrated.
        """
        if len(self.predictions) == 1:
            (only,) = self.predictions
            return Prediction("together", 0, only.probabilities, only.calibrated, only.raw)
        raw = [
            prediction.probabilities if prediction.raw is None else prediction.raw for prediction in self.predictions
        ]
        weights = self.weights or EnsembleWeights.equal(len(raw))
        return Prediction("together", 0, weights.mean(raw))

    @property
    def weighting(self) -> str:
        """Sentence about the weights, for users; empty for a single prediction."""
        if self.weights is None or len(self.predictions) == 1:
            return ""
        return self.weights.sentence([prediction.run for prediction in self.predictions])


def verdict(prediction: EnsemblePrediction | None) -> Verdict:
    """Return how a prediction is to be presented; None stands for a frame without ink.

    "not_a_digit" if the digit detector rejects the frame; "uncertain" if the ensemble gives no digit more than half of
    the probability.
    """
    if prediction is None:
        return "blank"
    if prediction.digit_score < MIN_DIGIT_SCORE:
        return "not_a_digit"
    return "digit" if prediction.ensemble.confidence > MIN_CONFIDENCE else "uncertain"


class LoadedModel:
    """The network of one run. Not thread-safe.

    Parameters
    ----------
    run
        Must have an exported model.
    threads
        Maximum number of cores for one call.

    Attributes
    ----------
    temperature
        Calibrates the probabilities; None if the run held out no frames to fit it on.
    place
        Place of the run among those that answer, from 1; 0 if it has none.

    Raises
    ------
    RunError
        The file is damaged, or it is not a network from (28, 28) frames to ten probabilities.
    """

    def __init__(self, run: Run, *, threads: int = 2) -> None:
        self.run = run.name
        self.model = run.model
        self.temperature = run.record.temperature
        self.place = 0
        self._source = run
        content = read_model(run)
        try:
            self._network = OnnxNetwork(content, CLASSES, threads=threads)
        except ValueError as error:
            raise RunError(f"Run {run.name}: {MODEL_FILE} {error}.") from error

    @cached_property
    def held_out(self) -> HeldOutPredictions | None:
        """Predictions for the frames that the run held out, which its weight in the ensemble depends on."""
        return held_out_predictions(self._source)

    def probabilities(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (N, 10) uncalibrated probabilities for (N, 28, 28) frames in [0, 1].

        Raises
        ------
        RunError
            The network returned anything else, or failed.
        """
        try:
            return self._checked(self._network(frames))
        except ValueError as error:
            raise RunError(f"Run {self.run}: {MODEL_FILE} {error}.") from error

    def predictions(self, frames: NDArray[np.float32]) -> list[Prediction]:
        """Return the calibrated prediction for each of (N, 28, 28) frames in [0, 1]; raise as `probabilities`."""
        raw = self.probabilities(frames)
        probabilities = self._checked(calibrate(raw, self.temperature))
        for array in (raw, probabilities):
            array.setflags(write=False)
        is_calibrated = self.temperature is not None
        rows = zip(probabilities, raw, strict=True)
        return [Prediction(self.run, self.model, row, is_calibrated, raw_row, self.place) for row, raw_row in rows]

    def _checked(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        if not are_probabilities(rows):
            raise RunError(f"Run {self.run}: its model returns numbers that are no probabilities.")
        return rows


def read_model(run: Run) -> bytes:
    """Return the content of a run's model file, which ONNX Runtime can load.

    A shipped run is trusted; any other one is tried first, see `mnist_gui.models.inference.model_trial`. A run of an
    earlier version is converted, see `mnist_gui.models.weights.convert_run`.

    Raises
    ------
    RunError
        The file is missing, altered or too large, or failed the trial.
    """
    if run.has_model and run.model_file != MODEL_FILE:
        # Launching does not import it.
        from mnist_gui.models.weights import convert_run

        converted = convert_run(run)
        if converted is not None:
            return converted
    entry = run.record.files.get(MODEL_FILE)
    if entry is not None and entry.bytes > MAX_MODEL_BYTES:
        raise RunError(f"Run {run.name}: {MODEL_FILE} has {entry.bytes:,} bytes; expected at most {MAX_MODEL_BYTES:,}.")
    content = run.read_file(MODEL_FILE)
    if not run.shipped:
        # Launching with shipped runs does not import it.
        from mnist_gui.models.architectures import architecture_of
        from mnist_gui.models.inference.model_trial import require_trusted

        network = None if run.record.imported is not None else architecture_of(run).network
        try:
            content = require_trusted(content, run.model, network)
        except ValueError as error:
            raise RunError(f"Run {run.name}: {MODEL_FILE} {error}.") from error
    return content


class Predictor:
    """Predicts with several models at once. Thread-safe: calls wait for each other.

    Parameters
    ----------
    models
        In the order of their predictions.
    detector
        Scores how much a frame looks like a digit.
    problems
        Sentences about runs that could not be loaded, and which runs replace them; others are added when a run fails
        later.
    load_shipped
        Returns the shipped run of a model, which replaces one that fails; None if there is none, as for model 0.
    """

    def __init__(
        self,
        models: Sequence[LoadedModel],
        detector: DigitDetector,
        problems: Sequence[str] = (),
        load_shipped: Callable[[int], LoadedModel | None] = lambda number: None,
    ) -> None:
        self.models = tuple(models)
        self.weights = ensemble_weights([model.held_out for model in models])
        self.detector = detector
        self.problems = tuple(problems)
        self._load_shipped = load_shipped
        # One prediction at a time uses all cores.
        self._lock = threading.Lock()

    def predict_one(self, frame: NDArray[np.float32]) -> EnsemblePrediction:
        """Return the predictions for one (28, 28) frame in [0, 1]."""
        return self.predict(frame[None])[0]

    def predict(
        self, frames: NDArray[np.float32], first: int = 0, report: Report = lambda predictions: None
    ) -> list[EnsemblePrediction]:
        """Return the predictions for each of (N, 28, 28) frames in [0, 1].

        Parameters
        ----------
        first
            Place of the run that is asked first; 0 for the order of the places, which the result always has.
        report
            Called with the predictions of each run but the last as soon as it has answered.
        """
        with self._lock:
            models = self.models
            columns: dict[int, list[Prediction]] = {}
            order = sorted(range(len(models)), key=lambda index: models[index].place != first)
            for index in order:
                found = self._predictions(models[index], frames)
                if found is not None:
                    columns[index] = found
                    if index != order[-1]:
                        report(found)
            scores = self.detector.scores(frames)
        rows = zip(*(columns[index] for index in sorted(columns)), strict=True)
        return [EnsemblePrediction(row, float(score), self.weights) for row, score in zip(rows, scores, strict=True)]

    def _predictions(self, model: LoadedModel, frames: NDArray[np.float32]) -> list[Prediction] | None:
        """Return the predictions of a model; of the shipped run if it gives no probabilities, None without one."""
        try:
            return model.predictions(frames)
        except RunError as error:
            shipped = self._load_shipped(model.model)
            if shipped is not None and any(other.run == shipped.run for other in self.models):
                shipped = None  # it answers in another place
            if shipped is None and len(self.models) == 1:
                raise
            predictions = None
            if shipped is not None:
                shipped.place = model.place
                predictions = shipped.predictions(frames)
            replaced = (shipped if other is model else other for other in self.models)
            self.models = tuple(other for other in replaced if other is not None)
            self.weights = ensemble_weights([other.held_out for other in self.models])
            self.problems = (*self.problems, _replaced(error, shipped.run) if shipped else str(error))
            return predictions


def load_predictor(store: RunStore, *, load: Callable[[Run], LoadedModel] = LoadedModel) -> Predictor:
    """Load the runs that answer, as `load_models`, and the digit detector."""

    def load_shipped(number: int) -> LoadedModel | None:
        run = store.shipped_default(number) if number else None
        return None if run is None else load(run)

    models, problems = load_models(store, load=load)
    return Predictor(models, load_detector(), problems, load_shipped)


def load_chosen(store: RunStore, names: Sequence[str]) -> Predictor:
    """Load the runs with these names, in their order, and the digit detector; raise `RunError` if one cannot be."""
    return Predictor([LoadedModel(store.get(name)) for name in names], load_detector())


def load_models(
    store: RunStore, *, load: Callable[[Run], LoadedModel] = LoadedModel
) -> tuple[list[LoadedModel], list[str]]:
    """Load the runs that answer; return them with sentences about those that could not be loaded.

    If a run cannot be loaded, the shipped run of its model replaces it.

    Raises
    ------
    RunError
        No model could be loaded.
    """
    models: list[LoadedModel] = []
    problems: list[str] = []
    places = store.places()
    answering = {place.run.folder for place in places if place.run is not None}
    for number, place in enumerate(places, 1):
        if place.problem:
            problems.append(place.problem)
        candidates = [] if place.run is None else [place.run]
        default = store.shipped_default(place.model) if place.model is not None else None
        if default is not None and default.folder not in answering:
            candidates.append(default)
        loaded, failures = _load_first(candidates, load)
        if loaded is not None:
            loaded.place = number
            models.append(loaded)
            problems += [_replaced(failure, loaded.run) for failure in failures]
        else:
            problems += map(str, failures)
            if place.model is not None:
                problems.append(f"Model {place.model} has no run with an exported model; train one in the Train tab.")
    if not models:
        raise RunError(" ".join(problems))
    return models, problems


def _load_first(
    candidates: Sequence[Run], load: Callable[[Run], LoadedModel]
) -> tuple[LoadedModel | None, list[RunError]]:
    """Return the first run that can be loaded, if any, and why those before it cannot."""
    failures: list[RunError] = []
    for run in candidates:
        try:
            return load(run), failures
        except RunError as error:
            failures.append(error)
    return None, failures


def _replaced(error: RunError, name: str) -> str:
    """Return the sentence about a run that failed, and the run that replaces it."""
    return f"{str(error).removesuffix('.')}; {name}, which came with the program, answers instead."
