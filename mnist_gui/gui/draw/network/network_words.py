"""Titles, captions and sentences of the view of a network: plain words, with the expert's in the tooltips."""

from __future__ import annotations

from dataclasses import dataclass

from mnist_gui.analysis.network import POOL, Activations, Network, map_sides, receptive_fields
from mnist_gui.analysis.network_sum import Layer, Place, ValueSum
from mnist_gui.digits.dataset import CLASSES, FRAME_SIDE
from mnist_gui.gui.draw.network.network_thread import NetworkState
from mnist_gui.wording import percent, plural

TITLE = "How the network sees"
OPENING = "Preparing…"
NOT_ONE_OF_THE_THREE = (
    "{name} is built otherwise than models 1, 2 and 3, whose layers this window shows. "
    "“Why” in Draw shows what its answer rests on."
)
NOTHING_YET = "Draw a digit: what every layer of the model makes of it appears here."
INTRODUCTION = (
    "{name} is a network, read from left to right: each filter looks for one pattern in a small patch, "
    "and hands on how strongly it finds it, until ten digits are weighed up."
)
HINT = (
    "Point at a map to see what one of its values comes from. Click a filter, or press Space, to switch it off. "
    "Bright is strong; the strongest come first."
)
# As long as the words for a value get.
LONGEST_SUM = (
    "3×3 × 64 maps = 3,136 products and a bias, then ReLU. Sum −22.22 + bias 0.02 = −22.22: negative, ReLU makes it 0. "
    "Filter 128 counts most, shown here: −22.22. Switched off: 0 is handed on instead."
)
LONGEST_PLACE = "Second filter 128 · row 22, column 22"
_NAMES: dict[Layer, str] = {
    "first": "First filters",
    "second": "Second filters",
    "pooling": "Shrunk",
    "hidden_1": "Units",
    "hidden_2": "Last units",
    "answer": "Answer",
}


@dataclass(frozen=True)
class LayerWords:
    """Title, caption and tooltip of a layer."""

    title: str
    caption: str
    tool_tip: str


def answer_words(state: NetworkState) -> str:
    """Return the answer, before and after while filters are off: "1 filter off: 7 · 98 % → 2 · 61 %"."""
    before = _answer(state.network, state.whole)
    if not state.off.count:
        return before
    return f"{plural(state.off.count, 'filter')} off: {before} → {_answer(state.network, state.current)}"


def _answer(network: Network, activations: Activations) -> str:
    probabilities = network.calibrated(activations)
    return f"{int(probabilities.argmax())} · {percent(float(probabilities.max()))}"


def frame_words() -> LayerWords:
    """Return the words for the frame."""
    size = f"{FRAME_SIDE}×{FRAME_SIDE}"
    return LayerWords("Frame", f"{size} pixels: all that the model sees", f"Input: {size}, 0 black to 1 white")


def layer_words(network: Network, layer: Layer) -> LayerWords:
    """Return the words for a layer of a network."""
    first, second = network.kernels
    sides, fields = map_sides(network.kernels), receptive_fields(network.kernels)
    filters = [len(convolution.bias) for convolution in network.convolutions]
    units = [len(dense.bias) for dense in network.dense]
    match layer:
        case "first":
            caption = f"{filters[0]} filters. Each looks at {first}×{first} pixels at a time"
            expert = (
                f"First convolution: Conv2D {filters[0]}, {first}×{first}, ReLU; maps of {sides[0]}×{sides[0]}.\n"
                "Left of each map are the filter's weights: bright where it wants ink, dark where it wants none."
            )
        case "second":
            caption = f"{filters[1]} filters. Each sees {fields[1]}×{fields[1]} pixels, through all first filters"
            expert = (
                f"Second convolution: Conv2D {filters[1]}, {second}×{second} over {filters[0]} maps, ReLU; "
                f"maps of {sides[1]}×{sides[1]}, receptive field {fields[1]}×{fields[1]}"
            )
        case "pooling":
            caption = f"The largest of each {POOL}×{POOL} values is kept"
            expert = f"MaxPooling2D {POOL}×{POOL}: {filters[1]} maps of {sides[2]}×{sides[2]}"
        case "hidden_1":
            caption, expert = f"{units[0]} units. Each weighs up all shrunk maps", f"Dense {units[0]}, ReLU"
        case "hidden_2":
            caption, expert = f"{units[1]} units. Each weighs up all units before", f"Dense {units[1]}, ReLU"
        case "answer":
            caption = "How sure it is of each digit"
            expert = f"Dense {CLASSES}, softmax. Grey, while filters are off: the answer with all of them"
    return LayerWords(_NAMES[layer], caption, expert)


def place_words(place: Place) -> str:
    """Return the name of a value: "First filter 12 · row 3, column 7"."""
    spot = f" · row {place.row}, column {place.column}"
    match place.layer:
        case "first" | "second":
            return f"{_NAMES[place.layer].removesuffix('s')} {place.index + 1}{spot}"
        case "pooling":
            return f"Shrunk map {place.index + 1}{spot}"
        case "answer":
            return f"Score of {place.index}"
        case _:
            return f"Unit {place.index + 1}"


def sum_words(found: ValueSum, *, is_off: bool) -> str:
    """Return the arithmetic of a value, with its numbers."""
    if found.inputs is not None and not found.products:
        side = len(found.inputs)
        text = f"The largest of {side}×{side} = {found.inputs.size} values: {number(found.result)}."
    else:
        sentences = [f"{_products(found)} and a bias{_then(found)}.", _sum(found), _share(found)]
        text = " ".join(filter(None, sentences))
    return f"{text} Switched off: 0 is handed on instead." if is_off else text


def number(value: float) -> str:
    """Return a number with two decimals and a proper minus sign, which zero never has."""
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")


def _then(found: ValueSum) -> str:
    return ", then softmax over the ten scores" if found.place.layer == "answer" else ", then ReLU"


def _products(found: ValueSum) -> str:
    if found.inputs is None:
        return f"{found.products:,} products"
    side = len(found.inputs)
    channels = found.products // side**2
    times = f" × {channels} maps" if channels > 1 else ""
    return f"{side}×{side}{times} = {found.products:,} products"


def _sum(found: ValueSum) -> str:
    score = found.total + found.bias
    sign = "+" if found.bias >= 0 else "−"
    text = f"Sum {number(found.total)} {sign} bias {number(abs(found.bias))} = {number(score)}"
    if found.place.layer == "answer":
        return f"{text}."
    if score > 0:
        return f"{text}: positive, it stays."
    return f"{text}: negative, ReLU makes it 0."


def _share(found: ValueSum) -> str:
    """Return which input counts most, whose grids are shown."""
    if found.channel is None:
        return ""
    input_ = "Unit" if found.inputs is None else "Filter"
    shown = "" if found.inputs is None else ", shown here"
    return f"{input_} {found.channel + 1} counts most{shown}: {number(found.channel_sum)}."
