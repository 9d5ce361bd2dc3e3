"""Titles, captions and sentences of the view of a network: plain words, with the expert's in the tooltips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mnist_gui.analysis.network_sum import Place, ValueSum
from mnist_gui.digits.dataset import CLASSES, FRAME_SIDE
from mnist_gui.gui.draw.network.network_thread import NetworkState
from mnist_gui.models.inspection.network import Activations, Network
from mnist_gui.models.inspection.network_layers import NetworkLayer
from mnist_gui.wording import percent, plural

TITLE = "How the network sees"
OPENING = "Preparing…"
NOTHING_YET = "Draw a digit: what every layer of the model makes of it appears here."
_INTRODUCTION = "{name} is a network, read from left to right: {parts}, until ten digits are weighed up."
_FILTERS = "each filter looks for one pattern in a small patch, and hands on how strongly it finds it"
_UNITS = "each unit weighs up all that comes before it, and hands on how strongly it responds"
_BRANCHED = "Some of its layers work side by side: what feeds a layer stands in its tooltip."
_UNSHOWN = "It also computes layers that have no picture here ({kinds}); what they change is in what follows."
_LEFT_OUT = "{layers} of it are not shown: there are too many of them, or they are too large."
HINT = (
    "Point at a map to see what one of its values comes from. Click a filter or unit, or press Space, to switch it "
    "off. Bright is strong; the strongest come first."
)
# As long as the words for a value get.
LONGEST_SUM = (
    "3×3 × 64 maps = 3,136 products and a bias, then ReLU. Sum −22.22 + bias 0.02 = −22.22, after normalization "
    "−22.22: negative, ReLU makes it 0. Filter 128 counts most, shown here: −22.22. Switched off: 0 is handed on "
    "instead."
)
LONGEST_PLACE = "Second filter 128 · row 22, column 22"

_ORDINALS = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth")
_ACTIVATIONS: dict[tuple[str, ...], str] = {
    ("Relu",): "ReLU", ("LeakyRelu",): "leaky ReLU", ("PRelu",): "PReLU", ("Elu",): "ELU", ("Selu",): "SELU",
    ("Celu",): "CELU", ("Gelu",): "GELU", ("Sigmoid", "Mul"): "SiLU", ("Clip",): "limits", ("Softmax",): "softmax",
    ("LogSoftmax",): "softmax", ("HardSwish",): "hard swish", ("HardSigmoid",): "hard sigmoid",
}  # fmt: skip


@dataclass(frozen=True)
class LayerWords:
    """Title, caption and tooltip of a layer, and how one of its filters or units is called."""

    title: str
    caption: str
    tool_tip: str
    single: str = ""


def introduction(name: str, network: Network | None) -> str:
    """Return what the window says above the layers, with what of the network cannot be shown."""
    layers = network.layers if network is not None else ()
    has_units = bool(layers) and not any(layer.kind == "convolution" for layer in layers)
    sentences = [_INTRODUCTION.format(name=name, parts=_UNITS if has_units else _FILTERS)]
    if network is not None:
        if any(layer.sources != ((index - 1,) if index else ()) for index, layer in enumerate(layers)):
            sentences.append(_BRANCHED)
        if network.unshown:
            sentences.append(_UNSHOWN.format(kinds=", ".join(network.unshown)))
        if network.left_out:
            sentences.append(_LEFT_OUT.format(layers=plural(network.left_out, "layer")))
    return " ".join(sentences)


def answer_words(state: NetworkState) -> str:
    """Return the answer, before and after while filters are off: "1 filter off: 7 · 98 % → 2 · 61 %"."""
    before = _answer(state.network, state.whole)
    if not state.off.count:
        return before
    layers = [state.network.layers[layer] for layer, _ in state.off.places]
    noun = "filter" if all(layer.has_maps for layer in layers) else "unit"
    if any(layer.has_maps for layer in layers) and noun == "unit":
        noun = "part"
    return f"{plural(state.off.count, noun)} off: {before} → {_answer(state.network, state.current)}"


def _answer(network: Network, activations: Activations) -> str:
    probabilities = network.calibrated(activations)
    return f"{int(probabilities.argmax())} · {percent(float(probabilities.max()))}"


def frame_words() -> LayerWords:
    """Return the words for the frame."""
    size = f"{FRAME_SIDE}×{FRAME_SIDE}"
    return LayerWords("Frame", f"{size} pixels: all that the model sees", f"Input: {size}, 0 black to 1 white")


# -- layers


def layer_words(layers: Sequence[NetworkLayer]) -> list[LayerWords]:
    """Return the words for all layers of a network."""
    titles = [_title(layers, layer) for layer in layers]
    words = []
    for index, layer in enumerate(layers):
        title, single = titles[index]
        caption, expert = _CAPTIONS[layer.kind](layer)
        if layer.scale is not None:
            expert += ", batch normalization"
        if layer.activation and layer.kind != "answer":
            expert += f", {activation_title(layer)}"
        if layer.has_maps:
            expert += f"; maps of {_square(layer.shape)}, receptive field {_square(layer.field)}"
        if layer.sources != ((index - 1,) if index else ()):
            expert += f"\nFed by: {', '.join(titles[source][0] for source in layer.sources) or 'Frame'}"
        if has_pictures(layer):
            expert += (
                "\nLeft of each map are the filter's weights: bright where it wants ink, dark where it wants none."
            )
        words.append(LayerWords(title, caption, expert, single))
    return words


def has_pictures(layer: NetworkLayer) -> bool:
    """Return whether the filters of a layer can be shown as pictures: each looks at the frame."""
    return layer.kind == "convolution" and layer.reads_frame


def activation_title(layer: NetworkLayer) -> str:
    """Return the name of a layer's activation."""
    found = _ACTIVATIONS.get(layer.activation)
    if found is not None:
        return found
    return layer.activation[0].lower() if len(layer.activation) == 1 else "an activation"


def _title(layers: Sequence[NetworkLayer], layer: NetworkLayer) -> tuple[str, str]:
    """Return the title of a layer, and how one of its filters or units is called."""
    same = [other for other in layers if other.kind == layer.kind]
    number, is_last = same.index(layer), layer is same[-1]
    match layer.kind:
        case "convolution":
            if len(same) == 1:
                return "Filters", "Filter"
            if number < len(_ORDINALS):
                return f"{_ORDINALS[number]} filters", f"{_ORDINALS[number]} filter"
            return f"Filters {number + 1}", f"Filter {number + 1}."
        case "pooling":
            return "Shrunk", "Shrunk map"
        case "summary":
            return "Summed up", "Map"
        case "merge":
            return ("Added up" if layer.operation == "sum" else "Joined"), ("Map" if layer.has_maps else "Unit")
        case "dense":
            return ("Last units" if is_last and len(same) > 1 else "Units"), "Unit"
        case "answer":
            return "Answer", "Score"


def _convolution(layer: NetworkLayer) -> tuple[str, str]:
    assert layer.window is not None
    assert layer.weights is not None
    height, width = layer.field
    size, kernel, channels = f"{height}×{width}", _square(layer.window.kernel), layer.weights.shape[2]
    maps = "" if channels == 1 else f" over {channels} maps"
    expert = f"Conv2D {layer.count}, {kernel}{maps}"
    if layer.window.strides != (1, 1):
        expert += f", strides {_square(layer.window.strides)}"
    if layer.reads_frame:
        return f"{plural(layer.count, 'filter')}. Each looks at {size} pixels at a time", expert
    through = "through all maps before it" if layer.groups == 1 else "through the maps of its own group"
    return f"{plural(layer.count, 'filter')}. Each sees {size} pixels, {through}", expert


def _pooling(layer: NetworkLayer) -> tuple[str, str]:
    assert layer.window is not None
    kernel = _square(layer.window.kernel)
    if layer.operation == "max":
        return f"The largest of each {kernel} values is kept", f"MaxPooling2D {kernel}"
    return f"The mean of each {kernel} values is kept", f"AveragePooling2D {kernel}"


def _summary(layer: NetworkLayer) -> tuple[str, str]:
    if layer.operation == "max":
        return "The largest value of each map is kept", "GlobalMaxPooling2D"
    return "The mean of each map is kept", "GlobalAveragePooling2D"


def _merge(layer: NetworkLayer) -> tuple[str, str]:
    if layer.operation == "sum":
        return "What several layers hand on, added up", "Add"
    return "What several layers hand on, side by side", "Concatenate"


def _dense(layer: NetworkLayer) -> tuple[str, str]:
    before = "all that comes before" if not layer.reads_frame else "all pixels of the frame"
    return f"{plural(layer.count, 'unit')}. Each weighs up {before}", f"Dense {layer.count}"


def _answer_caption(layer: NetworkLayer) -> tuple[str, str]:
    last = f"Dense {CLASSES}, {activation_title(layer)}. " if layer.weights is not None and layer.activation else ""
    return "How sure it is of each digit", f"{last}Grey, while filters are off: the answer with all of them"


_CAPTIONS = {
    "convolution": _convolution,
    "pooling": _pooling,
    "summary": _summary,
    "merge": _merge,
    "dense": _dense,
    "answer": _answer_caption,
}


def _square(sides: Sequence[int]) -> str:
    return f"{sides[0]}×{sides[1]}"


# -- values


def place_words(words: LayerWords, layer: NetworkLayer, place: Place) -> str:
    """Return the name of a value: "First filter 12 · row 3, column 7"."""
    if layer.kind == "answer":
        return f"{words.single} of {place.index}"
    spot = f" · row {place.row}, column {place.column}" if layer.has_maps else ""
    return f"{words.single} {place.index + 1}{spot}"


def sum_words(layer: NetworkLayer, found: ValueSum, *, is_off: bool) -> str:
    """Return the arithmetic of a value, with its numbers."""
    if not found.products:
        text = _without_products(layer, found)
    else:
        sentences = [f"{_products(found)} and a bias{_then(layer)}.", _sum(layer, found), _share(found)]
        text = " ".join(filter(None, sentences))
    return f"{text} Switched off: 0 is handed on instead." if is_off else text


def number(value: float) -> str:
    """Return a number with two decimals and a proper minus sign, which zero never has."""
    return f"{round(value, 2) + 0.0:,.2f}".replace("-", "−")


def _without_products(layer: NetworkLayer, found: ValueSum) -> str:
    result = number(found.result)
    if found.inputs is not None:
        rows, columns = found.inputs.shape
        kept = "largest" if layer.operation == "max" else "mean"
        return f"The {kept} of {rows}×{columns} = {found.inputs.size} values: {result}."
    match layer.kind:
        case "merge" if layer.operation == "sum":
            return f"What the layers before hand on at this place, added up: {result}."
        case "merge":
            return f"Handed on from a layer before: {result}."
        case "answer":
            return f"The layers before give this digit {percent(found.result)}, uncalibrated."
        case _:
            return f"One value for a whole map: {result}."


def _then(layer: NetworkLayer) -> str:
    title = activation_title(layer) if layer.activation else ""
    if layer.kind == "answer":
        return f", then {title} over the ten scores" if title == "softmax" else ""
    return f", then {title}" if title else ""


def _products(found: ValueSum) -> str:
    if found.inputs is None:
        return f"{found.products:,} products"
    rows, columns = found.inputs.shape
    channels = found.products // (rows * columns)
    times = f" × {channels} maps" if channels > 1 else ""
    return f"{rows}×{columns}{times} = {found.products:,} products"


def _sum(layer: NetworkLayer, found: ValueSum) -> str:
    sign = "+" if found.bias >= 0 else "−"
    plain = found.total + found.bias
    text = f"Sum {number(found.total)} {sign} bias {number(abs(found.bias))} = {number(plain)}"
    if layer.scale is not None:
        text += f", after normalization {number(found.score)}"
    if layer.kind == "answer" or not layer.activation:
        return f"{text}."
    if layer.activation != ("Relu",):
        return f"{text}: {activation_title(layer)} makes it {number(found.result)}."
    return f"{text}: positive, it stays." if found.score > 0 else f"{text}: negative, ReLU makes it 0."


def _share(found: ValueSum) -> str:
    """Return which input counts most, whose grids are shown."""
    if found.channel is None:
        return ""
    input_ = "Unit" if found.inputs is None else "Filter"
    shown = "" if found.inputs is None else ", shown here"
    return f"{input_} {found.channel + 1} counts most{shown}: {number(found.channel_sum)}."
