"""The code of the notebook in Keras 3, one epoch. Arguments: model, frames, batches or 0 for all."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import keras
import numpy as np
from peak import peak_memory

from mnist_gui.models import architectures
from mnist_gui.paths import resources_folder

model_number, limit, batches = map(int, sys.argv[1:4])

with np.load(resources_folder() / "mnist.npz") as data:
    x_train, y_train, x_test, y_test = (data[name] for name in ("x_train", "y_train", "x_test", "y_test"))
x_train = x_train.reshape(-1, 28, 28, 1).astype("float32") / 255
x_test = x_test.reshape(-1, 28, 28, 1).astype("float32") / 255
y_train, y_test = keras.utils.to_categorical(y_train, 10), keras.utils.to_categorical(y_test, 10)

model = architectures.build(architectures.ARCHITECTURES[model_number])
model.compile(
    loss="categorical_crossentropy", optimizer=keras.optimizers.Adadelta(learning_rate=1.0), metrics=["accuracy"]
)


def tell_at(batch: int, logs: object) -> None:
    """End after the last batch that was asked for; `fit` would validate first."""
    if batch + 1 == batches:
        print("peak", peak_memory(), file=sys.__stdout__, flush=True)
        os._exit(0)


with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
    model.fit(
        x_train[:limit],
        y_train[:limit],
        batch_size=128,
        epochs=1,
        verbose=1,
        validation_data=(x_test, y_test),
        callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=tell_at)],
    )
print("peak", peak_memory(), flush=True)
