"""Claims: three models predict one frame 25 times faster than `model.predict`, 1.2 times faster than LiteRT.

The three networks, with new weights (which do not affect the speed), are exported as after a training, loaded by the
program's Predictor, and called in blocks that alternate with `model.predict`, in one process. Where ai-edge-litert is
installed (``pip install mnist-gui[benchmarks]``), so are the same networks alone, without the detector, in LiteRT and
in ONNX Runtime. How fast the machine multiplies matrices is printed beside it: the ratios depend on it.

    python benchmarks/answer_one_frame.py [--blocks 10] [--answers 50] [--predicts 5]
"""

from __future__ import annotations

import hashlib
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
from mnist_gui.models.inference.model_trial import trust_model
from mnist_gui.models.inference.predictor import LoadedModel, Predictor
from mnist_gui.models.keras_backend import load_keras
from mnist_gui.models.recipes import NOTEBOOK
from mnist_gui.models.training.data_split import describe_data
from mnist_gui.models.weights import keras_weights, model_content
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

    def networks() -> list[float]:
        return _times(lambda: [model.probabilities(frames[:1]) for model in exported], arguments.answers)

    litert = _in_litert(models, x)
    sides = [ours, theirs, *([networks, lambda: _times(litert, arguments.answers)] if litert else [])]
    for side in sides:
        side()  # the first calls build graphs and buffers
    blocks = list(alternate(arguments.blocks, *sides))
    answers, predicts, *others = (
        sorted(second for block in side for second in block) for side in zip(*blocks, strict=True)
    )
    print(environment())
    print(f"A product of matrices of 1,000 columns and rows: {_gigaflops():.0f} GFLOP/s")
    print_claim(
        "Three models answer one frame",
        _text_of(answers),
        f"{_text_of(predicts)}: model.predict, three times",
        f"{median(predicts) / median(answers):.1f} times faster (medians)",
        "at least 25 times faster",
    )
    if others:
        onnx, lite = others
        print_claim(
            "The networks alone",
            f"{_text_of(onnx)}: ONNX Runtime",
            f"{_text_of(lite)}: LiteRT",
            f"{median(lite) / median(onnx):.2f} times faster (medians)",
            "at least 1.2 times faster",
        )
    print(f"\nOutputs on {COMPARED_FRAMES} MNIST frames differ by at most {_difference(predictor, models, frames):.1e}")


def _in_litert(models: Sequence[Any], x: np.ndarray) -> Callable[[], object] | None:
    """Return a function that lets all networks predict `x` in LiteRT; None if that is not installed."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        return None
    interpreters = []
    with tempfile.TemporaryDirectory() as folder:
        for model in models:
            path = Path(folder) / "model.tflite"
            write_litert(model, path)
            interpreters.append(Interpreter(model_content=path.read_bytes(), num_threads=2))
    for interpreter in interpreters:
        interpreter.allocate_tensors()

    def predict() -> None:
        for interpreter in interpreters:
            interpreter.set_tensor(interpreter.get_input_details()[0]["index"], x)
            interpreter.invoke()
            interpreter.get_tensor(interpreter.get_output_details()[0]["index"])

    return predict


def _gigaflops() -> float:
    matrix = np.random.default_rng(0).random((1000, 1000), np.float32)
    return 2.0 / min(_times(lambda: matrix @ matrix, 10))


def _exported(models: Sequence[Any], store: RunStore, dataset: Any) -> list[LoadedModel]:
    loaded = []
    for number, model in zip(ARCHITECTURES, models, strict=True):
        run = store.create(number, NOTEBOOK.to_json(), 0, describe_data(NOTEBOOK, dataset))
        content = model_content(ARCHITECTURES[number], keras_weights(model))
        trust_model(number, hashlib.sha256(content).hexdigest())
        run.commit(
            files={MODEL_FILE: run.write_file(MODEL_FILE, lambda path, content=content: path.write_bytes(content))}
        )
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
