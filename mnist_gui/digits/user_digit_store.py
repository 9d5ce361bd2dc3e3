"""Store of "My digits": drawings and pictures that the user labelled, one per line of a file.

A line is a drawing in the program's format with two more keys, or the frame of a picture::

    {"id": "9f...", "saved": "2026-11-22T20:15:04Z", "label": 7, "strokes": [[[x, y], ...], ...]}
    {"id": "9f...", "saved": "2026-11-22T20:15:04Z", "label": 7, "frame": "base64 of 784 bytes, ink high"}

Adding appends a line, so that a crash loses no earlier one; every other change replaces the file. A lock prevents two
programs from losing each other's changes.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from mnist_gui.digits.content import Content
from mnist_gui.digits.dataset import CLASSES, DatasetError
from mnist_gui.digits.user_digit import (
    HELD_OUT_INTERVAL,
    DigitLine,
    UserDigit,
    id_from_text,
    is_held_out,
    is_mnist_test_digit,
    is_same_ink,
    rounded_content,
)
from mnist_gui.files import open_regular, write_text

_LOCK_TIMEOUT = 2.0  # seconds

_Stamp = tuple[int, int, int]


class UserDigitError(RuntimeError):
    """The digits could not be read or written; the message is a sentence for the user."""


class UserDigitStore:
    """The digits of one file, in the order in which they were added. Not thread-safe.

    Changes by other programs are read at the next access. Damaged lines are left out, see `problem`, and moved to
    `rejected_lines_file` when the file is next replaced. Methods that change the file raise `UserDigitError`, without
    changing anything, if it cannot be written.

    Parameters
    ----------
    path
        Need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines: list[DigitLine] = []
        self._broken: list[bytes] = []
        self._stamp: _Stamp | tuple[()] | None = None  # None before the first access; () if there is no file
        self._problem = ""

    @property
    def digits(self) -> tuple[UserDigit, ...]:
        """All digits, oldest first; those read last if the file cannot be read."""
        with suppress(UserDigitError):  # see `problem`
            self._refresh()
        return tuple(line.digit for line in self._lines)

    @property
    def problem(self) -> str:
        """Sentence that says why the file or some lines could not be read; empty if all could."""
        with suppress(UserDigitError):
            self._refresh()
        return self._problem

    @property
    def rejected_lines_file(self) -> Path:
        """File to which damaged lines are moved."""
        return self.path.with_name(f"{self.path.stem}.broken{self.path.suffix}")

    def add(self, content: Content) -> UserDigit:
        """Add a digit; return it as it is stored.

        Coordinates of a drawing are rounded to at most a ten-thousandth of its size; a picture is stored as its frame.
        """
        if content.label is None:
            raise UserDigitError("The digit was not kept because it has no label; choose 0 to 9.")
        if content.is_blank:
            raise UserDigitError("There is no ink to keep; draw a digit first.")
        _refuse_mnist_test_digit(content)
        with self._changing():
            saved = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            digit = UserDigit(self._new_id(content.label), rounded_content(content), saved)
            line = DigitLine.of(digit)
            _append(self.path, line.text.encode() + b"\n")
            self._lines.append(line)
            self._stamp = _stamp(self.path)
        return digit

    def find(self, content: Content) -> UserDigit | None:
        """Return the stored digit with the same ink as a content, whatever its label; None if there is none."""
        return next((digit for digit in self.digits if is_same_ink(digit.content, content)), None)

    def relabel(self, labels: Mapping[str, int]) -> dict[str, int]:
        """Change labels, given by id; return the former labels, which undo the change. Unknown ids are ignored."""
        wrong = [label for label in labels.values() if label not in range(CLASSES)]
        if wrong:
            raise UserDigitError(f"The label {wrong[0]} is no digit; choose 0 to 9.")
        with self._changing():
            before = {d.id: d.label for d in (line.digit for line in self._lines) if d.id in labels}
            self._rewrite([_relabelled(line, labels) for line in self._lines])
        return before

    def delete(self, ids: Iterable[str]) -> tuple[tuple[int, UserDigit], ...]:
        """Delete digits; return them with their indices, for `restore`. Unknown ids are ignored."""
        removed = set(ids)
        with self._changing():
            deleted = tuple((index, line.digit) for index, line in enumerate(self._lines) if line.digit.id in removed)
            self._rewrite([line for line in self._lines if line.digit.id not in removed])
        return deleted

    def restore(self, deleted: Iterable[tuple[int, UserDigit]]) -> None:
        """Insert the digits that `delete` returned at their indices; digits that exist are ignored."""
        with self._changing():
            lines, existing = list(self._lines), {line.digit.id for line in self._lines}
            for index, digit in sorted(deleted, key=lambda entry: entry[0]):
                if digit.id not in existing:
                    lines.insert(index, DigitLine.of(digit))
            self._rewrite(lines)

    # -- reading

    def _refresh(self) -> None:
        """Read the file if it has changed; raise `UserDigitError` if it cannot be read."""
        try:
            stamp = _stamp(self.path)
            if stamp == self._stamp:
                return
            content = b""
            if stamp:
                with open_regular(self.path) as file:
                    content = file.read()
        except OSError as error:
            self._problem = f"{self.path} cannot be read ({error.strerror}); {_remedy(error, self.path)}."
            self._stamp = None
            raise UserDigitError(self._problem) from error
        self._parse(content.split(b"\n"))
        self._stamp = stamp

    def _parse(self, rows: list[bytes]) -> None:
        known = {line.text: line for line in self._lines}  # not parsed again, and keep their frames
        lines: dict[str, DigitLine] = {}
        successors: dict[str, str] = {}
        self._broken, numbers = [], []
        for number, row in enumerate(map(bytes.strip, rows), start=1):
            if not row:
                continue
            try:
                text = row.decode("utf-8-sig")
                line = known.get(text) or DigitLine.parsed(text)
            except (ValueError, TypeError, KeyError, RecursionError):
                self._broken.append(row)
                numbers.append(number)
                continue
            if line.digit.id in lines:
                line = line.with_id(_free_id(line.digit.id, lines, successors))
            lines[line.digit.id] = line
        self._lines = list(lines.values())
        self._problem = self._damage(numbers)

    def _damage(self, numbers: list[int]) -> str:
        if not numbers:
            return ""
        one, target = len(numbers) == 1, self.rejected_lines_file.name
        which = f"Line {numbers[0]}" if one else f"{len(numbers)} lines, the first of them line {numbers[0]},"
        return (
            f"{which} of {self.path} {'is' if one else 'are'} damaged and left out; the other digits are kept. "
            f"When a digit is next changed or deleted, {'it moves' if one else 'they move'} to {target}."
        )

    # -- writing

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Lock and read the file; raise `UserDigitError` for errors of the system."""
        lock = FileLock(self.path.with_name(f".{self.path.name}.lock"))
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=_LOCK_TIMEOUT)
        except Timeout as error:
            message = f"Another program is writing to {self.path}, and nothing was changed; try again in a moment."
            raise UserDigitError(message) from error
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            self._refresh()
            yield
        except OSError as error:
            raise self._unwritable(error) from error
        finally:
            lock.release()

    def _unwritable(self, error: OSError) -> UserDigitError:
        what = f"My digits stay as they were: {self.path} cannot be written ({error.strerror})"
        return UserDigitError(f"{what}; {_remedy(error, self.path)}.")

    def _new_id(self, label: int) -> str:
        """Return a random id for a digit of this label; every third is one that is held out."""
        held_out = [is_held_out(line.digit.id) for line in self._lines if line.digit.label == label]
        wanted = len(held_out) >= HELD_OUT_INTERVAL * sum(held_out) + HELD_OUT_INTERVAL - 1
        while is_held_out(identity := secrets.token_hex(8)) != wanted:
            pass
        return identity

    def _rewrite(self, lines: list[DigitLine]) -> None:
        if self._broken:
            _append(self.rejected_lines_file, b"".join(row + b"\n" for row in self._broken))
        write_text(self.path, "".join(f"{line.text}\n" for line in lines))
        self._lines, self._broken, self._problem = lines, [], ""
        self._stamp = _stamp(self.path)


def _free_id(identity: str, taken: Container[str], successors: dict[str, str]) -> str:
    """Return an id derived from one that is taken.

    `successors` has the id found last for each id that was tried, because a file may repeat one thousands of times.
    """
    tried = []
    while identity in taken:
        tried.append(identity)
        identity = successors.get(identity) or id_from_text(identity)
    successors.update(dict.fromkeys(tried, identity))
    return identity


def _refuse_mnist_test_digit(content: Content) -> None:
    try:
        is_from_mnist = is_mnist_test_digit(content)
    except DatasetError as error:
        raise UserDigitError(str(error)) from error
    if is_from_mnist:
        raise UserDigitError(
            "This digit is from MNIST's test set, which judges the models: it is never one of My digits. Draw your own."
        )


def _stamp(path: Path) -> _Stamp | tuple[()]:
    """Return values that change when a file is written; an empty tuple if there is no file."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return ()
    return status.st_mtime_ns, status.st_size, status.st_ino


def _remedy(error: OSError, path: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "make room on the disk, then try again"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"allow this program to read and write {path.parent}, then try again"
    return f"check {path.parent}, then try again"


def _append(path: Path, data: bytes) -> None:
    """Append lines to a file and flush it to the disk; all of them or none."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    file = os.open(path, flags, 0o666)
    try:
        size = os.fstat(file).st_size
        if size:
            os.lseek(file, -1, os.SEEK_END)
            if os.read(file, 1) != b"\n":  # an earlier write was interrupted
                data = b"\n" + data
        try:
            while data:
                data = data[os.write(file, data) :]
            os.fsync(file)
        except OSError:
            with suppress(OSError):
                os.ftruncate(file, size)
            raise
    finally:
        os.close(file)


def _relabelled(line: DigitLine, labels: Mapping[str, int]) -> DigitLine:
    label = labels.get(line.digit.id, line.digit.label)
    return line if label == line.digit.label else line.relabelled(label)
