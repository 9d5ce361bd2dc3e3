"""Networks of a user's own as a short text: "conv 3 64, conv 3 128, pool 2, dropout 0.5, dense 128".

Between the items, ReLU follows each convolution and each dense layer. The flattening before the first dense layer and
the closing dense layer with ten probabilities are implied.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.models.architectures import (
    NORMALIZATION,
    OWN,
    Architecture,
    Step,
    architecture_of,
    convolution,
    dense,
    digit_network,
    dropout,
    pooling,
)
from mnist_gui.models.layers import Layer, NetworkError, layer_names
from mnist_gui.models.networks import Network, output_shapes
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run

MAX_ITEMS = 40
MAX_CHAIN_VALUES = 2**20  # of a layer for one frame: a batch of 128 takes half a gigabyte in training
MAX_TEXT_LENGTH = 2_000  # characters


class ChainError(ValueError):
    """A chain cannot be read, or its layers do not fit; the message says which item, and what was expected.

    Attributes
    ----------
    index
        0-based index of the item; None if it is the whole chain.
    """

    def __init__(self, message: str, index: int | None = None) -> None:
        super().__init__(message)
        self.index = index


@dataclass(frozen=True)
class Number:
    """A number of an item: its name, its range, and the value that a new item has."""

    name: str
    low: float
    high: float
    usual: float

    @property
    def is_whole(self) -> bool:
        """Whether it is a whole number."""
        return isinstance(self.usual, int)


@dataclass(frozen=True)
class ItemKind:
    """A kind of item.

    Attributes
    ----------
    numbers
        Those that follow its word.
    step
        Returns the layer for these numbers.
    needs_image
        Whether it must stand before the first dense layer.
    """

    numbers: tuple[Number, ...]
    step: Callable[..., Step]
    needs_image: bool = False


ITEM_KINDS: dict[str, ItemKind] = {
    "conv": ItemKind((Number("side", 1, FRAME_SIDE, 3), Number("filters", 1, 1024, 32)), convolution, needs_image=True),
    "pool": ItemKind((Number("side", 2, FRAME_SIDE, 2),), pooling, needs_image=True),
    "dropout": ItemKind((Number("share", 0.01, 0.99, 0.5),), dropout),
    "norm": ItemKind((), lambda: NORMALIZATION),
    "dense": ItemKind((Number("units", 1, 4096, 128),), dense),
}


@dataclass(frozen=True)
class Item:
    """A layer of a chain: its word, one of `ITEM_KINDS`, and its numbers."""

    word: str
    numbers: tuple[float, ...] = ()

    def __str__(self) -> str:
        return " ".join([self.word, *(f"{number:g}" for number in self.numbers)])

    @classmethod
    def usual(cls, word: str) -> Item:
        """Return an item with its usual numbers."""
        return cls(word, tuple(number.usual for number in ITEM_KINDS[word].numbers))


Chain = tuple[Item, ...]


def chain_text(chain: Sequence[Item]) -> str:
    """Return a chain as `parse_chain` reads it."""
    return ", ".join(map(str, chain))


# -- text


def parse_chain(text: str) -> Chain:
    """Return the items of a text; whether the layers fit is found by `chain_architecture`.

    Raises
    ------
    ChainError
        An item has an unknown word, or other numbers than expected.
    """
    if len(text) > MAX_TEXT_LENGTH:
        raise ChainError(f"The layers are a text of {len(text):,} characters; expected at most {MAX_TEXT_LENGTH:,}.")
    parts = [part.strip() for part in text.split(",")]
    if parts == [""]:
        raise ChainError(f"There are no layers; expected a list such as “{_EXAMPLE}”.")
    return tuple(_item(part, index) for index, part in enumerate(parts))


_EXAMPLE = "conv 3 32, pool 2, dense 128"
_NUMBER = re.compile(r"\d{1,9}(\.\d{1,9})?|\.\d{1,9}", re.ASCII)


def _item(text: str, index: int) -> Item:
    word, *given = text.lower().split() or [""]
    kind = ITEM_KINDS.get(word)
    if kind is None:
        shown = f"is “{_short(text)}”" if text else "is empty"
        raise ChainError(f"Layer {index + 1} {shown}; expected one of {', '.join(map(usage, ITEM_KINDS))}.", index)
    values = [_number(value) for value in given]
    expected = [
        value is not None and number.low <= value <= number.high and (value == int(value) or not number.is_whole)
        for value, number in zip(values, kind.numbers, strict=False)
    ]
    if len(values) != len(kind.numbers) or not all(expected):
        raise ChainError(
            f"Layer {index + 1} is “{_short(text)}”; expected {usage(word)}{_ranges(kind)}, such as "
            f"“{Item.usual(word)}”.",
            index,
        )
    numbers = (value for value in values if value is not None)
    return Item(
        word,
        tuple(int(value) if number.is_whole else value for value, number in zip(numbers, kind.numbers, strict=True)),
    )


def usage(word: str) -> str:
    """Return how an item is written: "conv SIDE FILTERS"."""
    return " ".join([word, *(number.name.upper() for number in ITEM_KINDS[word].numbers)])


def _ranges(kind: ItemKind) -> str:
    if not kind.numbers:
        return " without a number"
    ranges = [
        f"{number.name.upper()} {'a whole number ' if number.is_whole else ''}from {number.low:g} to {number.high:g}"
        for number in kind.numbers
    ]
    return f" with {' and '.join(ranges)}"


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


def _short(text: str) -> str:
    shown = text.encode("ascii", "replace").decode()
    return shown if len(shown) <= 40 else f"{shown[:37]}..."


# -- networks


def chain_architecture(chain: Sequence[Item]) -> Architecture:
    """Return the network of a chain.

    Raises
    ------
    ChainError
        There are too many items, or a layer does not fit the one before it.
    """
    if not chain:
        raise ChainError("There are no layers; add one.")
    if len(chain) > MAX_ITEMS:
        raise ChainError(f"There are {len(chain)} layers; expected at most {MAX_ITEMS}. Leave some out.", MAX_ITEMS)
    _check_order(chain)
    try:
        network = digit_network(*(ITEM_KINDS[item.word].step(*item.numbers) for item in chain))
    except NetworkError as error:
        if error.layer is None:
            raise ChainError(str(error)) from error
        index = _index_of(chain, error.layer)
        raise ChainError(f"Layer {index + 1}, “{chain[index]}”, {error.problem}.", index) from error
    _check_size(chain, network)
    return Architecture(OWN, network)


def _check_order(chain: Sequence[Item]) -> None:
    """Raise `ChainError` for an item that needs an image after a dense layer."""
    first = next((index for index, item in enumerate(chain) if item.word == "dense"), len(chain))
    for index, item in enumerate(chain[first:], first):
        if ITEM_KINDS[item.word].needs_image:
            raise ChainError(
                f"Layer {index + 1}, “{item}”, stands after “{chain[first]}”, which returns a row of numbers and no "
                "image. Move it before the first dense layer.",
                index,
            )


def _check_size(chain: Sequence[Item], network: Network) -> None:
    shapes = output_shapes(network)
    for layer in network:
        if math.prod(shapes[layer.name]) > MAX_CHAIN_VALUES:
            index = _index_of(chain, layer.name)
            raise ChainError(
                f"Layer {index + 1}, “{chain[index]}”, returns {math.prod(shapes[layer.name]):,} values for a frame; "
                f"expected at most {MAX_CHAIN_VALUES:,}. Use fewer filters, or pool before it.",
                index,
            )


def _index_of(chain: Sequence[Item], name: str) -> int:
    """Return the index of the item whose layer in `digit_network` has this name; of the last for an implied layer."""
    names = layer_names(kind for item in chain for kind in [ITEM_KINDS[item.word].step(*item.numbers)[0]])
    return names.index(name) if name in names else len(chain) - 1


def chain_of(network: Network) -> Chain | None:
    """Return the chain of a network; None if it is none."""
    inner = [layer for layer in network[1:-1] if layer.kind != "Flatten"]
    items = [_item_of(layer) for layer in inner]
    chain = tuple(item for item in items if item is not None)
    if len(chain) < len(items):
        return None
    try:
        return chain if chain_architecture(chain).network == network else None
    except ChainError:
        return None


def _item_of(layer: Layer) -> Item | None:
    config = layer.config
    match layer.kind:
        case "Conv2D":
            return Item("conv", (config["kernel_size"][0], config["filters"]))
        case "MaxPooling2D":
            return Item("pool", (config["pool_size"][0],))
        case "Dropout":
            return Item("dropout", (config["rate"],))
        case "BatchNormalization":
            return Item("norm")
        case "Dense":
            return Item("dense", (config["units"],))
    return None


def own_chain(run: Run) -> str:
    """Return the text of the chain of a run; empty for one of the notebook's models, and for what is no chain."""
    if run.model or run.record.layers is None:
        return ""
    try:
        return chain_text(chain_of(architecture_of(run).network) or ())
    except RunError:
        return ""
