"""Train the digit detector and write it to resources/.

    python tools/digit_detector/train.py [--shapes 100000] [--epochs 9]

Digits are MNIST's training frames before 55,000 and, one in eight, digits drawn as strokes, with the augmentation of
the recipe "fast" and more foreign forms; shapes come from shapes.py. Prints the score that 0.1 % of the training frames
from 55,000 on stay below once they are altered, each in twelve ways: `predictor.MIN_DIGIT_SCORE`. Takes a quarter of an
hour on two cores; needs Hershey-Fonts.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import shapes

from mnist_gui.digits.augmentation import augment
from mnist_gui.digits.dataset import CLASSES, Split, load_mnist
from mnist_gui.models.inference.digit_detector import DETECTOR_FILE, DigitDetector
from mnist_gui.models.keras_backend import load_keras
from mnist_gui.models.networks import Network, chain, weight_shapes
from mnist_gui.models.onnx_writer import write_onnx
from mnist_gui.models.weights import keras_weights
from mnist_gui.paths import resources_folder

HELD_OUT = 5_000
HALF = 128  # digits per batch, and shapes
DRAWN = HALF // 8
FOREIGN = 0.3  # share of foreign forms: more than in training, because what looks foreign is refused first
DIGITS, DRAWN_DIGITS = 120_064, 8_000  # altered digits, and digits drawn as strokes
REPORT = 500  # steps
COPIES, REFUSED = 12, 0.001  # rejecting a digit is worse than accepting a letter
SHAPES_SEED, DIGITS_SEED, SEED = 101, 202, 1


def main() -> None:
    """Train, write, and print the threshold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", type=int, default=100_000)
    parser.add_argument("--epochs", type=int, default=9)
    arguments = parser.parse_args()

    train = load_mnist().train
    digits, held_out = train[:-HELD_OUT], train[-HELD_OUT:]
    glyphs, rng = shapes.Glyphs(shapes.TRAIN_FONTS), np.random.default_rng(SHAPES_SEED)
    others = shapes.draw_shapes(arguments.shapes, glyphs, digits.images, digits.labels, rng)
    ours = altered_digits(digits, np.random.default_rng(DIGITS_SEED))
    print(len(others), "shapes and", len(ours), "digits", flush=True)

    load_keras().utils.set_random_seed(SEED)
    steps = arguments.epochs * (len(others) // HALF)
    network, rng, total = build(steps), np.random.default_rng(SEED), 0.0
    order = rng.permutation(len(ours))
    for step in range(steps):
        chosen = np.take(order, np.arange(step * HALF, (step + 1) * HALF), mode="wrap")
        theirs = others[rng.integers(len(others), size=HALF)].astype(np.float32) / 255
        theirs = augment(theirs, None, rng.uniform(0, 1), rng)
        x = np.concatenate([ours.images[chosen].astype(np.float32) / 255, theirs])[..., None]
        total += float(network.train_on_batch(x, np.concatenate([ours.labels[chosen], np.full(HALF, CLASSES)])))
        if (step + 1) % REPORT == 0:
            print(f"step {step + 1} of {steps}: loss {total / REPORT:.4f}", flush=True)
            total = 0.0

    path: Path = resources_folder() / DETECTOR_FILE
    path.write_bytes(scorer(network))
    print(f"{path}: {path.stat().st_size} bytes; MIN_DIGIT_SCORE = {lowest_score(path, held_out):.4f}")


def altered_digits(digits: Split, rng: np.random.Generator) -> Split:
    """Return training digits and digits drawn as strokes, altered once."""
    drawn, drawn_labels = shapes.draw_digits(DRAWN_DIGITS, rng)
    images, labels = [], []
    for _ in range(DIGITS // HALF):
        chosen = digits[rng.integers(len(digits), size=HALF - DRAWN)]
        strokes = rng.integers(len(drawn), size=DRAWN)
        frames = np.concatenate([chosen.frames(), drawn[strokes]])
        labels.append(np.concatenate([chosen.labels, drawn_labels[strokes]]))
        altered = augment(frames, labels[-1], rng.uniform(0, 1.6), rng, foreign=FOREIGN)
        images.append(np.round(altered * 255).astype(np.uint8))
    return Split(np.concatenate(images), np.concatenate(labels))


def lowest_score(path: Path, held_out: Split) -> float:
    """Return the score that `REFUSED` of the altered held-out frames stay below.

    Frames as they are have too few low scores: from 0.1 to 0.2 % of 5,000, the score can grow tenfold.
    """
    detector, rng = DigitDetector(path.read_bytes()), np.random.default_rng(SEED)
    frames, labels = held_out.frames(), held_out.labels
    scores = [detector.scores(augment(frames, labels, 1.0, rng)) for _ in range(COPIES)]
    return float(np.quantile(np.concatenate(scores), REFUSED))


def build(steps: int):  # noqa: ANN201 - Keras is imported inside
    """Return the network, compiled for a number of steps: probabilities of the ten digits and, last, of no digit.

    Told apart digit by digit, they are told from shapes better than as one class; batch normalization helps most.
    """
    keras = load_keras()
    layers = keras.layers

    def convolution(filters: int) -> list[keras.Layer]:
        return [layers.Conv2D(filters, 3, use_bias=False), layers.BatchNormalization(), layers.Activation("relu")]

    network = keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            *convolution(32),
            layers.MaxPooling2D(),
            *convolution(64),
            layers.MaxPooling2D(),
            *convolution(85),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.3),
            layers.Dense(CLASSES + 1, activation="softmax"),
        ]
    )
    rate = keras.optimizers.schedules.CosineDecay(0.003, steps)
    network.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    return network


def scorer(network) -> bytes:  # noqa: ANN001 - Keras is imported inside
    """Return an ONNX model of the network, in half precision, whose only output is the probability of a digit."""

    def convolution(filters: int) -> list[tuple[str, dict[str, object]]]:
        return [
            ("Conv2D", {"filters": filters, "kernel_size": 3, "use_bias": False}),
            ("BatchNormalization", {}),
            ("ReLU", {}),
        ]

    layers: Network = chain(
        (28, 28, 1),
        *convolution(32),
        ("MaxPooling2D", {}),
        *convolution(64),
        ("MaxPooling2D", {}),
        *convolution(85),
        ("Flatten", {}),
        ("Dense", {"units": 128, "activation": "relu"}),
        ("Dense", {"units": CLASSES + 1, "activation": "softmax"}),
        ("Dense", {"units": 1, "use_bias": False}),  # which adds the probabilities of the ten digits
    )
    total = np.array([[1.0]] * CLASSES + [[0.0]], np.float32)
    weights = dict(zip(weight_shapes(layers), [*keras_weights(network), total], strict=True))
    return write_onnx(layers, weights, half=True, names=("frames", "score"))


if __name__ == "__main__":
    main()
