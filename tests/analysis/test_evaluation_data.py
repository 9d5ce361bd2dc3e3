import json
import os

import numpy as np
import pytest
from PIL import Image

from mnist_gui.analysis.evaluation_data import (
    EvaluationSetError,
    load_mnist_evaluation_set,
    mnist_evaluation_set,
    read_evaluation_set,
    user_digits_evaluation_set,
)
from mnist_gui.digits import input_files
from mnist_gui.digits.dataset import load_mnist
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.labelled_files import label_of_picture
from mnist_gui.digits.picture import Picture
from mnist_gui.digits.user_digit_store import UserDigitStore

ONE = [[[10, 0], [10, 40]]]
SEVEN = [[[100, 100], [180, 100], [130, 240]]]


@pytest.fixture(scope="module")
def mnist():
    return load_mnist()


@pytest.fixture
def folder(tmp_path, mnist):
    """Pictures of the first MNIST digits, a seven and a two, labelled in both ways, among other things."""
    root = tmp_path / "class"
    (root / "7").mkdir(parents=True)
    Image.fromarray(mnist.test.images[0]).save(root / "7" / "anna.png")
    Image.fromarray(mnist.test.images[1]).save(root / "2-of-ben.PNG")
    (root / "notes.txt").write_text("not a picture")
    (root / "7" / "._anna.png").write_bytes(b"what macOS leaves behind")
    return root


def test_mnist_is_judged_under_the_checksum_of_shipped_predictions(tiny_dataset):
    data = mnist_evaluation_set(tiny_dataset)
    assert (data.checksum, len(data), data.name) == ("bars-checksum", 60, "bars test")
    assert (data.frames() == tiny_dataset.test.frames()).all()
    assert (data.frames(np.array([3])) == tiny_dataset.test.frames()[3:4]).all()


def test_a_folders_pictures_are_labelled_by_folder_or_name(folder, mnist):
    data = read_evaluation_set(folder)
    assert sorted(zip(data.labels.tolist(), data.sources, strict=True)) == [(2, "2-of-ben.PNG"), (7, "anna.png")]
    place = data.labels.tolist().index(7)
    assert (data.frames()[place] == mnist.test.frames()[0]).all()
    assert data.problems == ("1 file is of another kind and ignored: notes.txt.",)


def test_mnists_test_set_alone_is_the_same(mnist):
    alone, whole = load_mnist_evaluation_set(), mnist_evaluation_set(mnist)
    assert (alone.name, alone.checksum) == (whole.name, whole.checksum) == ("MNIST test", mnist.checksum)
    assert (alone.images == whole.images).all()
    assert (alone.labels == whole.labels).all()


@pytest.mark.parametrize(
    ("path", "label"),
    [("3/x.png", 3), ("7-anna.png", 7), ("7.png", 7), ("4b.png", 4), ("x7.png", None), ("12.png", None),
     ("12/5.png", 5), ("10/x.png", None), ("3/7.png", 3), ("²/x.png", None), (".png", None)],
)  # fmt: skip
def test_a_pictures_label(tmp_path, path, label):
    assert label_of_picture(tmp_path / path) == label


def test_what_cannot_be_used_is_reported_and_the_rest_is_judged(folder):
    (folder / "who-knows.png").write_bytes((folder / "2-of-ben.PNG").read_bytes())
    (folder / "7" / "torn.png").write_bytes(b"nothing")
    (folder / "drawings.jsonl").write_text(
        "\n".join(
            json.dumps(each)
            for each in (
                {"strokes": SEVEN, "label": 7},
                {"strokes": ONE, "label": 12},
                {"strokes": ONE},
                {"strokes": [], "label": 1},
            )
        )
    )
    data = read_evaluation_set(folder)
    assert sorted(data.labels.tolist()) == [2, 7, 7]
    assert data.left_out == 5
    problems = " ".join(data.problems)
    assert "torn.png" in problems
    assert "label is a digit from 0 to 9" in problems
    assert "2 more were left out" in problems


def test_an_unexpected_error_costs_only_its_digit(folder, monkeypatch):
    before = read_evaluation_set(folder)
    real, calls = input_files.frame_of, iter([True])

    def fail_once(content):
        if next(calls, False):
            raise ValueError("odd")
        return real(content)

    monkeypatch.setattr(input_files, "frame_of", fail_once)
    data = read_evaluation_set(folder)
    assert (len(data), data.left_out) == (len(before) - 1, before.left_out + 1)
    assert any(problem.endswith(": it cannot be used (ValueError: odd).") for problem in data.problems)


def test_drawings_are_judged_by_their_labels(tmp_path):
    path = tmp_path / "mine.jsonl"
    path.write_text(json.dumps({"strokes": SEVEN, "label": 7}) + "\n" + json.dumps({"strokes": ONE, "label": 1}))
    data = read_evaluation_set(path)
    assert (data.labels.tolist(), data.name, data.source(1)) == ([7, 1], "mine.jsonl", "mine.jsonl, number 1")
    path.write_text(json.dumps({"strokes": SEVEN, "label": 2}) + "\n" + json.dumps({"strokes": ONE, "label": 1}))
    assert read_evaluation_set(path).checksum != data.checksum


def test_an_empty_folder_nothing_labelled_and_nothing_there_are_a_sentence_each(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(EvaluationSetError, match="neither pictures nor drawings"):
        read_evaluation_set(tmp_path / "empty")
    (tmp_path / "unlabelled.json").write_text(json.dumps({"strokes": ONE}))
    with pytest.raises(EvaluationSetError, match="has no label"):
        read_evaluation_set(tmp_path / "unlabelled.json")
    with pytest.raises(EvaluationSetError, match=r"gone\.png"):
        read_evaluation_set(tmp_path / "gone.png")


@pytest.mark.skipif(os.name == "nt", reason="folders are not closed by permissions there")
def test_a_folder_that_cannot_be_read_is_a_sentence(tmp_path, unprivileged):
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0)
    with unprivileged(), pytest.raises(EvaluationSetError, match="closed"):
        read_evaluation_set(closed)
    closed.chmod(0o755)


@pytest.mark.skipif(os.name == "nt", reason="folders are not closed by permissions there")
def test_a_folder_within_that_cannot_be_read_is_named_and_the_rest_is_judged(folder, unprivileged):
    closed = folder / "closed" / "3"
    closed.mkdir(parents=True)
    closed.chmod(0)
    with unprivileged():
        data = read_evaluation_set(folder)
    closed.chmod(0o755)
    assert (len(data), data.left_out) == (2, 1)
    assert data.problems[0] == f"The folder {closed} cannot be read (Permission denied)."


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_links_are_followed_once(tmp_path, folder):
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / "7").symlink_to(folder / "7")
    (linked / "all").symlink_to(folder)
    (folder / "circle").symlink_to(linked)
    (folder / "itself").symlink_to(folder)
    data = read_evaluation_set(linked)
    assert (data.labels.tolist(), data.left_out) == ([7, 2], 0)
    (linked / "5.png").symlink_to("gone.png")
    data = read_evaluation_set(linked)
    assert data.left_out == 1
    assert "5.png does not exist" in data.problems[0]


def test_files_of_other_kinds_are_counted_and_the_first_are_named(folder):
    for number in range(4):
        (folder / "7" / f"IMG_{number}.HEIC").write_bytes(b"a photo")
    data = read_evaluation_set(folder)
    assert (len(data), data.left_out) == (2, 0)
    remark = "5 files are of another kind and ignored: IMG_0.HEIC, IMG_1.HEIC, IMG_2.HEIC and 2 more."
    assert data.problems == (remark,)


def test_one_digit_only_and_one_class_only_are_said(tmp_path):
    path = tmp_path / "few.jsonl"
    path.write_text(json.dumps({"strokes": ONE, "label": 1}))
    assert "one digit only" in read_evaluation_set(path).problems[0]
    path.write_text(json.dumps({"strokes": ONE, "label": 1}) + "\n" + json.dumps({"strokes": ONE, "label": 1}))
    assert "All 2 digits are 1s" in read_evaluation_set(path).problems[0]


def test_reading_can_be_given_up(folder):
    assert read_evaluation_set(folder, progress=lambda fraction: False) is None


def test_the_users_own_digits_are_judged(tmp_path):
    mine = UserDigitStore(tmp_path / "my-digits.jsonl")
    with pytest.raises(EvaluationSetError, match="no digits of yours"):
        user_digits_evaluation_set(mine)
    mine.add(Drawing(tuple(np.array(stroke, float) for stroke in SEVEN), 7))
    mine.add(Drawing(tuple(np.array(stroke, float) for stroke in ONE), 1))
    data = user_digits_evaluation_set(mine)
    assert (data.labels.tolist(), data.name) == ([7, 1], "My digits")
    assert user_digits_evaluation_set(mine, progress=lambda fraction: False) is None


def test_digits_of_the_test_set_of_mnist_are_not_judged_as_the_users_own(tmp_path, mnist, monkeypatch):
    mine = UserDigitStore(tmp_path / "my-digits.jsonl")
    leaked = Picture.from_mnist(mnist.test.images[0], 7)
    with monkeypatch.context() as patched:  # as an earlier version did
        patched.setattr("mnist_gui.digits.user_digit_store.is_mnist_test_digit", lambda content: False)
        mine.add(leaked)
    with pytest.raises(EvaluationSetError, match="MNIST's test set"):
        user_digits_evaluation_set(mine)
    mine.add(Drawing(tuple(np.array(stroke, float) for stroke in ONE), 1))
    data = user_digits_evaluation_set(mine)
    assert data.labels.tolist() == [1]
    assert data.problems[0] == "1 digit of MNIST's test set left out."
