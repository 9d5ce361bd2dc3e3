"""Claim: three models predict one frame at least 30 times faster than `model.predict` of the same three.

The three networks, with new weights (which do not affect the speed), are exported as after a training, loaded by the
program's Predictor, and called in blocks that alternate with `model.predict`, in one process.

    python benchmarks/answer_one_frame.py [--blocks 10] [--answers 50] [--predicts 5]
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from common import alternate, environment, parser, percentile, print_claim

from mnist_gui.digits.dataset import load_mnist
from mnist_gui.models.architectures import ARCHITECTURES, build
from mnist_gui.models.export import write_litert
from mnist_gui.models.inference.digit_detector import load_detector
from mnist_gui.models.inference.predictor import LoadedModel, Predictor
from mnist_gui.models.keras_backend import load_keras
from mnist_gui.models.recipes import NOTEBOOK
from mnist_gui.models.training.data_split import describe_data
from mnist_gui.runs.run import MODEL_FILE
from mnist_gui.runs.store import RunStore

COMPARED_FRAMES = 200


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--blocks", type=int, default=10, metavar="N", help="alternating blocks of each side")
    options.add_argument("--answers", type=int, default=50, metavar="N", help="predictions of this program per block")
    options.add_argument("--predicts", type=int, default=5, metavar="N", help="rounds of model.predict per block")
    arguments = options.parse_args()

    load_keras()
    models = [build(architecture) for architecture in ARCHITECTURES.values()]
    dataset = load_mnist()
    with tempfile.TemporaryDirectory() as folder:
        exported = _exported(models, RunStore(Path(folder) / "runs", Path(folder)), dataset)
        predictor = Predictor(exported, load_detector())
    frames = dataset.test.frames()
    frame, x = frames[0], frames[:1, ..., None]

    def ours() -> list[float]:
        return _times(lambda: predictor.predict_one(frame), arguments.answers)

    def theirs() -> list[float]:
        return _times(lambda: [model.predict(x, verbose=0) for model in models], arguments.predicts)

    ours(), theirs()  # the first calls build graphs and buffers
    blocks = list(alternate(arguments.blocks, ours, theirs))
    answers, predicts = (sorted(second for block in side for second in block) for side in zip(*blocks, strict=True))
    print(environment())
    print_claim(
        "Three models answer one frame",
        _text_of(answers),
        f"{_text_of(predicts)}: model.predict, three times",
        f"{median(predicts) / median(answers):.1f} times faster (medians)",
        "at least 30 times faster",
    )
    print(f"\nOutputs on {COMPARED_FRAMES} MNIST frames differ by at most {_difference(predictor, models, frames):.1e}")


def _exported(models: Sequence[Any], store: RunStore, dataset: Any) -> list[LoadedModel]:
    loaded = []
    for number, model in zip(ARCHITECTURES, models, strict=True):
        run = store.create(number, NOTEBOOK.to_json(), 0, describe_data(NOTEBOOK, dataset))
        run.commit(files={MODEL_FILE: run.write_file(MODEL_FILE, lambda path, model=model: write_litert(model, path))})
        loaded.append(LoadedModel(run))
    return loaded


def _times(call: Callable[[], object], repeats: int) -> list[float]:
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - began)
    return seconds


def _text_of(seconds: Sequence[float]) -> str:
    return f"{1000 * median(seconds):.2f} ms (median of {len(seconds)}; p95 {1000 * percentile(seconds, 0.95):.2f} ms)"


def _difference(predictor: Predictor, models: Sequence[Any], frames: np.ndarray) -> float:
    """Return the largest difference of any probability."""
    frames = frames[:COMPARED_FRAMES]
    answers = [[prediction.probabilities for prediction in answer.predictions] for answer in predictor.predict(frames)]
    outputs = np.stack([model.predict(frames[..., None], verbose=0) for model in models], axis=1)
    return float(np.abs(np.array(answers) - outputs).max())


if __name__ == "__main__":
    main()
