"""The layers of a network that can be looked into, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Shape = tuple[int, ...]
Kind = Literal["convolution", "pooling", "dense", "summary", "merge", "answer"]


@dataclass(frozen=True)
class Form:
    """How values form maps.

    Attributes
    ----------
    shape
        That they have, or had before they were put into a row.
    channel
        Index of the dimension that counts the filters; None for a single map.
    """

    shape: Shape
    channel: int | None

    def arrange(self, values: Array) -> Array:
        """Return values of this form as (rows, columns, filters)."""
        return self._move(values.reshape(self.shape))

    def arrange_weights(self, weights: Array) -> Array:
        """Return the (inputs, units) weights of units that are fed by this form as (rows, columns, filters, units)."""
        return self._move(weights.reshape(*self.shape, -1))

    def _move(self, values: Array) -> Array:
        return np.expand_dims(values, 2) if self.channel is None else np.moveaxis(values, self.channel, 2)

    def transposed(self, shape: Shape, order: Shape) -> Form | None:
        """Return the form after a change of the order of the dimensions of a shape; None if there is none."""
        if self.shape == shape:
            channel = None if self.channel is None else order.index(self.channel)
            return Form(tuple(shape[index] for index in order), channel)
        kept = [index for index, side in enumerate(shape) if side != 1]
        own = [index for index, side in enumerate(self.shape) if side != 1]
        if [shape[index] for index in kept] != [self.shape[index] for index in own] or len(own) != len(self.shape):
            return None
        moved = [kept.index(index) for index in order if index in kept]
        return self.transposed(self.shape, tuple(moved))


class Window(NamedTuple):
    """The moving window of a convolution or pooling, each as rows and columns.

    Attributes
    ----------
    kernel
        Its values.
    strides
        From one window to the next.
    dilation
        From one value of it to the next.
    padding
        How far the first one begins before its input.
    """

    kernel: tuple[int, int]
    strides: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)


@dataclass(frozen=True, eq=False)
class NetworkLayer:
    """A layer of a network.

    Attributes
    ----------
    kind
        "convolution"; "pooling", which keeps the largest or the mean of each window of a map; "summary", which keeps
        one number of each map; "dense"; "merge", which adds up or joins others; "answer", the last one.
    operation
        "max", "mean", "sum" or "join" of a pooling, summary or merge; empty for others.
    shape
        (rows, columns, filters) of maps, or (units,).
    values, form
        Name of the tensor with its values, and how they form maps; None for units.
    source, source_form
        The same of what feeds it.
    sources
        Indices of the layers that feed it; () for the frame.
    owner
        Index of the layer whose filters its maps or units are; its own, but for poolings and summaries.
    window
        Of a convolution or pooling; None for others.
    groups
        Of a convolution: into how many parts channels and filters are divided.
    weights
        (rows, columns, channels, filters) of a convolution, (rows, columns, channels, units) or (inputs, units) of a
        dense layer; None for others.
    bias
        Is added to the products; broadcast to the shape. None without products.
    scale, offset
        What batch normalization multiplies by and adds then, before the activation; None without it.
    activation
        Operators of ONNX that turn the sums into values; () for none.
    is_signed
        Whether values may be negative.
    fields
        (rows, columns, 4) first row and column, and last ones, of the frame that a value depends on.
    order
        Of the answer: for each digit, the index of its unit.
    """

    kind: Kind
    shape: Shape
    values: str
    form: Form | None
    source: str = ""
    source_form: Form | None = None
    operation: str = ""
    sources: tuple[int, ...] = ()
    owner: int = 0
    window: Window | None = None
    groups: int = 1
    weights: Array | None = None
    bias: Array | None = None
    scale: Array | None = None
    offset: Array | None = None
    activation: tuple[str, ...] = ()
    is_signed: bool = False
    fields: NDArray[np.int32] | None = None
    order: tuple[int, ...] = ()

    @property
    def has_maps(self) -> bool:
        """Whether its values form maps."""
        return len(self.shape) == 3

    @property
    def count(self) -> int:
        """Number of filters or units."""
        return self.shape[-1]

    @property
    def reads_frame(self) -> bool:
        """Whether it is fed by the frame."""
        return not self.sources

    @property
    def field(self) -> tuple[int, int]:
        """Height and width, in pixels of the frame, of what a value depends on, at most."""
        assert self.fields is not None
        top, left, bottom, right = np.moveaxis(self.fields, -1, 0)
        return int((bottom - top).max()) + 1, int((right - left).max()) + 1
