"""The code of the notebook in Keras 3, two epochs. Arguments: model, frames, "as-is" or "sleepless".

Keras feeds arrays through tf.data. Its tuner, a thread that sleeps 10 ms, then twice as long each time, can delay the
end of an epoch at random by seconds. "sleepless" disables the tuner.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from mnist_gui.models import architectures
from mnist_gui.paths import resources_folder

model_number, limit = map(int, sys.argv[1:3])
if sys.argv[3] == "sleepless":

    class Untuned(tf.data.Options):
        """What Keras takes for the usual options."""

        def __init__(self) -> None:
            super().__init__()
            self.autotune.enabled = False

    tf.data.Options = Untuned

with np.load(resources_folder() / "mnist.npz") as data:
    x_train, y_train, x_test, y_test = (data[name] for name in ("x_train", "y_train", "x_test", "y_test"))
x_train = x_train.reshape(-1, 28, 28, 1).astype("float32") / 255
x_test = x_test.reshape(-1, 28, 28, 1).astype("float32") / 255
y_train, y_test = keras.utils.to_categorical(y_train, 10), keras.utils.to_categorical(y_test, 10)

model = architectures.build(architectures.ARCHITECTURES[model_number])
# The notebook says Adadelta(): 1.0 was the learning rate's default in its Keras.
model.compile(
    loss="categorical_crossentropy", optimizer=keras.optimizers.Adadelta(learning_rate=1.0), metrics=["accuracy"]
)
ends: list[tuple[float, float]] = []
clock = keras.callbacks.LambdaCallback(
    on_epoch_end=lambda epoch, logs: ends.append((time.perf_counter(), time.process_time()))
)
with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
    model.fit(
        x_train[:limit],
        y_train[:limit],
        batch_size=128,
        epochs=2,
        verbose=1,
        validation_data=(x_test, y_test),
        callbacks=[clock],
    )
print("epoch", *(end - begin for begin, end in zip(*ends, strict=True)), flush=True)
