"""Runs loaded through LiteRT: frames -> the answers of all models at once. Never imports TensorFlow."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.dataset import CLASSES, FRAME_SIDE
from mnist_gui.runs.record import MODEL_FILE, RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import MODELS, RunStore

# Frames a call for many: large enough that threads share the work, small enough to fit the caches.
BATCH = 100


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
    """

    run: str
    model: int
    probabilities: NDArray[np.float32]

    @property
    def digit(self) -> int:
        """Return the most probable digit."""
        return int(self.probabilities.argmax())

    @property
    def confidence(self) -> float:
        """Return that digit's probability, 0 to 1."""
        return float(self.probabilities.max())


@dataclass(frozen=True)
class Answer:
    """What all models say of one frame: their predictions in the order of their numbers, and their plain mean."""

    predictions: tuple[Prediction, ...]

    @property
    def ensemble(self) -> Prediction:
        """Return the mean of the probabilities, under the name "together" and model 0."""
        mean = np.mean([prediction.probabilities for prediction in self.predictions], axis=0)
        return Prediction("together", 0, mean.astype(np.float32))

    @property
    def unanimous(self) -> bool:
        """Return whether all models name the same digit."""
        return len({prediction.digit for prediction in self.predictions}) == 1


class LoadedModel:
    """One run's network in LiteRT. For one thread at a time.

    Parameters
    ----------
    run
        With an exported model.
    threads
        Cores that one call may use.

    Raises
    ------
    RunError
        The file is damaged, or is not a network from (28, 28) frames to ten probabilities.
    """

    def __init__(self, run: Run, *, threads: int = 2) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self.run = run.name
        self.model = run.model
        content = run.read_file(MODEL_FILE)
        try:
            # From bytes whose checksum was verified: a mapped file could change, and cannot be deleted on Windows.
            self._interpreter = Interpreter(model_content=content, num_threads=threads)
            (entry,) = self._interpreter.get_input_details()
            (exit_,) = self._interpreter.get_output_details()
        except Exception as error:  # LiteRT raises ValueError and RuntimeError alike
            raise RunError(f"Run {run.name}: {MODEL_FILE} cannot be loaded ({_first_line(error)}).") from error
        self._input: int = entry["index"]
        self._output: int = exit_["index"]
        self._batch = 0
        if tuple(entry["shape"][1:3]) != (FRAME_SIDE, FRAME_SIDE) or exit_["shape"][-1] != CLASSES:
            raise RunError(
                f"Run {run.name}: its model maps {tuple(entry['shape'])} to {tuple(exit_['shape'])}; expected "
                f"28x28 frames to {CLASSES} probabilities."
            )

    def probabilities(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (N, 10) probabilities for (N, 28, 28) frames in [0, 1]."""
        answers = np.empty((len(frames), CLASSES), np.float32)
        for start in range(0, len(frames), BATCH):
            part = frames[start : start + BATCH]
            answers[start : start + len(part)] = self._invoke(part)
        return answers

    def _invoke(self, frames: NDArray[np.float32]) -> NDArray[Any]:
        if len(frames) != self._batch:
            self._batch = len(frames)
            self._interpreter.resize_tensor_input(self._input, [self._batch, FRAME_SIDE, FRAME_SIDE, 1])
            self._interpreter.allocate_tensors()
        self._interpreter.set_tensor(self._input, np.ascontiguousarray(frames[..., None], np.float32))
        self._interpreter.invoke()
        output: NDArray[Any] = self._interpreter.get_tensor(self._output)
        return output


class Predictor:
    """Several loaded models asked together. Safe from several threads: one call waits for another.

    Parameters
    ----------
    models
        In the order in which their predictions are wanted.
    problems
        Sentences about runs that could not be loaded and what stands in for them.
    """

    def __init__(self, models: Sequence[LoadedModel], problems: Sequence[str] = ()) -> None:
        self.models = tuple(models)
        self.problems = tuple(problems)
        # LiteRT's interpreters are not thread-safe.
        self._lock = threading.Lock()

    def answer(self, frame: NDArray[np.float32]) -> Answer:
        """Return what all models say of one (28, 28) frame in [0, 1]."""
        return self.answers(frame[None])[0]

    def answers(self, frames: NDArray[np.float32]) -> list[Answer]:
        """Return what all models say of each of (N, 28, 28) frames in [0, 1]."""
        with self._lock:
            outputs = [model.probabilities(frames) for model in self.models]
        for output in outputs:
            output.setflags(write=False)
        return [
            Answer(
                tuple(
                    Prediction(model.run, model.model, output[index])
                    for model, output in zip(self.models, outputs, strict=True)
                )
            )
            for index in range(len(frames))
        ]


def load_predictor(store: RunStore, *, load: Callable[[Run], LoadedModel] = LoadedModel) -> Predictor:
    """Return the active runs of the three models, loaded.

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
    return Predictor(models, problems)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
