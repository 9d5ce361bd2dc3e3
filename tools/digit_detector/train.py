"""Train the digit detector and write it to resources/.

    python tools/digit_detector/train.py [--shapes 60000] [--epochs 10]

Digits are MNIST's training frames before 55,000 and, one in eight, digits drawn as strokes, with the augmentation of
the recipe "fast" and more foreign forms; shapes come from shapes.py. Prints the score that 0.3 % of the training frames
from 55,000 on stay below: `predictor.MIN_DIGIT_SCORE`. Takes some minutes on two cores; needs Hershey-Fonts.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import shapes

from mnist_gui.digits.augmentation import augment
from mnist_gui.digits.dataset import load_mnist
from mnist_gui.models.export import write_litert
from mnist_gui.models.inference.digit_detector import DETECTOR_FILE, DigitDetector
from mnist_gui.models.keras_backend import load_keras
from mnist_gui.paths import resources_folder

HELD_OUT = 5_000
HALF = 128  # digits per batch, and shapes
DRAWN = HALF // 8
FOREIGN = 0.3  # share of foreign forms: more than in training, because what looks foreign is refused first
REFUSED = 0.003  # rejecting a digit is worse than accepting a letter
SEED = 1


def main() -> None:
    """Train, write, and print the threshold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", type=int, default=60_000)
    parser.add_argument("--epochs", type=int, default=10)
    arguments = parser.parse_args()

    train = load_mnist().train
    digits, held_out = train[:-HELD_OUT], train[-HELD_OUT:]
    rng = np.random.default_rng(SEED)
    others = shapes.draw_shapes(arguments.shapes, shapes.Glyphs(shapes.TRAIN_FONTS), digits.images, digits.labels, rng)
    others = np.round(others * 255).astype(np.uint8)
    drawn, drawn_labels = shapes.draw_digits(arguments.shapes // 8, rng)
    print(len(others), "shapes and", len(drawn), "digits drawn", flush=True)

    load_keras().utils.set_random_seed(SEED)
    model = build(arguments.epochs * (len(others) // HALF))
    for epoch in range(arguments.epochs):
        order, total = rng.permutation(len(others)), 0.0
        batches = len(others) // HALF
        for batch in range(batches):
            chosen = digits[rng.integers(len(digits), size=HALF - DRAWN)]
            strokes = rng.integers(len(drawn), size=DRAWN)
            ours = np.concatenate([chosen.frames(), drawn[strokes]])
            ours_labels = np.concatenate([chosen.labels, drawn_labels[strokes]])
            ours = augment(ours, ours_labels, rng.uniform(0, 1.6), rng, foreign=FOREIGN)
            theirs = others[order[batch * HALF : (batch + 1) * HALF]].astype(np.float32) / 255
            theirs = augment(theirs, None, rng.uniform(0, 1), rng)  # with its own strength
            x, y = np.concatenate([ours, theirs])[..., None], np.repeat([1.0, 0.0], HALF)[:, None]
            total += float(model.train_on_batch(x, y))
        print(f"epoch {epoch + 1}: loss {total / batches:.4f}", flush=True)

    path: Path = resources_folder() / DETECTOR_FILE
    write_litert(model, path)
    scores = DigitDetector(path.read_bytes()).scores(held_out.frames())
    print(f"{path}: {path.stat().st_size} bytes; MIN_DIGIT_SCORE = {np.quantile(scores, REFUSED):.4f}")


def build(steps: int):  # noqa: ANN201 - Keras is imported inside
    """Return the network, compiled for a number of steps."""
    keras = load_keras()
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(24, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(48, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(96, activation="relu"),
            layers.Dropout(0.3),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    rate = keras.optimizers.schedules.CosineDecay(0.002, steps)
    model.compile(keras.optimizers.Adam(rate), "binary_crossentropy")
    return model


if __name__ == "__main__":
    main()
