import json
import shutil

import numpy as np
import pytest
from PIL import Image

from mnist_gui.digits import input_files, own_data
from mnist_gui.digits.dataset import DatasetError, load_mnist
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.framing import frame_of
from mnist_gui.digits.own_data import keep, load_kept, read_folder, read_user_digits
from mnist_gui.digits.user_digit_store import UserDigitStore

COUNT = 60


@pytest.fixture(scope="module")
def mnist():
    return load_mnist()


@pytest.fixture
def folder(tmp_path, mnist):
    """The first MNIST training digits as pictures, in folders named after their class."""
    root = tmp_path / "class 4b"
    for index in range(COUNT):
        target = root / str(mnist.train.labels[index])
        target.mkdir(parents=True, exist_ok=True)
        Image.fromarray(mnist.train.images[index]).save(target / f"{index}.png")
    return root


def rows(split):
    return {(image.tobytes(), int(label)) for image, label in zip(split.images, split.labels, strict=True)}


def test_a_folder_becomes_frames_of_which_a_fifth_is_held_out(folder, mnist):
    data = read_folder(folder)
    assert rows(data.dataset.train) == rows(mnist.train[:COUNT])
    assert (data.dataset.name, data.held_out, data.remarks) == ("folder class 4b", COUNT // 5, ())
    assert len(set(data.dataset.train.labels[-data.held_out :])) > 3, "those held out are mixed"
    assert len(data.dataset.test) == 10_000


def test_names_and_places_do_not_matter_but_digits_and_labels_do(folder, tmp_path):
    first = read_folder(folder)
    other = tmp_path / "flat"
    other.mkdir()
    for index, path in enumerate(sorted(folder.glob("*/*.png"), reverse=True)):
        shutil.copy(path, other / f"{path.parent.name}-of-{index}.png")
    same = read_folder(other)
    assert same.dataset.checksum == first.dataset.checksum
    assert (same.dataset.train.images == first.dataset.train.images).all()
    moved = next(other.glob("3-*.png"))
    moved.rename(other / "8-moved.png")
    assert read_folder(other).dataset.checksum != first.dataset.checksum


def test_digits_of_mnists_test_set_are_left_out_and_said(folder, mnist):
    for index in range(2):
        Image.fromarray(mnist.test.images[index]).save(folder / str(mnist.test.labels[index]) / f"test-{index}.png")
    Image.fromarray(255 - mnist.test.images[2]).save(folder / "1" / "black on white.png")
    data = read_folder(folder)
    assert len(data.dataset.train) == COUNT
    assert data.remarks == ("3 digits of MNIST's test set, which judges the models, left out.",)


def test_what_cannot_be_used_is_named_counted_and_left_out(folder, mnist):
    (folder / "3" / "torn.png").write_bytes(b"nothing")
    for index in range(4):
        Image.fromarray(mnist.train.images[100 + index]).save(folder / f"who-{index}.png")
    shutil.copy(next((folder / "1").glob("*.png")), folder / "1" / "copy.png")
    (folder / "notes.txt").write_text("mine")
    data = read_folder(folder)
    assert len(data.dataset.train) == COUNT
    remarks = " ".join(data.remarks)
    assert "torn.png" in remarks
    assert "2 more were left out likewise." in remarks
    assert "1 digit that is there more than once counts once." in remarks
    assert "notes.txt" in remarks


def test_an_unexpected_error_costs_only_its_digit(folder, monkeypatch):
    errors = iter([MemoryError()])
    monkeypatch.setattr(input_files, "frame_of", lambda content: raise_next(errors) or frame_of(content))
    data = read_folder(folder)
    assert len(data.dataset.train) == COUNT - 1
    (remark,) = data.remarks
    assert remark.endswith(": it needs more memory than is free; make it smaller.")


def raise_next(errors):
    for error in errors:
        raise error


def test_a_missing_class_is_said(folder):
    shutil.rmtree(folder / "2")
    assert "There is no 2 in it" in " ".join(read_folder(folder.resolve()).remarks)


@pytest.mark.parametrize(
    ("kept", "message"),
    [
        ([], "There is no digit to train on in folder class 4b; at least 50 are needed. Expected drawings"),
        ([0, 1], r"There are \d+ digits to train on in folder class 4b; at least 50"),
    ],
)
def test_too_few_digits_are_refused(folder, kept, message):
    for path in folder.iterdir():
        if int(path.name) not in kept:
            shutil.rmtree(path)
    with pytest.raises(DatasetError, match=message):
        read_folder(folder)


def test_one_class_is_refused(tmp_path, mnist):
    root = tmp_path / "ones" / "1"
    root.mkdir(parents=True)
    for index in np.flatnonzero(mnist.train.labels == 1)[:COUNT]:
        Image.fromarray(mnist.train.images[index]).save(root / f"{index}.png")
    with pytest.raises(DatasetError, match="All 60 digits in folder ones are 1s"):
        read_folder(root.parent)


def test_a_folder_of_pictures_that_are_none_is_refused(tmp_path):
    (tmp_path / "3").mkdir()
    for index in range(COUNT):
        (tmp_path / "3" / f"{index}.png").write_bytes(b"nothing")
    with pytest.raises(DatasetError, match=r"There is no digit .* is not a picture .* 57 more were left out likewise"):
        read_folder(tmp_path)


def test_classes_that_are_no_digits_have_no_label(folder):
    for path in list(folder.iterdir()):
        path.rename(folder / f"class {'abcdefghij'[int(path.name)]}")
    with pytest.raises(DatasetError, match=r"has no label; put it into a folder named 0 to 9"):
        read_folder(folder)


def test_what_may_not_be_read_is_named(folder, unprivileged):
    hidden = folder / "1"
    try:
        hidden.chmod(0)
        with unprivileged():
            assert any(f"The folder {hidden} cannot be read" in remark for remark in read_folder(folder).remarks)
            for path in (hidden, hidden / "inside"):
                with pytest.raises(DatasetError, match=r"cannot be read .*; allow it, or choose another folder"):
                    read_folder(path)
    finally:
        hidden.chmod(0o755)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DatasetError, match=r"There is no folder .*nowhere"):
        read_folder(tmp_path / "nowhere")


def test_a_file_of_drawings_is_read_and_reading_can_be_cancelled(tmp_path):
    lines = [
        {"strokes": [[[0, 0], [index % 7, 10 + index], [5 + index, 20]]], "label": index % 10} for index in range(COUNT)
    ]
    file = tmp_path / "drawings.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    data = read_folder(file)
    assert (data.dataset.name, len(data.dataset.train)) == ("file drawings.jsonl", COUNT)
    assert read_folder(file, progress=lambda fraction: False) is None


def test_only_the_first_digits_are_read_where_they_are_too_many(folder, monkeypatch):
    monkeypatch.setattr(own_data, "MAX_DIGITS", 55)
    data = read_folder(folder)
    assert len(data.dataset.train) == 55
    assert "more than 55 digits" in " ".join(data.remarks)


def test_of_my_digits_the_same_are_held_out_as_in_fine_tuning(tmp_path):
    store = UserDigitStore(tmp_path / "my-digits.jsonl")
    for index in range(COUNT):
        store.add(Drawing([[[0, 0], [index % 7, 10 + index], [5 + index, 20]]], index % 10))
    data = read_user_digits(store)
    held_out = [digit for digit in store.digits if own_data.is_held_out(digit.id)]
    assert data.held_out == len(held_out) == COUNT // 3
    assert rows(data.dataset.train[-data.held_out :]) == {
        (own_data.grey_frame(digit.content).tobytes(), digit.label) for digit in held_out
    }


def test_kept_frames_are_the_same_and_a_damaged_file_is_refused(folder, tmp_path):
    data = read_folder(folder)
    keep(data, tmp_path)
    kept = load_kept("folder class 4b", data.dataset.checksum, tmp_path)
    assert (kept.train.images == data.dataset.train.images).all()
    assert (kept.train.labels == data.dataset.train.labels).all()
    (file,) = (tmp_path / "data").iterdir()
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(DatasetError, match="no longer in the cache; give them again: --data PATH"):
        load_kept("folder class 4b", data.dataset.checksum, tmp_path)
