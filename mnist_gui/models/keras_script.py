"""A recipe as a command of this program and as a script that needs only Keras."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Sequence
from dataclasses import fields
from string import Template
from types import ModuleType
from typing import Any

from mnist_gui import __version__
from mnist_gui.digits import augmentation, foreign_forms, image_warp
from mnist_gui.digits.dataset import CLASSES, FRAME_SIDE
from mnist_gui.models.architectures import OWN, Architecture, is_chain
from mnist_gui.models.layer_arguments import ARGUMENTS, RANDOM_KINDS
from mnist_gui.models.layers import Layer
from mnist_gui.models.recipes import OPTIMIZERS, RECIPES, WARMUP, Recipe, RecipeError

PROGRAM = "mnist-gui"


def as_command(recipe: Recipe, models: Sequence[int], seed: int, layers: str = "") -> str:
    """Return one `mnist-gui train` line per model, with the options that differ from the predefined recipe.

    Parameters
    ----------
    layers
        Chain of model 0, the user's own.

    Raises
    ------
    RecipeError
        There is no such command: no predefined recipe has this name, or only the predefined one limits the frames.
    """
    base = RECIPES.get(recipe.name)
    if base is None:
        raise RecipeError(f"the recipe {recipe.name!r} is none of {', '.join(RECIPES)}.")
    # Another optimizer implies its usual learning rate.
    base = base.with_changes(optimizer=recipe.optimizer)
    options = ["--optimizer", recipe.optimizer] if recipe.optimizer != RECIPES[recipe.name].optimizer else []
    for field in fields(Recipe):
        value = getattr(recipe, field.name)
        if value == getattr(base, field.name):
            continue
        if value is None:
            raise RecipeError(f"the recipe has all {field.name}, but the command {recipe.name} has {base.frames}.")
        option = "limit" if field.name == "frames" else field.name.replace("_", "-")
        options += [f"--{option}", repr(value) if isinstance(value, float) else str(value)]
    if seed:
        options += ["--seed", str(seed)]
    return "\n".join(
        " ".join([PROGRAM, "train", *_model_option(model, layers), "--recipe", recipe.name, *options])
        for model in models
    )


def _model_option(model: int, layers: str) -> list[str]:
    return ["--model", str(model)] if model else ["--layers", f'"{layers}"']


def as_study_command(name: str, recipe: Recipe, models: Sequence[int], seeds: int, layers: str = "") -> str:
    """Return the `mnist-gui study` line that trains these models with a number of seeds.

    Raises
    ------
    RecipeError
        There is no such command: no predefined recipe has this name, or only the predefined one limits the frames.
    """
    if recipe.name not in RECIPES:
        raise RecipeError(f"the recipe {recipe.name!r} is none of {', '.join(RECIPES)}.")
    numbers = [str(model) for model in models if model]
    options = ["--model", *numbers] if numbers else []
    options += ["--layers", f'"{layers}"'] if OWN in models else []
    options += ["--recipe", recipe.name, "--seeds", str(seeds)]
    for field, value in recipe.changes.items():
        if value is None:
            raise RecipeError(f"the recipe has all {field}, but the command {recipe.name} has a limit.")
        options += ["--vary", f"{field}={value!r}" if isinstance(value, float) else f"{field}={value}"]
    return " ".join([PROGRAM, "study", f'"{name}"', *options])


def as_keras_code(recipe: Recipe, architectures: Sequence[Architecture], seed: int) -> str:
    """Return a Python script that trains these networks with Keras and NumPy only.

    Frames, their order, steps, learning rates, augmentation and the choice of the epoch are those of
    `mnist_gui.models.training.trainer`.
    """
    augmented = bool(recipe.augmentation)
    names = ", ".join(architecture.identifier for architecture in architectures)
    parts = [
        _HEAD.substitute(models=_listed(architectures), recipe=recipe.name, version=__version__)
        + (_TYPING if augmented else "")
        + f"\n{_settings(recipe, seed)}",
        _LOAD,
        *map(as_function, architectures),
        *(map(_module_body, (image_warp, foreign_forms, augmentation)) if augmented else ()),
        _BATCHES.substitute(
            steps=_STEPS if augmented else "",
            strength=_STRENGTH if augmented else "",
            frames=_ALTERED if augmented else "x[chosen]",
        ),
        _ONE_CYCLE if recipe.schedule != "constant" else "",
        _TRAIN.substitute(optimizer=_optimizer(recipe), callbacks=_callbacks(recipe)),
        _MAIN.substitute(
            split=_SPLIT if recipe.held_out else _NO_SPLIT, limit=_LIMIT if recipe.frames else "", networks=names
        ),
    ]
    return "\n\n".join(part.strip("\n") + "\n" for part in parts if part)


def _settings(recipe: Recipe, seed: int) -> str:
    rows: list[tuple[str, Any, str]] = [
        ("FRAME_SIDE", FRAME_SIDE, "pixels"),
        ("CLASSES", CLASSES, ""),
        ("SEED", seed, "of weights, order of frames and dropout"),
        ("EPOCHS", recipe.epochs, ""),
        ("BATCH_SIZE", recipe.batch_size, ""),
        ("LEARNING_RATE", recipe.learning_rate, "" if recipe.schedule == "constant" else "maximum"),
    ]
    if recipe.schedule != "constant":
        rows += [("WARMUP", WARMUP, "share of the steps in which the learning rate rises")]
    if recipe.held_out:
        rows += [("HELD_OUT", recipe.held_out, "training frames, the last ones, for validation only")]
    if recipe.frames:
        rows += [("FRAMES", recipe.frames, "training frames, the first ones")]
    if recipe.patience:
        rows += [("PATIENCE", recipe.patience, "epochs without a lower loss on the held-out frames")]
    if recipe.augmentation:
        rows += [
            ("STRENGTH", recipe.augmentation, "of the augmentation in the first step: 0 none, 1 usual"),
            ("STRENGTH_DECAY", recipe.augmentation_decay, "share of it that is lost over the steps, linearly"),
        ]
    lines = []
    for name, value, comment in rows:
        written = f"{value:_}" if isinstance(value, int) else repr(value)
        lines.append(f"{name} = {written}" + (f"  # {comment}" if comment else ""))
    return "\n".join(lines)


def _optimizer(recipe: Recipe) -> str:
    """Return the expression in ``keras.optimizers`` for the optimizer."""
    options = [f"{name}={value!r}" for name, value in recipe.optimizer_options.items()]
    return f"{OPTIMIZERS[recipe.optimizer].keras_class}({', '.join(['LEARNING_RATE', *options])})"


def _callbacks(recipe: Recipe) -> str:
    """Return the elements of the list of callbacks, a line each."""
    callbacks = ["OneCycle(steps * EPOCHS)"] if recipe.schedule != "constant" else []
    if recipe.patience:
        callbacks += ['keras.callbacks.EarlyStopping("val_loss", patience=PATIENCE, restore_best_weights=True)']
    if not callbacks:
        return ""
    return "".join(f"\n            {callback}," for callback in callbacks) + "\n        "


def _module_body(module: ModuleType) -> str:
    """Return the code of a module below its imports, with its docstring as a comment."""
    source = inspect.getsource(module)
    last = max(node.end_lineno or 0 for node in ast.parse(source).body if isinstance(node, ast.Import | ast.ImportFrom))
    comment = "\n".join(f"# {line}".rstrip() for line in inspect.cleandoc(module.__doc__ or "").splitlines())
    return comment + "\n\n" + "\n".join(source.splitlines()[last:]).strip("\n") + "\n"


def _listed(architectures: Sequence[Architecture]) -> str:
    names = [f"model {entry.number}" if entry.number else "a network" for entry in architectures]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


# -- networks


def as_function(architecture: Architecture) -> str:
    """Return a Python function without arguments that builds a network as `mnist_gui.models.architectures.build`."""
    network, name = architecture.network, architecture.identifier
    inputs = f"layers.Input({network[0].config['shape']!r})"
    if is_chain(network):
        steps = [inputs, *map(_layer_code, network[1:])]
        body = ["    return Sequential(", "        [", *(f"            {step}," for step in steps), "        ],"]
        body += [f'        name="{name}",', "    )"]
    else:
        results = {layer.name: f"x{index}" for index, layer in enumerate(network)}
        body = [f"    x0 = {inputs}"]
        for layer in network[1:]:
            given = ", ".join(results[entry] for entry in layer.inputs)
            given = given if len(layer.inputs) == 1 else f"[{given}]"
            body.append(f"    {results[layer.name]} = {_layer_code(layer)}({given})")
        body.append(f'    return Model(x0, {results[network[-1].name]}, name="{name}")')
    kind = "Sequential" if is_chain(network) else "Model"
    title = architecture.title if architecture.number else "the network"
    head = [f"def {name}():", f'    """Return {title}, not compiled."""', f"    from keras import {kind}, layers", ""]
    return "\n".join([*head, *body]) + "\n"


def _layer_code(layer: Layer) -> str:
    """Return the expression that makes a layer: arguments without a default by place, others where they differ."""
    if layer.kind in RANDOM_KINDS:
        return "layers.Identity()"
    words: list[str] = []
    for name, argument in ARGUMENTS[layer.kind].items():
        value = layer.config[name]
        if argument.is_required or (name == "pool_size" and not words):
            words.append(_value_code(value))
        elif value != argument.default:
            words.append(f"{name}={_value_code(value)}")
    return f"layers.{layer.kind}({', '.join(words)})"


def _value_code(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


_TYPING = "from collections.abc import Callable, Sequence\nfrom typing import Any\n\nfrom numpy.typing import NDArray\n"
_HEAD = Template('''
"""Trains $models on MNIST by the recipe "$recipe".

    python THIS_FILE [mnist.npz]

Needs Keras 3 with one of its backends, and NumPy. Without a file, Keras downloads MNIST.
Written by mnist-gui $version.
"""

from __future__ import annotations

import sys

import keras
import numpy as np
''')
_LOAD = '''
def load_mnist():
    """Return training and test data, each as (N, 28, 28) frames in [0, 1] and (N,) digits."""
    if len(sys.argv) > 1:
        with np.load(sys.argv[1]) as data:
            train, test = (data["x_train"], data["y_train"]), (data["x_test"], data["y_test"])
    else:
        train, test = keras.datasets.mnist.load_data()
    return [(images.astype("float32") / 255, digits) for images, digits in (train, test)]


def as_inputs(frames, digits):
    """Return frames as (N, 28, 28, 1) and digits as (N, 10) one-hot rows."""
    return frames[..., None], np.eye(CLASSES, dtype="float32")[digits]
'''
_ALTERED = "augment(x[chosen], digits[chosen], strength, np.random.default_rng([SEED, epoch, batch]))"
_STEPS = "    steps = -(-len(x) // BATCH_SIZE)\n"
_STRENGTH = """            step = (epoch - 1) * steps + batch - 1
            strength = STRENGTH * (1 - STRENGTH_DECAY * step / (EPOCHS * steps))
"""
_BATCHES = Template('''
def batches(x, digits):
    """Yield the batches of all epochs; each epoch has its own order of the frames."""
$steps    for epoch in range(1, EPOCHS + 1):
        order = np.random.default_rng([SEED, epoch]).permutation(len(x))
        for batch, start in enumerate(range(0, len(x), BATCH_SIZE), 1):
            chosen = order[start : start + BATCH_SIZE]
$strength            frames = $frames
            yield as_inputs(frames, digits[chosen])
''')
_ONE_CYCLE = '''
class OneCycle(keras.callbacks.Callback):
    """The learning rate rises over the first steps, then falls to 0."""

    def __init__(self, steps):
        super().__init__()
        self.step, self.steps = 0, steps

    def on_train_batch_begin(self, batch, logs=None):
        self.model.optimizer.learning_rate = self.learning_rate_at(self.step)
        self.step += 1

    def learning_rate_at(self, step):
        rising = max(1.0, WARMUP * self.steps)
        falling = max(1.0, self.steps - rising + 1)
        fraction = (step + 1) / rising if step + 1 < rising else (self.steps - step) / falling
        return LEARNING_RATE * min(1.0, fraction)
'''
_TRAIN = Template('''
def train(build, x, digits, validation):
    """Build and train a network."""
    keras.utils.set_random_seed(SEED)
    model = build()
    model.compile(
        loss="categorical_crossentropy",
        optimizer=keras.optimizers.$optimizer,
        metrics=["accuracy"],
    )
    steps = -(-len(x) // BATCH_SIZE)
    model.fit(
        batches(x, digits),
        steps_per_epoch=steps,
        epochs=EPOCHS,
        validation_data=as_inputs(*validation),
        validation_batch_size=BATCH_SIZE,
        callbacks=[$callbacks],
        verbose=2,
    )
    return model
''')
_SPLIT = """    available = len(x) - HELD_OUT
    validation = x[available:], digits[available:]
    x, digits = x[:available], digits[:available]
"""
_NO_SPLIT = "    validation = test\n"
_LIMIT = "    x, digits = x[:FRAMES], digits[:FRAMES]\n"
_MAIN = Template('''
def main():
    """Train, evaluate and save each network."""
    (x, digits), test = load_mnist()
$split$limit    for build in [$networks]:
        model = train(build, x, digits, validation)
        loss, accuracy = model.evaluate(*as_inputs(*test), verbose=0)
        print(f"{model.name}: test loss {loss:.4f}, test accuracy {accuracy:.2%}", flush=True)
        model.save(f"{model.name}.keras")


if __name__ == "__main__":
    main()
''')
