"""The file of the user's digits: no digit is lost, whatever happens to the file."""

import json
import os
import threading
import time

import numpy as np
import pytest
from filelock import FileLock

from mnist_gui.digits import user_digit_store
from mnist_gui.digits.dataset import load_mnist_test
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.framing import frame_of
from mnist_gui.digits.picture import Picture
from mnist_gui.digits.user_digit import id_from_text, is_held_out, split_held_out
from mnist_gui.digits.user_digit_store import UserDigitError, UserDigitStore


@pytest.fixture
def mine(tmp_path) -> UserDigitStore:
    return UserDigitStore(tmp_path / "own" / "my-digits.jsonl")


def drawn(label: int | None = 7, bend: float = 0.0) -> Drawing:
    return Drawing((np.array([[100, 100], [400 + bend, 110], [200, 700.123456789]]),), label)


def labels(mine: UserDigitStore) -> list[int]:
    return [digit.label for digit in mine.digits]


def again(mine: UserDigitStore) -> UserDigitStore:
    """Return the store of another program."""
    return UserDigitStore(mine.path)


def test_a_file_that_is_not_there_holds_nothing_and_is_made_by_the_first_digit(mine):
    assert (mine.digits, mine.problem) == ((), "")
    kept = mine.add(drawn(7))
    (read,) = again(mine).digits
    assert (read.id, read.label, read.saved) == (kept.id, 7, kept.saved)
    assert read.content == kept.content
    assert read.saved.endswith("Z")
    assert np.abs(read.frame - frame_of(drawn())).max() < 0.002


def test_a_line_is_a_drawing_as_the_command_line_reads_it(mine):
    mine.add(drawn(3))
    line = mine.path.read_text(encoding="utf-8")
    assert line.endswith("\n")
    assert Drawing.from_json(json.loads(line)).label == 3


def test_a_picture_is_kept_as_its_frame(mine):
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 12:16] = 201
    mine.add(Picture.from_mnist(image, 1))
    (read,) = again(mine).digits
    assert isinstance(read.content, Picture)
    assert read.content.framed
    assert np.array_equal(np.rint(read.frame * 255), image)
    assert read.label == 1


def test_a_photo_is_framed_before_it_is_kept(mine):
    ink = np.zeros((300, 200), np.float32)
    ink[50:250, 90:110] = 1
    kept = mine.add(Picture(ink, 1))
    assert np.abs(kept.frame - frame_of(Picture(ink))).max() <= 0.5 / 255 + 1e-6


@pytest.mark.parametrize(("content", "words"), [(drawn(None), "no label"), (Drawing((), 4), "no ink")])
def test_what_cannot_be_taught_is_refused(mine, content, words):
    with pytest.raises(UserDigitError, match=words):
        mine.add(content)
    assert not mine.path.exists()


def test_a_digit_of_the_test_set_of_mnist_is_never_mine(mine):
    image = load_mnist_test().images[3]
    with pytest.raises(UserDigitError, match="MNIST's test set"):
        mine.add(Picture.from_mnist(image, 7))
    with pytest.raises(UserDigitError, match="MNIST's test set"):  # nor with the eraser's help
        mine.add(Picture.from_mnist(image, 7).erased((14, 0), (14, 28), 2).erased((0, 14), (28, 14), 1))
    assert mine.digits == ()
    changed = image.copy()
    changed[0, 0] = 1
    mine.add(Picture.from_mnist(changed, 7))
    assert labels(mine) == [7]


def test_relabelling_can_be_undone_by_what_it_returns(mine):
    first, second = mine.add(drawn(7)), mine.add(drawn(1))
    before = mine.relabel({first.id: 2, second.id: 2, "gone": 2})
    assert labels(again(mine)) == [2, 2]
    mine.relabel(before)
    assert labels(again(mine)) == [7, 1]
    with pytest.raises(UserDigitError, match="12 is no digit"):
        mine.relabel({first.id: 12})


def test_deleted_digits_come_back_to_their_places(mine):
    digits = [mine.add(drawn(label)) for label in (0, 1, 2, 3)]
    deleted = mine.delete([digits[0].id, digits[2].id, "gone"])
    assert labels(again(mine)) == [1, 3]
    mine.add(drawn(9))
    mine.restore(deleted)
    mine.restore(deleted)
    assert labels(again(mine)) == [0, 1, 2, 3, 9]
    assert [digit.id for digit in mine.digits][:4] == [digit.id for digit in digits]


def test_keys_of_later_versions_survive(mine):
    kept = mine.add(drawn(7))
    line = {**json.loads(mine.path.read_text()), "pen": "wide"}
    mine.path.write_text(json.dumps(line) + "\n")
    mine.relabel({kept.id: 1})
    assert json.loads(mine.path.read_text()) == {**line, "label": 1}


# -- two programs


def test_what_another_program_does_is_seen(mine):
    other = again(mine)
    mine.add(drawn(1))
    kept = other.add(drawn(2))
    assert labels(mine) == [1, 2]
    other.delete([kept.id])
    assert labels(mine) == [1]


def test_a_change_does_not_undo_what_another_program_added_meanwhile(mine):
    other, first = again(mine), mine.add(drawn(1))
    assert labels(other) == [1]
    mine.add(drawn(2))
    other.delete([first.id])
    assert labels(again(mine)) == [2]


def test_many_writers_lose_nothing(mine):
    def write(label: int) -> None:
        own = again(mine)
        for _ in range(5):
            own.delete([own.add(drawn(label)).id])
            own.add(drawn(label))

    threads = [threading.Thread(target=write, args=(label,)) for label in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(labels(mine)) == [1] * 5 + [2] * 5 + [3] * 5
    assert mine.problem == ""


def test_a_file_that_is_held_is_reported_after_a_bounded_wait(mine, monkeypatch):
    mine.add(drawn(1))
    monkeypatch.setattr(user_digit_store, "_LOCK_TIMEOUT", 0.1)
    with (
        FileLock(mine.path.with_name(".my-digits.jsonl.lock")),
        pytest.raises(UserDigitError, match="Another program is writing"),
    ):
        mine.add(drawn(2))
    assert labels(mine) == [1]


# -- damage


def test_a_line_that_was_cut_off_costs_only_itself(mine):
    mine.add(drawn(1))
    mine.add(drawn(2))
    content = mine.path.read_bytes()
    mine.path.write_bytes(content[:-40])
    assert labels(mine) == [1]
    assert mine.problem.startswith("Line 2 of ")
    mine.add(drawn(3))
    assert labels(again(mine)) == [1, 3]


def test_a_whole_last_line_without_its_end_is_kept(mine):
    mine.add(drawn(1))
    mine.path.write_bytes(mine.path.read_bytes().rstrip(b"\n"))
    mine.add(drawn(2))
    assert labels(again(mine)) == [1, 2]


BROKEN = [
    b'{"label": 7, "strokes": [[[1, 2',
    b"\xff\xfe\x00",
    b"[1, 2]",
    b'{"strokes": [[[1, 2], [3, 4]]]}',
    b'{"label": null, "strokes": [[[1, 2], [3, 4]]]}',
    b'{"label": 17, "strokes": [[[1, 2], [3, 4]]]}',
    b'{"label": 7, "strokes": [[[1, NaN]]]}',
    b'{"label": 7, "strokes": "no"}',
    b'{"label": 7, "strokes": 5}',
    b'{"label": 7, "strokes": []}',
    b'{"label": 7, "frame": "AAAA"}',
    b'{"label": 7, "frame": "' + b"A" * 1046 + b'=="}',  # a frame without ink
    b"[" * 100_000,
]


def test_broken_lines_are_moved_aside_and_the_rest_is_kept(mine):
    kept = [mine.add(drawn(label)) for label in (1, 2)]
    first, second = mine.path.read_bytes().splitlines()
    mine.path.write_bytes(b"\n".join([first, *BROKEN, b"", second, b""]))
    other = again(mine)
    assert labels(other) == [1, 2]
    assert other.problem.startswith("13 lines, the first of them line 2, of ")
    assert "my-digits.broken.jsonl" in other.problem
    assert not other.rejected_lines_file.exists(), "looking changes nothing"
    other.delete([kept[0].id])
    assert other.rejected_lines_file.read_bytes() == b"".join(row + b"\n" for row in BROKEN)
    assert (labels(again(mine)), other.problem, again(mine).problem) == ([2], "", "")


def test_lines_written_by_hand_get_ids_that_stay(mine):
    mine.path.parent.mkdir()
    line = '{"strokes": [[[1, 2], [3, 40]]], "label": 1, "id": ""}\r\n'
    mine.path.write_bytes(b"\xef\xbb\xbf" + (line * 2).encode())
    first, second = mine.digits
    assert first.id != second.id
    assert [digit.id for digit in again(mine).digits] == [first.id, second.id]
    mine.delete([first.id])
    assert [digit.id for digit in again(mine).digits] == [second.id]


def test_a_file_that_cannot_be_read_is_reported_and_never_overwritten(mine):
    mine.path.mkdir(parents=True)
    assert mine.digits == ()
    assert "cannot be read" in mine.problem
    with pytest.raises(UserDigitError, match="cannot be read"):
        mine.delete(["a"])
    mine.path.rmdir()
    mine.add(drawn(1))
    assert (labels(mine), mine.problem) == ([1], "")


@pytest.mark.skipif(os.name == "nt", reason="permissions are another matter there")
def test_a_folder_that_cannot_be_written_is_reported_with_a_remedy(mine, unprivileged):
    mine.add(drawn(1))
    mine.path.parent.chmod(0o555)
    with unprivileged(), pytest.raises(UserDigitError, match=r"cannot be written .*allow this program"):
        mine.add(drawn(2))
    mine.path.parent.chmod(0o755)
    assert labels(again(mine)) == [1]


@pytest.mark.parametrize("part", [0, 20])
def test_a_full_disk_costs_only_the_new_digit(mine, monkeypatch, part):
    mine.add(drawn(1))
    write = os.write

    def filling(file: int, data: bytes) -> int:
        if part and len(data) > part and data.startswith(b'{"id"'):
            return write(file, data[:part])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", filling)
        with pytest.raises(UserDigitError, match=r"No space left on device.*make room"):
            mine.add(drawn(2))
    assert (labels(mine), labels(again(mine)), again(mine).problem) == ([1], [1], "")
    mine.add(drawn(3))
    assert labels(again(mine)) == [1, 3]


def test_a_full_disk_costs_nothing_when_the_file_is_written_anew(mine, monkeypatch):
    kept = mine.add(drawn(1))

    def full(path, text):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(user_digit_store, "write_text", full)
        with pytest.raises(UserDigitError, match="No space left"):
            mine.delete([kept.id])
    assert labels(mine) == [1]


# -- held out


def test_every_third_of_a_label_is_held_out_and_neither_of_the_first_two(mine):
    for count in range(1, 13):
        for label in (3, 8):
            mine.add(drawn(label))
        taught, held_out = split_held_out(mine.digits)
        assert len(held_out) == 2 * (count // 3)
        assert len(taught) == 2 * count - len(held_out)


def test_no_digit_changes_sides(mine):
    sides = {}
    for label in (3, 3, 3, 3, 8, 3, 3, 3, 3):
        kept = mine.add(drawn(label))
        sides[kept.id] = is_held_out(kept.id)
        assert {digit.id: is_held_out(digit.id) for digit in mine.digits} == sides
    mine.relabel(dict.fromkeys(sides, 5))
    mine.delete(list(sides)[:2])
    taught, held_out = split_held_out(again(mine).digits)
    assert {digit.id for digit in held_out} == {key for key, held in sides.items() if held}
    assert {digit.id for digit in taught} == {key for key, held in sides.items() if not held} - set(list(sides)[:2])


@pytest.mark.parametrize("chain", [False, True], ids=["one id", "the ids that would follow"])
def test_repeated_ids_become_others_in_linear_time(mine, chain):
    """1,000 lines with one id took 69 s."""
    mine.add(drawn(3))
    values = json.loads(mine.path.read_text(encoding="utf-8"))
    ids = [values["id"]] * 1000
    if chain:
        for index in range(1, 500):
            ids[index] = id_from_text(ids[index - 1])
        ids[500:] = ids[:500]
    lines = (json.dumps({**values, "id": identity}) for identity in ids)
    mine.path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    began = time.perf_counter()
    found = [digit.id for digit in again(mine).digits]
    assert time.perf_counter() - began < 5
    assert len(set(found)) == 1000
    assert found[0] == values["id"]
    assert found == [digit.id for digit in again(mine).digits], "a digit keeps its id"
