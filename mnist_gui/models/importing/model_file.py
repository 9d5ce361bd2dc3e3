"""Tells by its content what a file of a network is, and reads archives without trusting their directory."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Mapping
from typing import Literal

Format = Literal["keras", "hdf5", "onnx"]

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
MAX_FILE_BYTES = 256 * 2**20  # weights of the largest network, twice again for the state of its optimizer
MAX_MODEL_BYTES = 64 * 2**20  # of the ONNX model that is made of it
MAX_MEMBERS = 1_000  # of an archive
_BLOCK_BYTES = 2**20
CONFIG_MEMBER = "config.json"
WEIGHTS_MEMBER = "model.weights.h5"

# What people give, by how the content starts, and what they can do. None of it is parsed.
_OTHER_FORMATS = {
    b"version https://git-lfs": "It is a pointer of Git LFS, not the file itself. Download the file that it points to.",
    b"<": "It is a web page or XML. Download the file itself.",
    b"{": 'It is JSON text, which holds no weights. Save the whole model with model.save("model.keras").',
    b"\x80": "It holds pickled Python objects, which run code when they are read. "
    'Save the network with model.save("model.keras"), or export it with torch.onnx.export.',
    b"\x93NUMPY": 'It is a single array of NumPy. Save the whole model with model.save("model.keras").',
}


class ModelFileError(ValueError):
    """A file cannot be used as a network; the message is one or more sentences about it."""


def format_of(content: bytes) -> Format:
    """Return the format of a file from its content; its suffix says nothing.

    Raises
    ------
    ModelFileError
        It is empty, or of a format that is known and cannot be used.
    """
    if not content:
        raise ModelFileError("It is empty. Download or save it again.")
    if content.startswith(b"PK"):
        return "keras"
    if content.startswith(HDF5_SIGNATURE):
        return "hdf5"
    if content[4:8] == b"TFL3":
        raise ModelFileError("It is a LiteRT model. Give the Keras model that it was made from, or an ONNX model.")
    if content[8:10] == b'{"':
        raise ModelFileError(
            "It is a safetensors file, which holds weights alone. Export the network with torch.onnx.export, or save "
            'the whole model with model.save("model.keras").'
        )
    for start, problem in _OTHER_FORMATS.items():
        if content.lstrip().startswith(start):
            raise ModelFileError(problem)
    return "onnx"  # it has no signature


def read_members(content: bytes, limits: Mapping[str, int]) -> dict[str, bytes]:
    """Return members of a zip archive by name.

    Parameters
    ----------
    content
        Content of the archive.
    limits
        Maximum size of each wanted member, unpacked, in bytes.

    Raises
    ------
    ModelFileError
        It is no such archive, lacks a member, or has one that no archive of Keras has: a link, a path that leads out of
        it, two of one name, another compression than deflate, or one that unpacks to more than its limit.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = _checked_members(archive)
            _refuse_other_archives(members)
            return {name: _read_member(archive, members, name, limit) for name, limit in limits.items()}
    except (ModelFileError, MemoryError):
        raise
    except Exception as error:  # zipfile and zlib raise different types
        raise ModelFileError(f"Its archive is damaged ({error!s:.100}). Download or save it again.") from error


def _checked_members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    entries = archive.infolist()
    if len(entries) > MAX_MEMBERS:
        raise ModelFileError(f"Its archive has {len(entries):,} members; expected at most {MAX_MEMBERS:,}.")
    members: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        name = entry.filename
        if name.startswith(("/", "\\")) or ":" in name or ".." in name.replace("\\", "/").split("/"):
            raise ModelFileError(f"Its archive has a member {name!a:.80}, which leads out of it.")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise ModelFileError(f"Its archive has a link, {name!a:.80}, in place of a file.")
        if name in members:
            raise ModelFileError(f"Its archive has two members {name!a:.80}.")
        members[name] = entry
    return members


def _refuse_other_archives(members: Mapping[str, zipfile.ZipInfo]) -> None:
    names = [name.rpartition("/")[2] for name in members]
    if "data.pkl" in names:
        raise ModelFileError(
            "It is a file of PyTorch with pickled Python objects, which run code when they are read. Export the "
            "network with torch.onnx.export, and give the .onnx file."
        )
    if "saved_model.pb" in names:
        raise ModelFileError('It is a SavedModel of TensorFlow. Save the model with model.save("model.keras").')
    if names and all(name.endswith(".npy") for name in names):
        raise ModelFileError('It holds arrays of NumPy. Save the whole model with model.save("model.keras").')


def _read_member(archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo], name: str, limit: int) -> bytes:
    entry = members.get(name)
    if entry is None:
        raise ModelFileError(
            f'Its archive has no {name}, so that it is no file of Keras. Save the model with model.save("model.keras").'
        )
    # Other methods, such as LZMA, may ask for a dictionary of gigabytes.
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or entry.flag_bits & 1:
        raise ModelFileError(f"Its {name} is encrypted, or compressed by another method than deflate.")
    content = io.BytesIO()
    with archive.open(entry) as member:
        while block := member.read(_BLOCK_BYTES):  # at once, it would be in memory twice
            content.write(block)
            if content.tell() > limit:
                raise ModelFileError(f"Its {name} unpacks to more than {limit:,} bytes.")
    return content.getvalue()
