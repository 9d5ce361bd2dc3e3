"""Networks from files as if they had been made here: what they expect and give becomes layers of their own."""

from __future__ import annotations

from dataclasses import replace

from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.models.architectures import OWN, Architecture, architecture_of, check_reads_digits, is_chain
from mnist_gui.models.importing.conventions import Convention, Layout
from mnist_gui.models.layer_arguments import Config
from mnist_gui.models.layers import Layer, NetworkError
from mnist_gui.models.networks import Network, check_network
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run

_Step = tuple[str, Config]


def plain_architecture(run: Run) -> Architecture:
    """Return the network of an imported run, from (28, 28, 1) frames in [0, 1] to probabilities; see `plain_network`.

    Raises
    ------
    RunError
        There is no such network, and why.
    """
    imported = run.record.imported
    assert imported is not None
    try:
        if run.record.layers is None:
            raise NetworkError("its layers are not known, as it is an ONNX model")
        network = architecture_of(run).network
        architecture = Architecture(OWN, plain_network(network, Convention.from_json(imported["convention"])))
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(
            f"Run {run.name} came from a file; it cannot be taught, nor exported for Keras or LiteRT: "
            f"{str(error).rstrip('.')}. It can be exported as an ONNX model or as a script."
        ) from error
    check_reads_digits(architecture, run.name)
    return architecture


def plain_network(network: Network, convention: Convention) -> Network:
    """Return a network that does with frames what another one does in a convention; its weights have the same names.

    Raises
    ------
    NetworkError
        No layers that are known here do what the convention says; the message continues a sentence.
    """
    if not is_chain(network):
        raise NetworkError("its layers do not follow each other")
    steps: list[Layer | _Step] = [*_before(network[0].config["shape"], convention), *network[1:], *_after(convention)]
    taken = {layer.name for layer in network}
    layers = [replace(network[0], config={"shape": (FRAME_SIDE, FRAME_SIDE, 1)})]
    for step in steps:
        inputs = (layers[-1].name,)
        if isinstance(step, Layer):
            layers.append(replace(step, inputs=inputs))
            continue
        kind, config = step
        name = next(name for number in range(len(taken) + 1) if (name := f"{kind.lower()}_here_{number}") not in taken)
        taken.add(name)
        layers.append(Layer(kind, name, inputs, config))
    plain = tuple(layers)
    check_network(plain)
    return plain


def _before(shape: tuple[int, ...], convention: Convention) -> list[_Step]:
    """Return the layers that make the input of a network from a frame."""
    layout, steps = Layout.of(shape), list[_Step]()
    if layout.channel_axis is not None:
        raise NetworkError("it gets pictures in colour")
    if convention.placing not in ("as it is", "padded"):
        raise NetworkError(f"it gets frames that are {convention.placing}")
    if convention.is_transposed:
        steps.append(("Permute", {"dims": (2, 1, 3)}))
    if convention.placing == "padded":
        margin = (layout.side - FRAME_SIDE) // 2
        sides = (margin, layout.side - FRAME_SIDE - margin)
        steps.append(("ZeroPadding2D", {"padding": (sides, sides)}))
    factor, added = convention.scale
    if (factor, added) != (1, 0):
        steps.append(("Rescaling", {"scale": factor, "offset": added}))
    if len(shape) == 1:
        steps.append(("Flatten", {}))
    elif shape != (layout.side, layout.side, 1):
        steps.append(("Reshape", {"target_shape": shape}))
    return steps


def _after(convention: Convention) -> list[_Step]:
    """Return the layers that make probabilities of the answers of a network."""
    if convention.order != Convention.order:
        raise NetworkError("its outputs are in another order than the digits")
    if convention.answers == "scores":
        raise NetworkError("its answers are independent scores")
    return [] if convention.answers == "probabilities" else [("Softmax", {})]
