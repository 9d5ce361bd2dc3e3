"""Files of the cache, each with a checksum of its name and content.

A failing disk can alter what was cached; ZIP, for one, checks an array only at its end, and other formats not at all.
"""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

from mnist_gui.files import open_regular, write_bytes

MAX_BYTES = 256 * 2**20
_CHECKSUM_BYTES = hashlib.sha256().digest_size


def read_cached(path: Path) -> bytes | None:
    """Return the content of a cached file; None if it is missing, cannot be read, or is not as it was written."""
    try:
        with open_regular(path) as file:
            stored = file.read(MAX_BYTES + 1)
    except OSError:
        return None
    checksum, content = stored[:_CHECKSUM_BYTES], stored[_CHECKSUM_BYTES:]
    return content if len(stored) <= MAX_BYTES and checksum == _checksum(path, content) else None


def write_cached(path: Path, content: bytes) -> None:
    """Write a cached file, whole or not at all; a cache that cannot be written is ignored."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, _checksum(path, content) + content)


def _checksum(path: Path, content: bytes) -> bytes:
    return hashlib.sha256(path.name.encode() + b"\0" + content).digest()
