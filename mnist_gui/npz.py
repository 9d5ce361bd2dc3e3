"""Reads NPZ archives, and checks their size before anything is unpacked."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterable
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

_HEADER_READERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
_MAX_HEADER_BYTES = 1024  # of an array: magic string, type and shape


def read_arrays(file: IO[bytes], max_bytes: int, names: Iterable[str] | None = None) -> dict[str, NDArray[Any]]:
    """Return arrays of an archive by name, read-only.

    Unlike `numpy.load`, it believes neither the archive's directory nor an array's header: a few kilobytes can be
    deflated to gigabytes, or name a shape that fills the memory.

    Parameters
    ----------
    file
        An archive that `numpy.savez` or `numpy.savez_compressed` wrote.
    max_bytes
        Maximum size of all arrays together, unpacked.
    names
        Arrays to read; None reads all.

    Raises
    ------
    Exception
        The file is no archive (zipfile, zlib and NumPy raise different types); `ValueError` if the arrays are larger
        than `max_bytes`, an array has another size than its header says, holds Python objects, or is missing.
    """
    with zipfile.ZipFile(file) as archive:
        members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
        chosen = {name: members.get(name) for name in (members if names is None else names)}
        check_unpacked_size([info for info in chosen.values() if info], max_bytes + _MAX_HEADER_BYTES * len(chosen))
        return {name: _read_array(archive, name, info) for name, info in chosen.items()}


def check_unpacked_size(members: Iterable[zipfile.ZipInfo], max_bytes: int) -> None:
    """Raise `ValueError` if members of an archive unpack to more than `max_bytes` together."""
    total = sum(info.file_size for info in members)
    if total > max_bytes:
        raise ValueError(f"it unpacks to {total:,} bytes; expected at most {max_bytes:,}")


def _read_array(archive: zipfile.ZipFile, name: str, info: zipfile.ZipInfo | None) -> NDArray[Any]:
    if info is None:
        raise ValueError(f"it has no array {name!r}")
    # Other methods, such as LZMA, may ask for a dictionary of gigabytes.
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{name} is compressed by another method than deflate")
    with archive.open(info) as member:
        read_header = _HEADER_READERS[np.lib.format.read_magic(member)]
        shape, is_fortran, dtype = read_header(member)
        size = math.prod(shape) * dtype.itemsize
        if dtype.hasobject or min(shape, default=0) < 0 or not 0 <= info.file_size - size <= _MAX_HEADER_BYTES:
            raise ValueError(f"{name} has {info.file_size:,} bytes, which are not {dtype} of shape {shape}")
        content = member.read()  # at most `file_size`, at whose end zipfile checks the sum
    return np.frombuffer(content, dtype).reshape(shape, order="F" if is_fortran else "C")
