"""Reads text and arrays from an HDF5 file of any origin: from the file itself, and no more than what was expected."""

from __future__ import annotations

import io
import math
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from mnist_gui.models.importing.model_file import ModelFileError
from mnist_gui.models.networks import MAX_PARAMETERS

MAX_ATTRIBUTE_BYTES = 2**24
MAX_ATTRIBUTE_ENTRIES = 10_000
MAX_ARRAY_BYTES = 8 * MAX_PARAMETERS
MAX_CHUNK_BYTES = 2**26
# Others are in plug-ins, which HDF5 would load from folders.
_FILTERS = (h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32)


class HDF5File:
    """An HDF5 file in memory.

    Methods raise `ModelFileError` where something is missing, no link within the file, or not what they return.
    """

    def __init__(self, content: bytes) -> None:
        try:
            self.root = h5py.File(io.BytesIO(content), "r")
        except Exception as error:  # h5py raises different types
            raise ModelFileError(f"It is a damaged HDF5 file ({error!s:.100}). Download or save it again.") from error
        self._bytes_left = MAX_ARRAY_BYTES

    def group(self, parent: h5py.Group, path: str) -> h5py.Group:
        """Return a group below another one."""
        found = _follow(parent, path)
        if not isinstance(found, h5py.Group):
            raise ModelFileError(f"Its HDF5 file has no group {path!a:.80}.")
        return found

    def text(self, holder: h5py.Group, name: str) -> str:
        """Return an attribute that is one text."""
        (value,) = _attribute(holder, name, 1)
        return value

    def texts(self, holder: h5py.Group, name: str) -> list[str]:
        """Return an attribute that is a list of texts; Keras divides a long one: name0, name1, ..."""
        if name in holder.attrs:
            return _attribute(holder, name)
        values: list[str] = []
        index = 0
        while f"{name}{index}" in holder.attrs and len(values) <= MAX_ATTRIBUTE_ENTRIES:
            values += _attribute(holder, f"{name}{index}")
            index += 1
        return values

    def array(self, parent: h5py.Group, path: str) -> NDArray[np.float32]:
        """Return a data set of finite numbers."""
        found = _follow(parent, path)
        if not isinstance(found, h5py.Dataset):
            raise ModelFileError(f"Its HDF5 file has no data set {path!a:.80}.")
        _check_dataset(found, path)
        size = math.prod(found.shape) * found.dtype.itemsize
        self._bytes_left -= size
        if self._bytes_left < 0:
            raise ModelFileError(f"Its weights have more than {MAX_ARRAY_BYTES:,} bytes.")
        try:
            array: NDArray[np.float32] = np.asarray(found[()], np.float32)
        except Exception as error:  # h5py raises different types
            raise ModelFileError(f"Its weights {path!a:.80} are damaged ({error!s:.100}).") from error
        if not np.isfinite(array).all():
            raise ModelFileError(f"Its weights {path!a:.80} are not all finite numbers; the training diverged.")
        return array


def _follow(parent: h5py.Group, path: str) -> Any:  # noqa: ANN401 - what h5py has there
    """Return what a path leads to, through links within the file only; None if there is nothing."""
    found: Any = parent
    for name in filter(None, path.split("/")):
        if not isinstance(found, h5py.Group):
            return None
        try:
            link = found.get(name, getlink=True)
            if link is None:
                return None
            if not isinstance(link, h5py.HardLink):
                raise ModelFileError(f"Its HDF5 file has a link {name!a:.80}, which may lead out of it.")
            found = found[name]
        except ModelFileError:
            raise
        except Exception as error:  # h5py raises different types
            raise ModelFileError(f"Its HDF5 file is damaged at {name!a:.80} ({error!s:.100}).") from error
    return found


def _attribute(holder: h5py.Group, name: str, entries: int = MAX_ATTRIBUTE_ENTRIES) -> list[str]:
    try:
        if name not in holder.attrs:
            raise ModelFileError(f"Its HDF5 file has no attribute {name}.")
        identifier = holder.attrs.get_id(name)
        count, size = math.prod(identifier.shape), identifier.get_storage_size()
        # Keras writes an empty list as one of numbers.
        if count == 0:
            return []
        is_text = identifier.dtype.kind == "S" or h5py.check_string_dtype(identifier.dtype) is not None
        if not is_text or count > entries or size > MAX_ATTRIBUTE_BYTES:
            raise ModelFileError(f"Its HDF5 file has an attribute {name} that is no text, or longer than expected.")
        values = np.ravel(np.asarray(holder.attrs[name], object)).tolist()
        texts = [value.decode() if isinstance(value, bytes) else str(value) for value in values]
    except ModelFileError:
        raise
    except Exception as error:  # h5py raises different types
        raise ModelFileError(f"Its HDF5 file has a damaged attribute {name} ({error!s:.100}).") from error
    if sum(map(len, texts)) > MAX_ATTRIBUTE_BYTES:
        raise ModelFileError(f"Its HDF5 file has an attribute {name} of more than {MAX_ATTRIBUTE_BYTES:,} bytes.")
    return texts


def _check_dataset(dataset: h5py.Dataset, path: str) -> None:
    """Refuse arrays of other things than numbers, and those whose values are not simply in this file."""
    try:
        properties = dataset.id.get_create_plist()
        filters = [properties.get_filter(index)[0] for index in range(properties.get_nfilters())]
        is_elsewhere = dataset.is_virtual or properties.get_external_count() > 0
        chunk = math.prod(dataset.chunks or ()) * dataset.dtype.itemsize
        is_numeric = dataset.dtype.kind in "fiu" and dataset.shape is not None
    except Exception as error:  # h5py raises different types
        raise ModelFileError(f"Its weights {path!a:.80} are damaged ({error!s:.100}).") from error
    if is_elsewhere:
        raise ModelFileError(f"Its weights {path!a:.80} are kept in another file, which is not read.")
    if not is_numeric or any(number not in _FILTERS for number in filters) or chunk > MAX_CHUNK_BYTES:
        raise ModelFileError(f"Its weights {path!a:.80} are stored in a way that Keras does not use.")
