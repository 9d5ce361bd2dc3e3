"""The exported script answers as the program does, with NumPy, Pillow and ONNX Runtime alone."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.framing import frame_of
from mnist_gui.digits.picture import read_picture
from mnist_gui.models.answer_script import MODEL_NAME, SCRIPT_NAME, answer_script, write_answer_script
from mnist_gui.models.export import export_run
from mnist_gui.models.inference.calibration import calibrate
from mnist_gui.models.inference.onnx_network import open_session
from mnist_gui.models.layer_chain import chain_architecture, parse_chain
from mnist_gui.models.networks import weight_shapes
from mnist_gui.models.onnx_writer import write_onnx
from mnist_gui.models.recipes import QUICK
from mnist_gui.models.training.new_run import create_run
from mnist_gui.models.weights import keras_weights, model_content
from mnist_gui.runs.record import RunError

ALONE = Path(__file__).parents[2] / "benchmarks" / "children" / "alone.py"


@pytest.fixture
def run(store):
    architecture = chain_architecture(parse_chain("conv 5 4, pool 4, dense 16"))
    run = create_run(store, architecture, QUICK, 0, {"name": "bars", "checksum": "c"})
    run.commit(calibration={"temperature": 1.7})
    return run


@pytest.fixture
def model(run):
    """An ONNX model with random weights."""
    rng, network = np.random.default_rng(5), chain_architecture(parse_chain("conv 5 4, pool 4, dense 16")).network
    weights = {name: rng.normal(0, 0.3, shape).astype(np.float32) for name, shape in weight_shapes(network).items()}
    return write_onnx(network, weights)


@pytest.fixture
def folder(run, model, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / MODEL_NAME).write_bytes(model)
    write_answer_script(run, tmp_path / "out")
    return tmp_path / "out"


def ask(folder, *paths):
    if not ALONE.is_file():
        pytest.skip("this copy of the program has no benchmarks")
    done = subprocess.run(
        [sys.executable, "-I", str(ALONE), str(folder / SCRIPT_NAME), *map(str, paths)],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=folder.parent,
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines() if paths], done.stderr


def scribbles(count):
    """Return drawings of all kinds: lines, curves, dots, and blanks."""
    rng = np.random.default_rng(2)
    found = [Drawing(), Drawing((np.array([[3.0, 4.0]]),))]
    while len(found) < count:
        strokes = rng.integers(1, 4)
        walks = [np.cumsum(rng.normal(0, 9, (rng.integers(1, 40), 2)), axis=0) + 100 for _ in range(strokes)]
        found.append(Drawing(tuple(walks)))
    return found


def expected(model, frames):
    session = open_session(model)
    (rows,) = session.run(None, {session.get_inputs()[0].name: frames[..., None]})
    return calibrate(rows, 1.7)


def test_drawings_and_pictures_are_answered_as_here(folder, model, tmp_path):
    drawings = scribbles(200)
    path = tmp_path / "drawings.jsonl"
    path.write_text("\n".join(json.dumps(drawing.to_json()) for drawing in drawings), encoding="utf-8")
    frame = Image.fromarray(np.rint(frame_of(drawings[5]) * 255).astype(np.uint8))
    frame.save(tmp_path / "frame.png")
    paper = Image.new("L", (300, 400), 235)
    paper.paste(30, (90, 80, 120, 300))
    noise = np.random.default_rng(0).normal(0, 4, (400, 300))
    photo = Image.fromarray(np.clip(np.asarray(paper) + noise, 0, 255).astype(np.uint8)).convert("RGB")
    photo.save(tmp_path / "photo.jpg", quality=80)
    (tmp_path / "one.json").write_text(json.dumps(drawings[7].to_json()))
    status, answers, complaint = ask(
        folder, path, tmp_path / "frame.png", tmp_path / "photo.jpg", tmp_path / "one.json"
    )
    assert (status, complaint) == (0, "")
    contents = [*drawings, *(read_picture(tmp_path / name) for name in ("frame.png", "photo.jpg")), drawings[7]]
    assert [answer["index"] for answer in answers] == [*range(200), 0, 0, 0]
    inked = [index for index, content in enumerate(contents) if frame_of(content).any()]
    assert [index for index, answer in enumerate(answers) if answer["digit"] is not None] == inked
    rows = expected(model, np.stack([frame_of(contents[index]) for index in inked]))
    given = np.array([answers[index]["probabilities"] for index in inked])
    assert given == pytest.approx(rows, abs=1e-6)
    assert [answers[index]["digit"] for index in inked] == rows.argmax(axis=1).tolist()


def test_what_cannot_be_used_is_named_and_the_rest_answered(folder, tmp_path):
    (tmp_path / "bad.json").write_text('{"strokes": 5}')
    (tmp_path / "good.json").write_text(json.dumps(scribbles(3)[2].to_json()))
    status, answers, complaint = ask(folder, tmp_path / "bad.json", tmp_path / "gone.png", tmp_path / "good.json")
    assert status == 2
    assert [answer["source"] for answer in answers] == [str(tmp_path / "good.json")]
    lines = complaint.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f'{tmp_path / "bad.json"}: "strokes" is a list')
    assert lines[1].startswith(str(tmp_path / "gone.png")) and lines[1].count("gone.png") == 1
    assert "Traceback" not in complaint
    assert ask(folder)[0] == 2, "without a path it says how it is used"


def test_the_script_names_its_run_and_stays_small(run):
    script = answer_script(run)
    assert f"for the run {run.name}" in script
    assert "mnist_gui" not in script
    assert len(script) < 120_000


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::ResourceWarning")
@pytest.mark.slow
def test_a_run_is_exported_as_a_script(run, tmp_path):
    from mnist_gui.models.architectures import architecture_of, build

    model = build(architecture_of(run))
    content = model_content(architecture_of(run), keras_weights(model))
    run.commit(files={"model.onnx": run.write_file("model.onnx", lambda path: path.write_bytes(content))})
    export_run(run, "script", tmp_path / "mine")
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == [SCRIPT_NAME, MODEL_NAME]
    (tmp_path / "one.json").write_text(json.dumps(scribbles(5)[4].to_json()))
    status, (answer,), _ = ask(tmp_path / "mine", tmp_path / "one.json")
    frame = frame_of(scribbles(5)[4])
    rows = calibrate(model.predict(frame[None, ..., None], verbose=0), 1.7)
    assert (status, answer["probabilities"]) == (0, pytest.approx(rows[0].tolist(), abs=1e-3))
    export_run(run, "script", tmp_path / "mine")  # an existing folder
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="is a file"):
        export_run(run, "script", tmp_path / "file")
