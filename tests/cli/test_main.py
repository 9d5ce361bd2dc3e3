"""The command line: standard streams and exit status."""

import importlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_gui.cli import commands, main
from mnist_gui.cli.display_check import X_LIBRARIES, missing_libraries
from mnist_gui.digits.dataset import load_mnist
from mnist_gui.models.architectures import ARCHITECTURES
from mnist_gui.models.inference.predictor import LoadedModel, Predictor
from mnist_gui.models.weights import read_weights
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore
from tests.answering import answering_run

SEVEN = {"strokes": [[[100, 100], [180, 100], [130, 240]]], "label": 7, "who": "ignored"}
ONE = {"strokes": [[[10, 0], [10, 40]]]}


def program(*arguments, stdin="", **environment):
    """Run the program in a new process."""
    done = subprocess.run(
        [sys.executable, "-m", "mnist_gui", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, **environment},
    )
    assert "Traceback" not in done.stderr
    return done


def lines_of(text):
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder with valid and invalid inputs."""
    folder = tmp_path_factory.mktemp("inputs")
    (folder / "seven.json").write_text(json.dumps(SEVEN, indent=2))
    (folder / "many.jsonl").write_text(
        "\n".join(
            [
                json.dumps(SEVEN),
                "",
                "{broken",
                json.dumps({"strokes": []}),
                '{"strokes": [[[NaN, 0]]]}',
                json.dumps(ONE),
            ]
        )
    )
    (folder / "text.png").write_text("I am no picture")
    (folder / "empty.png").write_bytes(b"")
    (folder / "empty.jsonl").write_bytes(b"")
    frame = load_mnist().test.images[0]
    Image.fromarray(frame).save(folder / "mnist.png")
    Image.fromarray(255 - np.kron(frame, np.ones((9, 9), np.uint8))).save(folder / "large.jpg")
    Image.new("L", (50, 50), 200).save(folder / "blank.png")
    (folder / "cut.png").write_bytes((folder / "mnist.png").read_bytes()[:150])
    return folder


def test_predict_answers_pictures_and_drawings_and_names_what_it_cannot_use(files):
    names = ["seven.json", "mnist.png", "many.jsonl", "text.png", "empty.png", "cut.png", "gone.png", "large.jpg"]
    done = program("predict", *(files / name for name in names), "--json")
    assert done.returncode == 2
    answers = lines_of(done.stdout)
    assert [(Path(a["source"]).name, a["index"], a["verdict"]) for a in answers] == [
        ("seven.json", 0, "digit"),
        ("mnist.png", 0, "digit"),
        ("many.jsonl", 0, "digit"),
        ("many.jsonl", 2, "blank"),
        ("many.jsonl", 4, "digit"),
        ("large.jpg", 0, "digit"),
    ]
    for answer in answers:
        if answer["verdict"] == "blank":
            assert (answer["ensemble"], answer["predictions"]) == (None, [])
            continue
        assert [prediction["model"] for prediction in answer["predictions"]] == [1, 2, 3]
        for each in (answer["ensemble"], *answer["predictions"]):
            assert len(each["probabilities"]) == 10
            assert each["confidence"] == max(each["probabilities"]) == each["probabilities"][each["digit"]]
    by_source = {Path(answer["source"]).name: answer["ensemble"] for answer in answers if answer["ensemble"]}
    assert (by_source["mnist.png"]["digit"], by_source["large.jpg"]["digit"], by_source["seven.json"]["digit"]) == (
        7,
        7,
        7,
    )
    complaints = done.stderr.splitlines()
    assert len(complaints) == 6
    for complaint, name in zip(
        complaints, ["many.jsonl", "many.jsonl", "text.png", "empty.png", "cut.png", "gone.png"], strict=True
    ):
        assert name in complaint


@pytest.mark.slow
def test_predict_says_in_words_what_is_no_digit_and_is_never_quite_sure(tmp_path):
    grid = [[[x, 0], [x, 100]] for x in (30, 60)] + [[[0, y], [100, y - 5]] for y in (35, 70)]
    (tmp_path / "grid.json").write_text(json.dumps({"strokes": grid}))
    (tmp_path / "seven.json").write_text(json.dumps(SEVEN))
    done = program("predict", tmp_path / "grid.json", tmp_path / "seven.json")
    assert done.returncode == 0
    refused, named = done.stdout.splitlines()
    assert "grid.json 0: not a digit; if it were one, model 1: " in refused
    assert "seven.json 0: 7 " in named
    assert "100.0%" not in done.stdout


@pytest.mark.slow
def test_predict_reads_pictures_of_every_kind_and_a_drawing_of_100_000_points(tmp_path):
    seven = Image.new("RGB", (600, 600), (250, 248, 240))
    ImageDraw.Draw(seven).line([(180, 150), (390, 150), (250, 450)], (20, 20, 60), 40, joint="curve")
    other = Image.new("RGB", (600, 600), "white")
    ImageDraw.Draw(other).ellipse([200, 150, 400, 450], outline="black", width=40)
    turned = Image.Exif()
    turned[0x0112] = 6
    seven.convert("CMYK").save(tmp_path / "cmyk.jpg")
    Image.fromarray(np.asarray(seven.convert("L")).astype(np.uint16) * 257).save(tmp_path / "deep.png")
    seven.save(tmp_path / "animated.gif", save_all=True, append_images=[other, other])
    seven.rotate(90, expand=True).save(tmp_path / "turned.jpg", exif=turned)
    light = np.linspace(150, 235, 8160)[None] * np.linspace(1, 0.85, 6144)[:, None]
    photo = Image.fromarray(light.astype(np.uint8))
    ImageDraw.Draw(photo).line([(2450, 1540), (4600, 1540), (3190, 4600)], 45, 180, joint="curve")
    photo.save(tmp_path / "50-megapixels.jpg")
    way = np.linspace(0, 1, 50_000)
    across, down = np.stack([800 * way, 0 * way], axis=1), np.stack([800 - 500 * way, 1100 * way], axis=1)
    points = np.concatenate([across, down]) + np.random.default_rng(1).normal(0, 0.5, (100_000, 2))
    (tmp_path / "points.json").write_text(json.dumps({"strokes": [points.round(2).tolist()]}))
    done = program("predict", *sorted(tmp_path.iterdir()), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    answers = {Path(answer["source"]).name: answer for answer in lines_of(done.stdout)}
    assert len(answers) == 6
    assert {name: (a["verdict"], a["ensemble"]["digit"]) for name, a in answers.items()} == dict.fromkeys(
        answers, ("digit", 7)
    )


@pytest.mark.slow
def test_predict_reads_standard_input_line_by_line():
    with subprocess.Popen(
        [sys.executable, "-m", "mnist_gui", "predict", "-", "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        for index, drawing in enumerate((ONE, SEVEN)):
            process.stdin.write(json.dumps(drawing) + "\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())  # before the input ends
            assert (answer["source"], answer["index"]) == ("-", index)
        process.stdin.close()
        assert process.wait(60) == 0
        assert process.stderr.read() == ""


def test_a_blank_picture_and_no_drawing_are_blank_not_errors(files):
    done = program("predict", files / "blank.png", "-", "--json", stdin='{"strokes": [[]]}\n')
    assert done.returncode == 0
    assert [answer["verdict"] for answer in lines_of(done.stdout)] == ["blank", "blank"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="paths are text elsewhere")
@pytest.mark.slow
def test_a_path_that_is_no_text_does_not_stop_the_batch(files, tmp_path):
    odd = os.fsencode(tmp_path) + b"/\xff.json"
    Path(os.fsdecode(odd)).write_text(json.dumps(ONE))
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mnist_gui",
            "predict",
            odd,
            os.fsencode(tmp_path) + b"/\xfe.json",
            files / "seven.json",
            "--json",
        ],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert len(lines_of(done.stdout.decode())) == 2
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("error", [MemoryError(), ValueError("odd\nlines")])
@pytest.mark.parametrize(
    "step",
    [
        "digits.input_files.parse_drawing",
        "digits.input_files.read_picture",
        "digits.input_files.frame_of",
        "models.inference.page_reader.read_page",
    ],
)
def test_an_unexpected_error_costs_only_its_input(files, tmp_path, monkeypatch, step, error):
    name, bad = ("mnist.png", "large.jpg") if step.endswith("picture") else ("seven.json", "bad.json")
    (files / "bad.json").write_text(json.dumps(ONE))
    place, function = f"mnist_gui.{step}".rsplit(".", 1)
    real, calls = getattr(importlib.import_module(place), function), iter("gbg")
    monkeypatch.setattr(f"{place}.{function}", lambda *given: real(*given) if next(calls) == "g" else raise_(error))
    status, out, err = call("predict", files / name, files / bad, files / name, "--json")
    assert status == 2
    assert [(Path(answer["source"]).name, answer["ensemble"]["digit"]) for answer in lines_of(out)] == [(name, 7)] * 2
    (line,) = err.splitlines()
    assert line.startswith(f"mnist-gui: {files / bad}: it ")
    assert ("needs more memory than is free" if isinstance(error, MemoryError) else "ValueError: odd lines") in line


def raise_(error):
    raise error


def test_a_batch_for_which_memory_does_not_suffice_is_answered_one_by_one(files, monkeypatch):
    real = Predictor.predict
    monkeypatch.setattr(Predictor, "predict", lambda self, x: real(self, x) if len(x) == 1 else raise_(MemoryError()))
    status, out, err = call("predict", files / "many.jsonl", "--json")
    assert (status, len(lines_of(out)), len(err.splitlines())) == (2, 3, 2)


def test_a_file_whose_name_begins_like_an_option_is_answered_or_named(files, monkeypatch):
    monkeypatch.chdir(files)
    for name in ("-x.json", "--run.json", "-5.json", "-hello"):
        Path(name).write_text(json.dumps(ONE))
    status, out, err = call("predict", "--json", "--", "-x.json", "--run.json", "-5.json")
    assert (status, [answer["source"] for answer in lines_of(out)], err) == (
        0,
        ["-x.json", "--run.json", "-5.json"],
        "",
    )
    for arguments in (["-x.json"], ["seven.json", "-x.json"], ["seven.json", "--run.json"], ["-hello"]):
        status, out, err = call("predict", *arguments)
        assert (status, out) == (2, "")
        name = arguments[-1]
        assert f"{name} was taken for an option, give the file as .{os.sep}{name}\n" in err
    assert "was taken for an option" not in call("predict", "--jsno", "seven.json")[2]


@pytest.mark.slow
def test_a_reader_that_leaves_costs_no_epoch(tmp_path):
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "mnist_gui",
            "train",
            "--model",
            "1",
            "--recipe",
            "quick",
            "--limit",
            "128",
            "--runs",
            str(tmp_path),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(120) == commands.PAUSED
    (run,) = RunStore(tmp_path, tmp_path / "none").runs()
    assert run.status == "paused"


@pytest.mark.slow
def test_a_damaged_choice_is_reported_and_the_shipped_run_answers(store):
    run = store.create(2, {"name": "quick"}, 0, {"name": "MNIST", "checksum": "c"})
    run.commit(status="completed", files={"model.onnx": run.write_file("model.onnx", lambda p: p.write_bytes(b"x"))})
    store.activate(run.name)
    (run.folder / "model.onnx").write_bytes(b"y")
    done = program("--runs", store.folder, "predict", "-", "--json", stdin=json.dumps(ONE))
    assert done.returncode == 0
    assert run.name in done.stderr
    (answer,) = lines_of(done.stdout)
    assert [prediction["run"][:7] for prediction in answer["predictions"]] == ["model-1", "model-2", "model-3"]


@pytest.mark.slow
def test_train_evaluate_resume_and_activate_end_to_end(tmp_path):
    runs = tmp_path / "my runs"
    done = program(
        "train", "--model", 1, "--recipe", "quick", "--epochs", 1, "--limit", 256, "--batch-size", 64, "--seed", 5,
        "--activate", "--json", "--runs", runs,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    events = lines_of(done.stdout)
    assert [e["event"] for e in events if e["event"] not in ("preparing", "batch_ended", "validation_progressed")] == [
        "training_started", "epoch_ended", "training_ended",
    ]  # fmt: skip
    ended = next(event for event in events if event["event"] == "epoch_ended")
    assert {"run", "epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds"} <= set(ended)
    assert [path.name for path in runs.iterdir() if not path.name.startswith(".")] == [ended["run"]]

    done = program("--runs", runs, "evaluate", "--json")
    assert done.returncode == 0, done.stderr
    (row,) = [row for row in lines_of(done.stdout) if row["run"] == ended["run"]]
    assert (row["model"], row["status"]) == (1, "completed")
    assert (row["train_accuracy"], row["train_loss"]) == (ended["accuracy"], ended["loss"])
    assert 0 < row["test_accuracy"] < 1
    assert row["notebook"]["test_accuracy"] == 0.9914

    done = program("predict", "-", "--json", "--runs", runs, stdin=json.dumps(ONE))
    assert lines_of(done.stdout)[0]["predictions"][0]["run"] == ended["run"]

    done = program("train", "--resume", ended["run"], "--runs", runs)
    assert done.returncode == 2
    assert "nothing left to train" in done.stderr


@pytest.mark.slow
def test_ctrl_c_pauses_and_resume_goes_on(tmp_path):
    import signal

    arguments = [
        "--model",
        "1",
        "--epochs",
        "2",
        "--limit",
        "128",
        "--recipe",
        "quick",
        "--json",
        "--runs",
        str(tmp_path),
    ]
    with subprocess.Popen(
        [sys.executable, "-m", "mnist_gui", "train", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        for line in process.stdout:
            if json.loads(line)["event"] == "epoch_ended":
                process.send_signal(signal.SIGINT)
                break
        *_, last = process.stdout
        complaint = process.stderr.read()
        assert process.wait(120) == 130
    last = json.loads(last)
    assert (last["event"], last["status"], last["epoch"]) == ("training_ended", "paused", 1)
    assert f"--resume {last['run']}" in complaint
    done = program("train", "--resume", last["run"], "--json", "--runs", tmp_path)
    assert done.returncode == 0
    assert [e["epoch"] for e in lines_of(done.stdout) if e["event"] == "epoch_ended"] == [2]


def call(*arguments, monkeypatch=None):
    """Run the program in this process; return its status and output."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        try:
            status = main.main([str(argument) for argument in arguments])
        except SystemExit as leave:
            status = leave.code
    return status, out.getvalue(), err.getvalue()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train"], "--model 1, 2 or 3"),
        (["train", "--model", "4"], "invalid choice"),
        (["train", "--model", "1", "--epochs", "0"], "Epochs is 0"),
        (["train", "--model", "1", "--limit", "-3"], "Frames is -3"),
        (["train", "--model", "1", "--batch-size", "0"], "Batch size is 0"),
        (["train", "--model", "1", "--seed", "-1"], "Seed is -1; give an integer from 0 to 4,294,967,295."),
        (["train", "--model", "1", "--learning-rate", "nan"], "Learning rate is nan"),
        (["train", "--model", "1", "--learning-rate", "inf"], "Learning rate is inf"),
        (["train", "--model", "1", "--learning-rate", "-0.5"], "Learning rate is -0.5"),
        (
            ["train", "--model", "1", "--learning-rate", "1e300"],
            "Learning rate is 1e300; give a number above 0 and below 1,000,000 ",
        ),
        (["train", "--model", "1", "--learning-rate", "fast"], "Learning rate is fast; give a number above 0"),
        (["train", "--model", "1", "--rho", "1"], "Rho is 1; "),
        (["train", "--model", "1", "--augmentation", "3"], "Augmentation is 3; "),
        (["train", "--model", "1", "--patience", "2"], "Patience is 2"),
        (["train", "--model", "1", "--held-out", "-1"], "Held out is -1"),
        (["train", "--model", "1", "--held-out", "60000"], "none are left to train on"),
        (["train", "--model", "1", "--epochs", "1e9"], "Epochs is 1e9; give an integer from 1 to 10,000."),
        (["train", "--model", "1", "--optimizer", "magic"], "invalid choice"),
        (["train", "--model", "1", "--schedule", "weekly"], "invalid choice"),
        (["train", "--resume", "gone", "--recipe", "quick"], "leave the other options out"),
        (["train", "--resume", "gone", "--seed", "0"], "leave the other options out"),
        (["export", "gone", "--format", "csv"], "There is no run 'gone'"),
        (["export", "../up", "--format", "csv"], "not the name of a run"),
        (["export", "gone", "--format", "h5"], "invalid choice"),
        (["export", "gone"], "--format"),
        (["train", "--resume", ""], "not the name of a run"),
        (["train", "--resume", "gone", "--epochs", "3"], "leave the other options out"),
        (["train", "--resume", "gone"], "There is no run 'gone'"),
        (["train", "--resume", "../up"], "not the name of a run"),
        (["predict"], "PATH"),
        (["dance"], "invalid choice"),
    ],
)
def test_arguments_that_cannot_be_used_are_named(arguments, words, tmp_path):
    status, out, err = call("--runs", tmp_path / "runs", *arguments)
    assert (status, out) == (2, "")
    assert words in err
    assert not (tmp_path / "runs").exists(), "nothing may be left behind"


@pytest.mark.slow
def test_a_runs_folder_that_is_missing_damaged_or_of_another_version_is_reported(tmp_path):
    status, out, err = call("evaluate", "--json", "--runs", tmp_path / "gone")
    assert status == 0
    missing = f"There is no runs folder {tmp_path / 'gone'}; only runs that came with the program were used."
    assert err == f"mnist-gui: {missing}\n"
    shipped = lines_of(out)
    assert {row["model"] for row in shipped} == {1, 2, 3}
    for name, text in (("half", '{"schema": 1, "mod'), ("new", '{"schema": 99}')):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "run.json").write_text(text)
    status, out, _ = call("evaluate", "--json", "--runs", tmp_path / "runs")
    assert status == 0
    *rows, half, new = lines_of(out)
    assert rows == shipped
    assert (half["run"], half["status"], half["test_accuracy"], half["notebook"]) == ("half", "damaged", None, None)
    assert "schema version 99" in new["problem"]


@pytest.mark.slow
def test_the_shipped_runs_reach_the_figures_they_were_shipped_with():
    dataset = load_mnist()
    frames = dataset.test[:300].frames()
    for row in lines_of(call("evaluate", "--json", "--runs", "none")[1]):
        shipped = Run.open(main.resources_folder() / "runs" / row["run"])
        last = shipped.history()[-1]
        assert (row["train_accuracy"], row["train_loss"]) == (last.accuracy, last.loss)
        if shipped.validation == "test":
            assert row["test_accuracy"] == pytest.approx(last.val_accuracy, abs=0.0001 + 1e-9)
            assert row["test_loss"] == pytest.approx(last.val_loss, abs=0.0005)
        if shipped.record.epochs == 12:
            assert row["test_accuracy"] == pytest.approx(row["notebook"]["test_accuracy"], abs=0.0015 + 1e-9)
        elif shipped.record.recipe["name"] == "fast":
            assert row["test_accuracy"] >= row["notebook"]["test_accuracy"] - 1e-9
            assert shipped.record.epochs * shipped.record.data["frames"] <= 4 * 60_000
        # The figures come from the shipped predictions, which the shipped model reproduces.
        with np.load(shipped.folder / "test_predictions.npz") as archive:
            kept = archive["probabilities"][:300]
        assert LoadedModel(shipped).probabilities(frames) == pytest.approx(kept, abs=2e-3)


@pytest.mark.slow
def test_a_best_run_answers_for_each_model_and_can_be_trained_on(tmp_path):
    store = RunStore(tmp_path / "runs", main.resources_folder() / "runs")
    for model in (1, 2, 3):
        run = answering_run(store, model)
        assert (run.model, run.record.recipe["name"]) == (model, "best")
        shapes = [array.shape for array in read_weights(run)]
        assert sum(int(np.prod(shape)) for shape in shapes) == ARCHITECTURES[model].parameters


@pytest.mark.slow
def test_without_a_display_a_sentence_says_what_works():
    environment = dict.fromkeys(("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"), "")
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux can be without a display")
    done = program(**environment)
    assert done.returncode == commands.FAILED
    assert "no display" in done.stderr
    assert "predict, add, train, study, evaluate, report, export, screenshot" in done.stderr
    # A machine without a desktop may lack what Qt needs for X, which is then named first; see test_display.py.
    lacking = missing_libraries(X_LIBRARIES)
    for more in ({}, {"QT_QPA_PLATFORM": "xcb"}, {"QT_QPA_PLATFORM": "wayland;xcb"}, {"WAYLAND_DISPLAY": "gone"}):
        done = program(**{**environment, "DISPLAY": ":4711", **more})
        assert done.returncode == commands.FAILED
        assert (lacking or ":4711 does not answer") in done.stderr
        assert "predict, add, train, study, evaluate, report, export, screenshot" in done.stderr


@pytest.mark.slow
def test_the_other_commands_never_import_qt_or_tensorflow():
    code = (
        "import sys; from mnist_gui.cli import main; main.main(['predict', '-', '--json']); main.main(['evaluate']); "
        "print([m for m in ('PySide6', 'tensorflow', 'keras') if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], input=json.dumps(ONE), capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stderr.splitlines()[-1] == "[]"


def test_a_page_of_digits_is_read_line_by_line():
    """Rows of ones and sevens, with the shipped models."""
    seven, one = [[0, 0], [50, 0], [22, 95]], [[20, 0], [16, 95]]
    page = [
        [[x + 70 * column, y + 140 * row] for x, y in (seven if digit == "7" else one)]
        for row, text in enumerate(("717", "1771"))
        for column, digit in enumerate(text)
    ]
    lines = json.dumps({"strokes": page}) + "\n" + json.dumps({"strokes": [seven]}) + "\n"
    done = program("predict", "-", "--json", stdin=lines)
    several, single = map(json.loads, done.stdout.splitlines())
    assert several["verdict"] == "several_digits"
    assert several["lines"] == ["717", "1771"]
    assert [part["line"] for part in several["parts"]] == [0, 0, 0, 1, 1, 1, 1]
    assert several["parts"][0]["box"] == [0, 0, 50, 95]
    assert [part["ensemble"]["digit"] for part in several["parts"]] == [7, 1, 7, 1, 7, 7, 1]
    assert len(several["parts"][0]["predictions"]) == len(several["predictions"]) == 3
    assert single["verdict"] == "digit"
    assert "parts" not in single
    assert "7 digits: 717 / 1771" in program("predict", "-", stdin=lines).stdout


def test_what_is_refused_is_no_digit_of_the_text(tmp_path):
    """A star and a rule between sevens and ones, and a seven with specks and a rule in a picture."""
    seven, one = [[0, 0], [50, 0], [22, 95]], [[20, 0], [16, 95]]
    rows = [[[x + 100 * column, y] for x, y in (seven, one, one, seven)[column]] for column in (0, 1, 3)]
    star = [[[200, 0], [260, 95]], [[260, 0], [200, 95]], [[190, 45], [270, 50]]]
    page = json.dumps({"strokes": [*rows, *star, [[0, 130], [360, 132]]]})
    (answer,) = map(json.loads, program("predict", "-", "--json", stdin=page).stdout.splitlines())
    assert (answer["verdict"], answer["lines"]) == ("several_digits", ["71?7"])
    assert [part["verdict"] for part in answer["parts"]] == ["digit", "digit", "not_a_digit", "digit"]
    assert "3 digits, 1 refused: 71?7" in program("predict", "-", stdin=page).stdout

    picture = Image.new("L", (400, 400), 255)
    draw = ImageDraw.Draw(picture)
    for line in ([(100, 100), (170, 100), (130, 230)], [(20, 350), (380, 354)], [(330, 60), (340, 80)]):
        draw.line(line, fill=0, width=14)
    picture.save(tmp_path / "seven.png")
    (answer,) = map(json.loads, program("predict", str(tmp_path / "seven.png"), "--json").stdout.splitlines())
    assert (answer["verdict"], answer["ensemble"]["digit"]) == ("digit", 7)
    assert answer["box"] == pytest.approx([97, 92, 178, 235], abs=5)
    assert "without what lies around it" in program("predict", str(tmp_path / "seven.png")).stdout
