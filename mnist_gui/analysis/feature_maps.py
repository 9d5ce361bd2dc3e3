"""Feature maps: outputs of a model's convolutions and pooling for a frame, read from the exported model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.models.architectures import ARCHITECTURES
from mnist_gui.models.inference.litert_network import open_interpreter
from mnist_gui.models.inference.predictor import read_model
from mnist_gui.runs.record import MODEL_FILE, RunError
from mnist_gui.runs.run import Run

TITLES = ("First convolution", "Second convolution", "Pooling")


@dataclass(frozen=True)
class FeatureLayer:
    """Output of a layer.

    Attributes
    ----------
    title
        Name that is shown.
    maps
        (side, side, maps) float32, not negative: after ReLU.
    stride, receptive_field
        The output at (row, column) depends on `receptive_field` x `receptive_field` pixels of the frame, the first of
        which is at (stride * row, stride * column).
    """

    title: str
    maps: NDArray[np.float32]
    stride: int
    receptive_field: int


@dataclass(frozen=True)
class FeatureMaps:
    """Outputs of the two convolutions and the pooling for a frame, in that order.

    Attributes
    ----------
    run
        Name of the run.
    model
        1, 2 or 3.
    frame
        (28, 28) float32 in [0, 1].
    layers
        Outputs of the layers: (side, side, 64), (side, side, 128) and (side, side, 128).
    """

    run: str
    model: int
    frame: NDArray[np.float32]
    layers: tuple[FeatureLayer, FeatureLayer, FeatureLayer]


class FeatureReader:
    """Reads the feature maps of a run; may be used by one thread at a time.

    Parameters
    ----------
    run
        With an exported model; its weights are not needed.

    Raises
    ------
    RunError
        The file is damaged, or its layers are not those of the run's architecture.
    """

    def __init__(self, run: Run) -> None:
        self.run = run.name
        self.model = run.model
        content = read_model(run)
        try:
            self._interpreter = open_interpreter(content, threads=1, preserve_all_tensors=True)
            self._interpreter.allocate_tensors()
            self._input: int = self._interpreter.get_input_details()[0]["index"]
            tensors = self._interpreter.get_tensor_details()
        except Exception as error:  # LiteRT raises both ValueError and RuntimeError
            raise RunError(f"Run {run.name}: {MODEL_FILE} cannot be loaded ({error}).") from error
        first, second, pooling = (row.shape for row in ARCHITECTURES[run.model].layers()[:3])
        # Each of these shapes occurs once among all tensors of a network, constants included.
        by_shape = {tuple(tensor["shape"]): int(tensor["index"]) for tensor in tensors}
        try:
            self._layers = [by_shape[(1, *shape)] for shape in (first, second, pooling)]
        except KeyError as error:
            raise RunError(
                f"Run {run.name}: {MODEL_FILE} has no layer of shape {error.args[0]}; expected the layers of "
                f"{ARCHITECTURES[run.model].title}. Choose another run, or train this model again."
            ) from error

    def read(self, frame: NDArray[np.float32]) -> FeatureMaps:
        """Return the feature maps of one (28, 28) frame in [0, 1]."""
        self._interpreter.set_tensor(self._input, np.ascontiguousarray(frame[None, ..., None], np.float32))
        self._interpreter.invoke()
        first, second, pooling = (self._interpreter.get_tensor(index)[0] for index in self._layers)
        field = FRAME_SIDE - second.shape[0] + 1
        return FeatureMaps(
            self.run,
            self.model,
            frame,
            (
                FeatureLayer(TITLES[0], first, 1, FRAME_SIDE - first.shape[0] + 1),
                FeatureLayer(TITLES[1], second, 1, field),
                FeatureLayer(TITLES[2], pooling, 2, field + 1),
            ),
        )
