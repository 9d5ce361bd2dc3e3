"""The three convolutional networks of the notebook."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mnist_gui.digits.dataset import CLASSES, FRAME_SIDE

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class LayerRow:
    """A layer: its name, output shape without the batch, and number of parameters."""

    name: str
    shape: tuple[int, ...]
    parameters: int


@dataclass(frozen=True)
class Architecture:
    """Description of a network.

    Attributes
    ----------
    number
        1, 2 or 3, as in the notebook.
    kernels
        Kernel sizes of the two convolutions in pixels.
    hidden
        Units of the hidden dense layers.
    batch_normalization
        Whether batch normalization follows each hidden dense layer.
    """

    number: int
    kernels: tuple[int, int]
    hidden: tuple[int, ...]
    batch_normalization: bool

    @property
    def title(self) -> str:
        """Name shown to the user."""
        return f"Model {self.number}"

    @property
    def receptive_field(self) -> int:
        """Side in pixels of the receptive field of the second convolution."""
        return self.kernels[0] + self.kernels[1] - 1

    @property
    def summary(self) -> str:
        """The receptive field in plain words, shown below the name."""
        return f"Looks at {self.receptive_field}×{self.receptive_field} pixels at a time"

    @property
    def details(self) -> str:
        """Kernel sizes and receptive field in the words of an expert: "3×3, 3×3 · sees 5×5"."""
        first, second = self.kernels
        side = self.receptive_field
        return f"{first}×{first}, {second}×{second} · sees {side}×{side}"

    @property
    def explanation(self) -> str:
        """The same as a sentence, for a tooltip."""
        first, second = self.kernels
        return (
            f"Two convolutions, with kernels of {first}×{first} and {second}×{second}: a unit of the second depends on "
            f"{self.receptive_field}×{self.receptive_field} pixels of the frame."
        )

    def layers(self) -> list[LayerRow]:
        """Return the layers in order, computed from the description without Keras."""
        first, second = self.kernels
        side = FRAME_SIDE - first + 1
        rows = [LayerRow(f"Conv2D 64, {first}×{first}, ReLU", (side, side, 64), (first * first + 1) * 64)]
        side = side - second + 1
        rows.append(LayerRow(f"Conv2D 128, {second}×{second}, ReLU", (side, side, 128), (second**2 * 64 + 1) * 128))
        side //= 2
        rows.append(LayerRow("MaxPooling2D 2×2", (side, side, 128), 0))
        rows.append(LayerRow("Dropout 0.5", (side, side, 128), 0))
        width = side * side * 128
        rows.append(LayerRow("Flatten", (width,), 0))
        for units in self.hidden:
            rows.append(LayerRow(f"Dense {units}, ReLU", (units,), (width + 1) * units))
            if self.batch_normalization:
                rows.append(LayerRow("BatchNormalization", (units,), 4 * units))
            rows.append(LayerRow("Dropout 0.5", (units,), 0))
            width = units
        rows.append(LayerRow(f"Dense {CLASSES}, softmax", (CLASSES,), (width + 1) * CLASSES))
        return rows

    @property
    def parameters(self) -> int:
        """Number of weights, including the moving averages of batch normalization."""
        return sum(row.parameters for row in self.layers())

    @property
    def multiply_adds(self) -> int:
        """Multiplications of the convolutions and dense layers for one frame."""
        total = 0
        for row in self.layers():
            if row.name.startswith("Conv2D"):
                side, _, filters = row.shape
                total += side * side * (row.parameters - filters)
            elif row.name.startswith("Dense"):
                total += row.parameters - row.shape[0]
        return total


ARCHITECTURES: dict[int, Architecture] = {
    1: Architecture(1, kernels=(3, 3), hidden=(128,), batch_normalization=False),
    2: Architecture(2, kernels=(3, 5), hidden=(256,), batch_normalization=True),
    3: Architecture(3, kernels=(5, 7), hidden=(256, 128), batch_normalization=True),
}


def build(number: int) -> keras.Model:
    """Return a network with new weights, not compiled.

    Input (N, 28, 28, 1) float32 in [0, 1]; output (N, 10) probabilities.

    Raises
    ------
    ValueError
        There is no network of that number.
    """
    if number not in BUILDERS:
        raise ValueError(f"There is no model {number!r}; the notebook has models 1, 2 and 3.")
    return BUILDERS[number]()


def model_1() -> keras.Model:
    """Return the notebook's first network: 3x3, 3x3, one hidden layer."""
    from keras import Sequential, layers

    return Sequential(
        [
            layers.Input((FRAME_SIDE, FRAME_SIDE, 1)),
            layers.Conv2D(64, (3, 3), activation="relu", kernel_initializer="he_normal"),
            layers.Conv2D(128, (3, 3), activation="relu", kernel_initializer="he_normal"),
            layers.MaxPooling2D((2, 2)),
            layers.Dropout(0.5),
            layers.Flatten(),
            layers.Dense(128, activation="relu", kernel_initializer="he_normal"),
            layers.Dropout(0.5),
            layers.Dense(CLASSES, activation="softmax", kernel_initializer="glorot_normal"),
        ],
        name="model_1",
    )


def model_2() -> keras.Model:
    """Return the notebook's second network: 3x3, 5x5, one hidden layer with batch normalization."""
    from keras import Sequential, layers

    return Sequential(
        [
            layers.Input((FRAME_SIDE, FRAME_SIDE, 1)),
            layers.Conv2D(64, (3, 3), activation="relu", kernel_initializer="he_normal"),
            layers.Conv2D(128, (5, 5), activation="relu", kernel_initializer="he_normal"),
            layers.MaxPooling2D((2, 2)),
            layers.Dropout(0.5),
            layers.Flatten(),
            layers.Dense(256, activation="relu", kernel_initializer="he_normal"),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
            layers.Dense(CLASSES, activation="softmax", kernel_initializer="glorot_normal"),
        ],
        name="model_2",
    )


def model_3() -> keras.Model:
    """Return the notebook's third network: 5x5, 7x7, two hidden layers with batch normalization."""
    from keras import Sequential, layers

    return Sequential(
        [
            layers.Input((FRAME_SIDE, FRAME_SIDE, 1)),
            layers.Conv2D(64, (5, 5), activation="relu", kernel_initializer="he_normal"),
            layers.Conv2D(128, (7, 7), activation="relu", kernel_initializer="he_normal"),
            layers.MaxPooling2D((2, 2)),
            layers.Dropout(0.5),
            layers.Flatten(),
            layers.Dense(256, activation="relu", kernel_initializer="he_normal"),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
            layers.Dense(128, activation="relu", kernel_initializer="he_normal"),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
            layers.Dense(CLASSES, activation="softmax", kernel_initializer="glorot_normal"),
        ],
        name="model_3",
    )


BUILDERS: dict[int, Callable[[], keras.Model]] = {1: model_1, 2: model_2, 3: model_3}
