"""Runs loaded through LiteRT: frames -> the answers of all models at once. Never imports TensorFlow."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.dataset import CLASSES
from mnist_gui.models.inference.calibration import calibrated
from mnist_gui.models.inference.digit_detector import DigitDetector, load_detector
from mnist_gui.models.inference.litert_network import LiteRTNetwork
from mnist_gui.runs.record import MODEL_FILE, RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import MODELS, RunStore


@dataclass(frozen=True)
class Prediction:
    """One model's answer to one frame.

    Attributes
    ----------
    run
        The run's name.
    model
        1, 2 or 3.
    probabilities
        (10,) float32, summing to 1; read-only.
    calibrated
        Whether its confidence was fitted to how often it is right.
    """

    run: str
    model: int
    probabilities: NDArray[np.float32]
    calibrated: bool = False

    @cached_property
    def digit(self) -> int:
        """Return the most probable digit."""
        return int(self.probabilities.argmax())

    @cached_property
    def confidence(self) -> float:
        """Return that digit's probability, 0 to 1."""
        return float(self.probabilities.max())


@dataclass(frozen=True)
class Answer:
    """What all models say of one frame.

    Attributes
    ----------
    predictions
        In the order of the models' numbers.
    likeness
        How like a digit the frame is, 0 to 1; see `mnist_gui.models.inference.digit_detector`.
    """

    predictions: tuple[Prediction, ...]
    likeness: float = 1.0

    @cached_property
    def ensemble(self) -> Prediction:
        """Return the mean of the probabilities, under the name "together" and model 0."""
        mean = np.mean([prediction.probabilities for prediction in self.predictions], axis=0)
        are_calibrated = all(prediction.calibrated for prediction in self.predictions)
        return Prediction("together", 0, mean.astype(np.float32), are_calibrated)

    @property
    def unanimous(self) -> bool:
        """Return whether all models name the same digit."""
        return len({prediction.digit for prediction in self.predictions}) == 1


class LoadedModel:
    """One run's network, loaded. For one thread at a time.

    Parameters
    ----------
    run
        With an exported model.
    threads
        Cores that one call may use.

    Attributes
    ----------
    temperature
        That its probabilities are calibrated with; None where the run had no frames held out to find it.

    Raises
    ------
    RunError
        The file is damaged, or is not a network from (28, 28) frames to ten probabilities.
    """

    def __init__(self, run: Run, *, threads: int = 2) -> None:
        self.run = run.name
        self.model = run.model
        self.temperature = run.record.temperature
        content = run.read_file(MODEL_FILE)
        try:
            self._network = LiteRTNetwork(content, CLASSES, threads=threads)
        except ValueError as error:
            raise RunError(f"Run {run.name}: {MODEL_FILE} {error}.") from error

    def probabilities(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (N, 10) probabilities, as the network gives them, for (N, 28, 28) frames in [0, 1]."""
        return self._network(frames)

    def predictions(self, frames: NDArray[np.float32]) -> list[Prediction]:
        """Return the calibrated prediction for each of (N, 28, 28) frames in [0, 1]."""
        probabilities = calibrated(self.probabilities(frames), self.temperature)
        probabilities.setflags(write=False)
        return [Prediction(self.run, self.model, row, self.temperature is not None) for row in probabilities]


class Predictor:
    """Several loaded models asked together. Safe from several threads: one call waits for another.

    Parameters
    ----------
    models
        In the order in which their predictions are wanted.
    detector
        Says how like a digit a frame is.
    problems
        Sentences about runs that could not be loaded and what stands in for them.
    """

    def __init__(self, models: Sequence[LoadedModel], detector: DigitDetector, problems: Sequence[str] = ()) -> None:
        self.models = tuple(models)
        self.detector = detector
        self.problems = tuple(problems)
        # LiteRT's interpreters are not thread-safe.
        self._lock = threading.Lock()

    def answer(self, frame: NDArray[np.float32]) -> Answer:
        """Return what all models say of one (28, 28) frame in [0, 1]."""
        return self.answers(frame[None])[0]

    def answers(self, frames: NDArray[np.float32]) -> list[Answer]:
        """Return what all models say of each of (N, 28, 28) frames in [0, 1]."""
        with self._lock:
            columns = [model.predictions(frames) for model in self.models]
            likenesses = self.detector.likenesses(frames)
        rows = zip(*columns, strict=True)
        return [Answer(row, float(likeness)) for row, likeness in zip(rows, likenesses, strict=True)]


def load_predictor(store: RunStore, *, load: Callable[[Run], LoadedModel] = LoadedModel) -> Predictor:
    """Return the active runs of the three models, loaded, with the detector that ships.

    Raises
    ------
    RunError
        No model at all could be loaded.
    """
    models, problems = load_models(store, load=load)
    return Predictor(models, load_detector(), problems)


def load_models(
    store: RunStore, *, load: Callable[[Run], LoadedModel] = LoadedModel
) -> tuple[list[LoadedModel], list[str]]:
    """Return the active runs of the three models, loaded, and sentences about those that could not be.

    Where the person's choice cannot be loaded, the shipped run stands in and a sentence says so.

    Raises
    ------
    RunError
        No model at all could be loaded.
    """
    models: list[LoadedModel] = []
    problems: list[str] = []
    for number in MODELS:
        if problem := store.choice_problem(number):
            problems.append(problem)
        candidates = [store.active(number), store.shipped_default(number)]
        for run in {run.folder: run for run in candidates if run is not None}.values():
            try:
                models.append(load(run))
                break
            except RunError as error:
                problems.append(str(error))
        else:
            problems.append(f"Model {number} has no run that can answer; train one in the Train tab.")
    if not models:
        raise RunError(" ".join(problems))
    return models, problems
