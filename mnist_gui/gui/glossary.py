"""The technical words that the window uses, each explained in a sentence or two for a pupil."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Word:
    """A technical word.

    Attributes
    ----------
    term
        The word as it is looked up.
    meaning
        What it means, in plain words.
    forms
        Other forms in which the window shows it, such as a plural or an abbreviation; a term of several words counts
        each of them.
    """

    term: str
    meaning: str
    forms: tuple[str, ...] = ()


WORDS: tuple[Word, ...] = (
    Word("accuracy", "The share of digits that a model reads right."),
    Word("Adadelta", "An optimizer that finds the size of each step by itself; the notebook’s."),
    Word("Adam", "An optimizer with a step of its own for each weight; learns fast."),
    Word(
        "architecture",
        "Which layers a model has, of which sizes, in which order; training changes its weights, not this.",
        ("architectures",),
    ),
    Word(
        "augmentation",
        "Training frames are turned, shifted, warped and thickened a little, differently in each epoch, so that a "
        "model meets more hands than those of its training frames.",
        ("augmented",),
    ),
    Word(
        "augmentation decay",
        "How much less augmentation there is at the end of training than at its start: 0 keeps all, 1 ends with none.",
    ),
    Word("batch", "The frames of one step of training, 64 or 128 here.", ("batches",)),
    Word(
        "batch normalization",
        "A layer that keeps the values of the layer before in a steady range.",
        ("batchnormalization",),
    ),
    Word("beta 2", "How slowly Adam forgets the size of its earlier steps, from 0 to 1.", ("beta",)),
    Word("bias", "A number that a filter or a unit adds to its sum."),
    Word(
        "calibrated",
        "A model is calibrated if of the answers that it is 90 % sure of, about 90 % are right. A temperature, fitted "
        "on held-out frames, brings it closer to that.",
        ("calibration", "uncalibrated"),
    ),
    Word("confidence", "How sure a model is of its answer, from 0 to 100 %.", ("confident", "overconfident")),
    Word("confusion matrix", "A table of how often each digit was read as each other digit.", ("confusion",)),
    Word(
        "convolution",
        "A layer of filters: each slides over the frame, or over the maps of the layer before, and marks where it "
        "finds its pattern.",
        ("convolutions", "convolutional", "conv2d"),
    ),
    Word("CSV", "A table as plain text, which every program for tables opens."),
    Word("dense layer", "A layer in which each unit sums up all values of the layer before.", ("dense",)),
    Word("diverge", "A training diverges if its loss grows instead of falling.", ("diverges", "diverged")),
    Word(
        "dropout",
        "During training, a share of the values is set to zero at random, so that a model does not rely on a few.",
    ),
    Word("ensemble", "Several runs that answer together: the weighted mean of their probabilities, not calibrated."),
    Word("epoch", "One round of training, in which each training frame is used once.", ("epochs",)),
    Word("error bar", "A line through a figure that shows its interval."),
    Word("expected calibration error", "How far confidence lies from accuracy, on average.", ("ece",)),
    Word(
        "F1 score",
        "One figure for precision and recall together, nearer to the lower one: their harmonic mean.",
        ("harmonic",),
    ),
    Word("filter", "A small grid of weights, 3×3 to 7×7 here, that finds one pattern, such as an edge.", ("filters",)),
    Word(
        "fine-tuning",
        "Training a finished run a little further; “Teach my hand” does it with the user’s own digits.",
        ("fine-tuned", "tuned"),
    ),
    Word("flatten", "All values of the maps are put in one row, as a dense layer needs them."),
    Word("frame", "A picture of 28×28 pixels, as the models get it.", ("frames", "framed", "framing")),
    Word(
        "held-out frames",
        "Training frames that are kept back and not trained on, to judge a run while it trains.",
        ("held", "held-out"),
    ),
    Word(
        "interval",
        "The values that fit what was measured, as chance moves every figure: of 100 such intervals, the true value "
        "lies in about 95.",
        ("intervals",),
    ),
    Word("Keras", "The library for neural networks with which the models are built and trained."),
    Word("kernel", "The grid of weights of a filter; its size is given in pixels.", ("kernels",)),
    Word("layer", "A stage of a model: it turns the values of the stage before into new ones.", ("layers",)),
    Word("learning rate", "How far each step of training goes."),
    Word("LiteRT", "A format and a program for trained models on small devices; it was called TensorFlow Lite."),
    Word("logit", "The value of an answer before the softmax turns it into a probability.", ("logits",)),
    Word(
        "loss",
        "How wrong the answers are, counting how sure the model was: 0 if it is certain of each right digit. Training "
        "makes it smaller.",
        ("losses",),
    ),
    Word("map", "What a filter finds: bright where its pattern is.", ("maps",)),
    Word("Markdown", "Plain text with signs for headings and tables, which many programs and web sites show as such."),
    Word(
        "max pooling",
        "A layer that keeps the largest of each 2×2 values, which halves the sides of the maps.",
        ("pooling", "maxpooling"),
    ),
    Word("McNemar’s test", "Whether two models that read the same digits differ by more than chance.", ("mcnemar",)),
    Word(
        "MNIST",
        "70,000 handwritten digits from the United States, collected by LeCun, Cortes and Burges: 60,000 to train on, "
        "10,000 to test.",
    ),
    Word("model", "A neural network that reads digits; there are three, with filters of different sizes.", ("models",)),
    Word("momentum", "The next step of training keeps some of the direction of those before."),
    Word(
        "network",
        "A neural network: layers of simple units, each of which weighs up what the layer before hands on. Each model "
        "is one.",
        ("networks", "neural"),
    ),
    Word("notebook", "The published notebook whose three models and twelve epochs this program repeats."),
    Word(
        "occlusion", "Covering a part of a picture to see how the answer changes: this is how “Why” finds what matters."
    ),
    Word("one cycle", "The learning rate rises over the first steps and then falls to nothing.", ("cycle",)),
    Word("ONNX", "A format for trained models that many programs read."),
    Word("optimizer", "The rule by which training changes the weights.", ("optimizers",)),
    Word("outlier", "A value far away from all others.", ("outliers",)),
    Word("p-value", "How often a difference as large as this one would be seen by chance alone.", ("p",)),
    Word("parameter", "A number in a model that training sets: a weight or a bias.", ("parameters",)),
    Word("patience", "After this number of epochs without progress the training ends."),
    Word("precision", "Of what was read as a digit, the share that is this digit."),
    Word("probability", "From 0, impossible, to 1 or 100 %, certain.", ("probabilities",)),
    Word("recall", "Of one digit, the share that was read right."),
    Word("recipe", "How a run is trained: frames, epochs, optimizer and so on.", ("recipes",)),
    Word("reliability", "Whether a model is right as often as it says."),
    Word("ReLU", "A rule that turns values below zero into zero."),
    Word("rho", "How slowly the notebook’s optimizer forgets its earlier steps, from 0 to 1."),
    Word("robustness", "How well a model still reads digits that were blurred, turned, covered and so on."),
    Word("run", "One training of a model, with its settings, its curves and the trained model.", ("runs",)),
    Word("schedule", "How the learning rate changes from the first step of a training to the last."),
    Word(
        "seed", "The number from which all chance in a training begins; the same seed gives the same run.", ("seeds",)
    ),
    Word(
        "SGD",
        "Stochastic gradient descent: the plain optimizer, with the same step for all weights.",
        ("gradient", "stochastic", "descent"),
    ),
    Word("softmax", "The rule that turns ten values into ten probabilities."),
    Word(
        "spread",
        "How far the errors of runs that differ in their seed alone lie apart.",
        ("spreads",),
    ),
    Word("step", "One change of the weights, after one batch.", ("steps",)),
    Word(
        "study",
        "The same models trained several times with other seeds, and perhaps other settings, to tell real differences "
        "from chance.",
        ("studies",),
    ),
    Word("temperature", "One number that makes a model’s confidence honest: above 1 it makes it less sure."),
    Word("TensorFlow", "The program that computes for Keras."),
    Word("test frames", "The 10,000 digits of MNIST that no model is trained on."),
    Word(
        "together",
        "The answer of all models: the weighted mean of their probabilities before each is calibrated. Models that "
        "agree can be surer together than each alone.",
    ),
    Word(
        "training",
        "Changing the weights of a model, step by step, until its answers fit.",
        ("train", "trains", "trained", "trainable"),
    ),
    Word("unit", "One value of a layer, with the weights that it is computed from.", ("units",)),
    Word("validation", "Judging a run, after each epoch, on frames that it is not trained on.", ("validated",)),
    Word("weight", "A number in a filter or a unit by which a value is multiplied; training sets it.", ("weights",)),
    Word("weighted mean", "A mean in which some values count more than others.", ("weighted",)),
)


def found(text: str) -> tuple[Word, ...]:
    """Return the words of which a form or the meaning contains a text, in any case; all for an empty text."""
    text = text.casefold().strip()
    return tuple(
        word for word in WORDS if any(text in part.casefold() for part in (word.term, *word.forms, word.meaning))
    )
