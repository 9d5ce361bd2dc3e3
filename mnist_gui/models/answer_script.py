"""A folder with a run's ONNX model and a script that answers drawings and pictures with it, without this program."""

from __future__ import annotations

from pathlib import Path
from string import Template

from mnist_gui import __version__
from mnist_gui.digits.drawing import parse_drawing
from mnist_gui.digits.framing import frame_of
from mnist_gui.digits.picture import read_picture
from mnist_gui.files import write_text
from mnist_gui.models.inference.calibration import calibrate
from mnist_gui.models.standalone_source import standalone_source
from mnist_gui.runs.run import Run

MODEL_NAME, SCRIPT_NAME = "model.onnx", "answer.py"


def answer_script(run: Run) -> str:
    """Return a script that frames drawings and pictures as this program does and answers them with a run's model.

    It needs NumPy, Pillow and ONNX Runtime, and lies beside the run's ONNX model, `MODEL_NAME`.
    """
    source = standalone_source(parse_drawing, read_picture, frame_of, calibrate)
    head = _HEAD.substitute(version=__version__, run=run.name, script=SCRIPT_NAME)
    tail = _TAIL.substitute(model=MODEL_NAME, temperature=run.record.temperature)
    return f"{head.lstrip()}\n{source}\n\n{tail.lstrip()}"


def write_answer_script(run: Run, folder: Path) -> None:
    """Write `answer_script` into a folder; raise OSError if it cannot be written."""
    write_text(folder / SCRIPT_NAME, answer_script(run))


_HEAD = Template('''
"""Answers which digit a drawing or a picture shows, with the model beside this file.

    python $script PATH...

PATH is a picture, or a drawing (.json; many of them, one a line: .jsonl) with strokes of points, y downwards, in any
unit: {"strokes": [[[x, y], ...], ...]}. Each answer is a line of JSON; "digit" is null for what has no ink.

Needs: python -m pip install numpy pillow onnxruntime. To ask from other code: Model().answer(frame_of(content)), with
content from parse_drawing(text) or read_picture(path).

Written by mnist-gui $version for the run $run, whose functions these are.
"""

from __future__ import annotations

import sys
''')
_TAIL = Template('''
TEMPERATURE = $temperature  # of the calibration; None without one


class Model:
    """The model in $model."""

    def __init__(self) -> None:
        import onnxruntime

        path = Path(__file__).resolve().with_name("$model")
        self._session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0]

    def answer(self, frame: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the probabilities of the ten digits for a (28, 28) frame in [0, 1]."""
        inputs = frame.reshape(1, *self._input.shape[1:]).astype(np.float32)
        (outputs,) = self._session.run(None, {self._input.name: inputs})
        return calibrate(outputs, TEMPERATURE)[0]


def contents(name: str) -> Iterator[Drawing | Picture]:
    """Yield the drawings or the picture of a file."""
    suffix = Path(name).suffix.lower()
    if suffix not in (".json", ".jsonl"):
        yield read_picture(Path(name))
        return
    text = Path(name).read_text(encoding="utf-8-sig")
    for drawing in text.splitlines() if suffix == ".jsonl" else [text]:
        if drawing.strip():
            yield parse_drawing(drawing)


def main(names: Sequence[str]) -> int:
    """Print an answer for each digit; return 2 if a file cannot be used."""
    if not names:
        print(__doc__)
        return 2
    model, status = Model(), 0
    for name in names:
        try:
            for index, content in enumerate(contents(name)):
                answer: dict[str, Any] = {"source": name, "index": index, "digit": None}
                frame = frame_of(content)
                if frame.any():
                    probabilities = model.answer(frame)
                    answer["digit"] = int(probabilities.argmax())
                    answer["confidence"] = float(probabilities.max())
                    answer["probabilities"] = [float(value) for value in probabilities]
                print(json.dumps(answer), flush=True)
        except Exception as error:  # which costs the others nothing
            message = str(error) or type(error).__name__
            print(message if message.startswith(name) else f"{name}: {message}", file=sys.stderr)
            status = 2
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
''')
