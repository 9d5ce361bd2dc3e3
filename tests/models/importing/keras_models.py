"""Networks of the shapes and habits that people have, with random features and a last layer that is fitted."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from mnist_gui.digits.dataset import load_mnist
from mnist_gui.models.importing.conventions import Convention, Layout, prepare, training_frames

KERAS_ARCHIVE, KERAS_3_HDF5, KERAS_2_HDF5 = ".keras", ".h5 of Keras 3", ".h5 of Keras 2"


PLAIN = Convention()


@dataclass(frozen=True)
class Habit:
    """How somebody builds and saves a network, and what it expects and gives."""

    build: Callable[[Any], Any]  # gets Keras' layers
    convention: Convention = PLAIN
    format: str = KERAS_ARCHIVE


@cache
def learned_frames():
    """Frames and labels that networks are fitted to."""
    train = load_mnist().train[:3_000]
    return train.frames(), train.labels


@cache
def tried_frames():
    """Frames and labels that networks are tried on."""
    train = training_frames(load_mnist().train)
    return train.frames(), train.labels


def made(habit: Habit) -> tuple[Any, bytes]:
    """Return the network with its fitted last layer, and the content of its file."""
    import keras

    keras.utils.set_random_seed(7)
    model = habit.build(keras.layers)
    fit(model, habit.convention)
    if habit.format == KERAS_2_HDF5:
        return model, keras_2_file(model)
    path = Path("model.keras" if habit.format == KERAS_ARCHIVE else "model.h5")
    model.save(path)
    return model, path.read_bytes()


def fit(model, convention: Convention) -> None:
    """Set the weights of the last Dense layer by ridge regression on the training frames."""
    import keras

    frames, labels = learned_frames()
    inputs = prepare(frames, convention, Layout.of([side or 28 for side in model.input_shape[1:]]))
    dense = next(layer for layer in reversed(model.layers) if isinstance(layer, keras.layers.Dense))
    features = np.asarray(keras.Model(model.inputs, dense.input)([inputs], training=False), np.float64)
    mean, deviation = features.mean(axis=0), np.maximum(features.std(axis=0), 0.05 * features.std())
    scaled = (features - mean) / deviation
    targets = np.zeros((len(labels), 10))
    targets[np.arange(len(labels)), np.asarray(convention.order)[labels]] = 1
    kernel = np.linalg.solve(scaled.T @ scaled + 30 * np.eye(scaled.shape[1]), scaled.T @ (targets - 0.1))
    # As confident as training would make it.
    places = np.arange(len(labels)), np.asarray(convention.order)[labels]
    kernel = min((factor * kernel for factor in (4, 8, 16, 32, 64)), key=lambda k: loss(scaled @ k, *places))
    kernel = kernel / deviation[:, None]
    dense.set_weights([kernel, -mean @ kernel])


def loss(logits, rows, columns) -> float:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return float((np.log(np.exp(shifted).sum(axis=1)) - shifted[rows, columns]).mean())


def chain(*steps, shape=(28, 28, 1)):
    import keras

    return keras.Sequential([keras.layers.Input(shape), *steps])


def keras_2_file(model) -> bytes:
    """Write a sequential model as Keras 2 did: by hand, after its documented layout."""
    layers = list(model.layers)
    entries = [keras_2_entry(layer) for layer in layers]
    entries[0]["config"]["batch_input_shape"] = [None, *model.input_shape[1:]]  # there is no InputLayer
    file = io.BytesIO()
    with h5py.File(file, "w") as root:
        root.attrs["keras_version"] = b"2.3.1"
        root.attrs["backend"] = b"tensorflow"
        config = {"class_name": "Sequential", "config": {"name": "sequential_1", "layers": entries}}
        root.attrs["model_config"] = json.dumps(config).encode()
        group = root.create_group("model_weights")
        group.attrs["layer_names"] = [layer.name.encode() for layer in layers]
        group.attrs["backend"] = b"tensorflow"
        for layer in layers:
            own = group.create_group(layer.name)
            names = [f"{layer.name}/{weight.name}:0" for weight in layer.weights]
            own.attrs["weight_names"] = [name.encode() for name in names]
            for name, weight in zip(names, layer.get_weights(), strict=True):
                own[name] = weight
        root.create_group("optimizer_weights").attrs["weight_names"] = [b"Adam/iterations:0"]
    return file.getvalue()


def keras_2_entry(layer) -> dict[str, Any]:
    """The configuration of a layer with the names of Keras 2."""
    import keras

    config = {name: value for name, value in layer.get_config().items() if not isinstance(value, dict)}
    config["dtype"] = "float32"
    kind = type(layer).__name__
    if isinstance(layer, keras.layers.LeakyReLU):
        config["alpha"] = {"type": "ndarray", "value": config.pop("negative_slope")}
    if isinstance(layer, keras.layers.BatchNormalization):
        config["axis"] = [config["axis"] if config["axis"] > 0 else len(layer.input.shape) - 1]
    if isinstance(layer, keras.Sequential):
        return {"class_name": kind, "config": {"name": layer.name, "layers": [keras_2_entry(i) for i in layer.layers]}}
    return {"class_name": kind, "config": config}


# -- what people build


def dense(k, shape=(784,), *before, last="softmax", hidden="relu"):
    return chain(*before, k.Dense(128, activation=hidden), k.Dense(10, activation=last), shape=shape)


def flat(k, shape=(28, 28), **options):
    return dense(k, shape, k.Flatten(), **options)


def lenet(k, shape=(28, 28, 1), last="softmax", activation="tanh"):
    return chain(
        k.Conv2D(6, 5, padding="same", activation=activation),
        k.AveragePooling2D(2),
        k.Conv2D(16, 5, activation=activation),
        k.AveragePooling2D(2),
        k.Flatten(),
        k.Dense(120, activation=activation),
        k.Dense(84, activation=activation),
        k.Dense(10, activation=last),
        shape=shape,
    )


def cnn(k, shape=(28, 28, 1), last="softmax", before=(), filters=8):
    return chain(
        *before,
        k.Conv2D(filters, 3, activation="relu"),
        k.MaxPooling2D(),
        k.Dropout(0.25),
        k.Conv2D(filters, 3, activation="relu"),
        k.MaxPooling2D(),
        k.Flatten(),
        k.Dropout(0.5),
        k.Dense(10, activation=last),
        shape=shape,
    )


def normalized(k, axis=-1, shape=(28, 28, 1)):
    return chain(
        k.Conv2D(8, 3, use_bias=False),
        k.BatchNormalization(axis=axis),
        k.Activation("relu"),
        k.MaxPooling2D(3, 2, padding="same"),
        k.Flatten(),
        k.Dense(32),
        k.BatchNormalization(scale=False),
        k.LeakyReLU(0.2),
        k.Dense(10),
        k.Softmax(),
        shape=shape,
    )


def separable(k):
    return chain(
        k.SeparableConv2D(12, 3, depth_multiplier=2, padding="same", activation="relu"),
        k.MaxPooling2D(),
        k.DepthwiseConv2D(3, strides=2, depth_multiplier=2, padding="same"),
        k.PReLU(shared_axes=[1, 2]),
        k.Flatten(),
        k.Dense(10, activation="softmax"),
    )


def activations(k):
    return chain(
        k.Conv2D(6, 4, strides=2, activation="elu"),
        k.ReLU(max_value=6, negative_slope=0.1),
        k.Conv2D(6, 3, dilation_rate=2, padding="same", activation="gelu"),
        k.ELU(0.5),
        k.ZeroPadding2D(((1, 0), (2, 1))),
        k.Flatten(),
        k.LayerNormalization(),
        k.Dense(60, activation="selu"),
        k.Dense(60, activation="silu"),
        k.Dense(10, activation="softmax"),
    )


def residual(k):
    import keras

    inputs = k.Input((28, 28, 1))
    x = k.Conv2D(6, 3, padding="same", activation="relu")(inputs)
    y = k.Conv2D(6, 3, padding="same")(x)
    x = k.Activation("relu")(k.Add()([x, y]))
    x = k.Concatenate()([k.MaxPooling2D()(x), k.AveragePooling2D(2)(x)])
    return keras.Model(inputs, k.Dense(10, activation="softmax")(k.Flatten()(x)))


def nested(k):
    import keras

    features = keras.Sequential(
        [k.Input((28, 28, 1)), k.Conv2D(6, 3, activation="relu"), k.BatchNormalization(), k.MaxPooling2D()]
    )
    inputs = k.Input((28, 28, 1))
    x = features(inputs)
    return keras.Model(inputs, k.Dense(10, activation="softmax")(k.Flatten()(x)))


def nested_chain(k):
    import keras

    scale = keras.Sequential([k.Input((28, 28, 1)), k.RandomRotation(0.1), k.RandomZoom(0.1), k.Rescaling(1 / 255)])
    body = keras.Sequential([k.Input((28, 28, 1)), k.Conv2D(6, 3, activation="relu"), k.MaxPooling2D(), k.Flatten()])
    return chain(scale, body, k.Dense(10, activation="softmax"))


def shared(k):
    import keras

    inputs, conv = k.Input((28, 28, 1)), k.Conv2D(4, 3, padding="same", activation="relu")
    mirrored = k.Permute((2, 1, 3))(inputs)
    x = k.Concatenate()([conv(inputs), conv(mirrored)])
    return keras.Model(inputs, k.Dense(10, activation="softmax")(k.Flatten()(k.MaxPooling2D()(x))))


def any_size(k):
    return chain(
        k.Conv2D(24, 5, strides=2, activation="relu"),
        k.Conv2D(200, 5, strides=2, activation="relu"),
        k.GlobalMaxPooling2D(),
        k.Dense(10, activation="softmax"),
        shape=(None, None, 1),
    )


def adapted(k):
    layer = k.Normalization(axis=None)
    layer.adapt(learned_frames()[0])
    return cnn(k, before=[layer])


def late(k):
    """A model that gets its shape from its first data, as many are written."""
    import keras

    model = keras.Sequential([k.Flatten(), k.Dense(64, activation="relu"), k.Dense(10)])
    model.build((None, 28, 28))
    return model


def deep(k):
    return chain(
        *(
            step
            for filters in (8, 8, 12)
            for step in (
                k.Conv2D(filters, 3, padding="same", activation="relu"),
                k.BatchNormalization(),
                k.MaxPooling2D(),
            )
        ),
        k.Flatten(),
        k.GaussianNoise(0.1),
        k.Dense(64, activation="relu"),
        k.Dense(10, activation="softmax"),
    )  # fmt: skip


def c(values="0 to 1", dark=False, answers="probabilities", **others):
    return Convention(values, dark, answers=answers, **others)


SHIFTED = (9, 0, 1, 2, 3, 4, 5, 6, 7, 8)
HABITS = {
    "dense, 784": Habit(dense),
    "dense, 28x28": Habit(flat),
    "dense, 0 to 255": Habit(flat, c("0 to 255")),
    "dense, dark on light": Habit(flat, c(dark=True)),
    "dense, logits": Habit(lambda k: flat(k, last=None), c(answers="logits")),
    "dense, sigmoid units": Habit(lambda k: dense(k, hidden="sigmoid", last="sigmoid"), c(answers="scores")),
    "dense, logarithms": Habit(lambda k: dense(k, last="log_softmax"), c(answers="log-probabilities")),
    "dense, other order": Habit(dense, c(order=SHIFTED)),
    "dense, transposed": Habit(flat, c(is_transposed=True)),
    "dense, -1 to 1": Habit(lambda k: flat(k, (28, 28, 1)), c("-1 to 1")),
    "dense, built late": Habit(late, c(answers="logits")),
    "1x28x28": Habit(lambda k: flat(k, (1, 28, 28))),
    "1x28x28 to convolutions": Habit(lambda k: cnn(k, (1, 28, 28), before=[k.Permute((2, 3, 1))])),
    "784 to convolutions": Habit(lambda k: cnn(k, (784,), before=[k.Reshape((28, 28, 1))])),
    "28x28 to convolutions": Habit(lambda k: cnn(k, (28, 28), before=[k.Reshape((28, 28, -1))])),
    "LeNet": Habit(lenet),
    "LeNet, 32x32": Habit(lambda k: lenet(k, (32, 32, 1)), c(placing="padded")),
    "LeNet, 32x32 in colour": Habit(lambda k: lenet(k, (32, 32, 3)), c(placing="resized")),
    "LeNet, sigmoid units": Habit(lambda k: lenet(k, activation="sigmoid"), c("standardized")),
    "two convolutions": Habit(cnn),
    "two convolutions, logits": Habit(lambda k: cnn(k, last=None), c(answers="logits")),
    "two convolutions, standardized": Habit(cnn, c("standardized")),
    "two convolutions, -0.5 to 0.5": Habit(cnn, c("-0.5 to 0.5")),
    "three convolutions": Habit(deep),
    "rescaling": Habit(lambda k: cnn(k, before=[k.Rescaling(1 / 255)]), c("0 to 255")),
    "augmentation and rescaling": Habit(
        lambda k: cnn(k, before=[k.RandomTranslation(0.1, 0.1), k.RandomRotation(0.1), k.Rescaling(1 / 127.5, -1)]),
        c("0 to 255"),
    ),
    "adapted normalization": Habit(adapted),
    "given normalization": Habit(lambda k: cnn(k, before=[k.Normalization(mean=33.0, variance=6000.0)]), c("0 to 255")),
    "batch normalization": Habit(normalized),
    "separable": Habit(separable),
    "activations": Habit(activations),
    "residual": Habit(residual),
    "nested": Habit(nested),
    "nested chain": Habit(nested_chain, c("0 to 255")),
    "shared layer": Habit(shared),
    "any size": Habit(any_size),
    "HDF5: dense": Habit(dense, format=KERAS_3_HDF5),
    "HDF5: LeNet, dark on light": Habit(lenet, c(dark=True), KERAS_3_HDF5),
    "HDF5: residual": Habit(residual, format=KERAS_3_HDF5),
    "HDF5: nested": Habit(nested, format=KERAS_3_HDF5),
    "HDF5: batch normalization": Habit(normalized, format=KERAS_3_HDF5),
    "HDF5: separable": Habit(separable, format=KERAS_3_HDF5),
    "Keras 2: dense": Habit(dense, format=KERAS_2_HDF5),
    "Keras 2: dense, logits, 0 to 255": Habit(
        lambda k: flat(k, last=None), c("0 to 255", answers="logits"), KERAS_2_HDF5
    ),
    "Keras 2: LeNet": Habit(lenet, format=KERAS_2_HDF5),
    "Keras 2: two convolutions": Habit(cnn, c("-1 to 1"), KERAS_2_HDF5),
    "Keras 2: batch normalization": Habit(normalized, format=KERAS_2_HDF5),
    "Keras 2: separable": Habit(separable, format=KERAS_2_HDF5),
    "Keras 2: rescaling": Habit(lambda k: cnn(k, before=[k.Rescaling(1 / 255)]), c("0 to 255", True), KERAS_2_HDF5),
    "Keras 2: nested": Habit(nested_chain, c("0 to 255"), KERAS_2_HDF5),
}
