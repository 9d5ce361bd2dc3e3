"""My digits: what the person wrote and said what it was, kept in one file, a line a digit.

A line is a drawing in the program's format with two more keys, or the frame of a picture::

    {"id": "9f...", "saved": "2026-11-22T20:15:04Z", "label": 7, "strokes": [[[x, y], ...], ...]}
    {"id": "9f...", "saved": "2026-11-22T20:15:04Z", "label": 7, "frame": "base64 of 784 bytes, ink high"}

Adding appends one line, so that a crash costs no earlier one; every other change writes the file anew beside its
place. A lock keeps two programs from losing each other's changes.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from mnist_gui.digits.content import Content
from mnist_gui.digits.dataset import CLASSES
from mnist_gui.digits.user_digit import HELD_OUT_INTERVAL, DigitLine, UserDigit, is_held_out, rounded_content
from mnist_gui.files import write_text

_PATIENCE = 2.0  # seconds to wait while another program writes

_Stamp = tuple[int, int, int]


class UserDigitError(RuntimeError):
    """The person's digits could not be read or written; the message is a sentence for them."""


class UserDigitStore:
    """The digits of one file, in the order in which they were added; for one thread at a time.

    What another program adds is seen the next time that somebody asks. Lines that are no digit are left out, see
    `problem`, and moved to a file beside when the file is next written anew.

    Parameters
    ----------
    path
        Of the file; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines: list[DigitLine] = []
        self._broken: list[bytes] = []
        self._stamp: _Stamp | tuple[()] | None = None  # None before the first look; () where there is no file
        self._problem = ""

    @property
    def digits(self) -> tuple[UserDigit, ...]:
        """All of them, the oldest first; those last read where the file cannot be read now."""
        with suppress(UserDigitError):  # `problem` tells it
            self._refresh()
        return tuple(line.digit for line in self._lines)

    @property
    def problem(self) -> str:
        """A sentence where the file, or some of its lines, could not be read, else nothing."""
        with suppress(UserDigitError):
            self._refresh()
        return self._problem

    @property
    def rejected_lines_file(self) -> Path:
        """The file to which lines are moved that are no digit."""
        return self.path.with_name(f"{self.path.stem}.broken{self.path.suffix}")

    def add(self, content: Content) -> UserDigit:
        """Keep a digit; return it as it was kept.

        A drawing's coordinates are rounded to a ten-thousandth of its size or finer, a picture to its frame of
        256 grey levels.

        Raises
        ------
        UserDigitError
            It has no label or no ink, or the file cannot be written; then nothing was added.
        """
        if content.label is None:
            raise UserDigitError("The digit was not kept, because nobody said what it is; choose 0 to 9.")
        if content.is_blank:
            raise UserDigitError("There is no ink to keep; draw a digit first.")
        with self._changing():
            saved = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            digit = UserDigit(self._new_id(content.label), rounded_content(content), saved)
            line = DigitLine.of(digit)
            _append(self.path, line.text.encode() + b"\n")
            self._lines.append(line)
            self._stamp = _stamp(self.path)
        return digit

    def relabel(self, labels: Mapping[str, int]) -> dict[str, int]:
        """Say anew what some digits are; return what they were, by which this can undo itself.

        Parameters
        ----------
        labels
            The new one, 0 to 9, by id. Digits that have gone are passed over.

        Raises
        ------
        UserDigitError
            The file cannot be written, or a label is no digit; then nothing has changed.
        """
        wrong = [label for label in labels.values() if label not in range(CLASSES)]
        if wrong:
            raise UserDigitError(f"{wrong[0]} is no digit; say 0 to 9.")
        with self._changing():
            before = {d.id: d.label for d in (line.digit for line in self._lines) if d.id in labels}
            self._rewrite([_relabelled(line, labels) for line in self._lines])
        return before

    def delete(self, ids: Iterable[str]) -> tuple[tuple[int, UserDigit], ...]:
        """Delete digits; return them with their places, for `restore`. Those that have gone are passed over.

        Raises
        ------
        UserDigitError
            The file cannot be written; then nothing has changed.
        """
        gone = set(ids)
        with self._changing():
            places = tuple((at, line.digit) for at, line in enumerate(self._lines) if line.digit.id in gone)
            self._rewrite([line for line in self._lines if line.digit.id not in gone])
        return places

    def restore(self, deleted: Iterable[tuple[int, UserDigit]]) -> None:
        """Bring back what `delete` returned, at its places; what is there already is passed over.

        Raises
        ------
        UserDigitError
            The file cannot be written; then nothing has changed.
        """
        with self._changing():
            lines, there = list(self._lines), {line.digit.id for line in self._lines}
            for place, digit in sorted(deleted, key=lambda each: each[0]):
                if digit.id not in there:
                    lines.insert(place, DigitLine.of(digit))
            self._rewrite(lines)

    # -- reading

    def _refresh(self) -> None:
        """Read the file if it is not as it was; raise `UserDigitError` where it cannot be read."""
        try:
            stamp = _stamp(self.path)
            if stamp == self._stamp:
                return
            content = self.path.read_bytes() if stamp else b""
        except OSError as error:
            self._problem = f"{self.path} cannot be read ({error.strerror}); {_remedy(error, self.path)}."
            self._stamp = None
            raise UserDigitError(self._problem) from error
        self._take(content.split(b"\n"))
        self._stamp = stamp

    def _take(self, rows: list[bytes]) -> None:
        known = {line.text: line for line in self._lines}  # not parsed again, and their frames are kept
        lines: dict[str, DigitLine] = {}
        self._broken, places = [], []
        for place, row in enumerate(map(bytes.strip, rows), start=1):
            if not row:
                continue
            try:
                text = row.decode("utf-8-sig")
                line = known.get(text) or DigitLine.parsed(text)
            except (ValueError, TypeError, KeyError, RecursionError):
                self._broken.append(row)
                places.append(place)
                continue
            while line.digit.id in lines:
                line = line.copied()
            lines[line.digit.id] = line
        self._lines = list(lines.values())
        self._problem = self._told(places)

    def _told(self, places: list[int]) -> str:
        if not places:
            return ""
        one, target = len(places) == 1, self.rejected_lines_file.name
        which = f"Line {places[0]}" if one else f"{len(places)} lines, the first of them line {places[0]},"
        return (
            f"{which} of {self.path} {'is' if one else 'are'} damaged and left out; the other digits are kept. "
            f"When a digit is next changed or deleted, {'it moves' if one else 'they move'} to {target}."
        )

    # -- writing

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Hold the file, and know what is in it; an error of the system becomes a sentence."""
        lock = FileLock(self.path.with_name(f".{self.path.name}.lock"))
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=_PATIENCE)
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
        """Return an id of the side, taught or held out, on which the next digit of this label belongs."""
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


def _stamp(path: Path) -> _Stamp | tuple[()]:
    """Return what differs once somebody has written to a file; nothing where there is none."""
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
    return f"see to {path.parent}, then try again"


def _append(path: Path, data: bytes) -> None:
    """Write whole lines to the end of a file, in one go, and on to the disk; all of them or nothing."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    file = os.open(path, flags, 0o666)
    try:
        size = os.fstat(file).st_size
        if size:
            os.lseek(file, -1, os.SEEK_END)
            if os.read(file, 1) != b"\n":  # somebody was cut off in the middle of a line
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
