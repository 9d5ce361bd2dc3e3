"""Archives that claim to be larger, or smaller, than they are."""

import io
import tracemalloc
import zipfile

import numpy as np
import pytest

from mnist_gui.npz import read_arrays

ARRAYS = {"a": np.arange(12, dtype=np.float32).reshape(3, 4), "b": np.asfortranarray(np.eye(3)), "c": np.zeros(0)}


def archive_of(write=np.savez_compressed, **arrays) -> io.BytesIO:
    file = io.BytesIO()
    write(file, **arrays)
    return file


def header_of(shape: str, descr="<f4") -> bytes:
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


def zip_of(content: bytes, method=zipfile.ZIP_DEFLATED) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("a.npy", content)
    return file


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_arrays_are_read_as_numpy_reads_them(write):
    found = read_arrays(archive_of(write, **ARRAYS), 1000)
    assert found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)
    assert read_arrays(archive_of(write, **ARRAYS), 1000, ["b"]).keys() == {"b"}


def test_a_bomb_is_refused_before_it_is_unpacked():
    bomb = archive_of(a=np.zeros(100_000_000, np.uint8))
    assert len(bomb.getvalue()) < 200_000
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"unpacks to 100,000,128 bytes; expected at most 2,024"):
        read_arrays(bomb, 1000)
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    "file",
    [
        zip_of(header_of("(1000000000000,)") + bytes(400)),
        zip_of(header_of("(-1,)") + bytes(4)),
        zip_of(header_of("(-1, -1)") + bytes(4)),
        zip_of(header_of("(1,)") + bytes(4000)),
        zip_of(header_of("(1,)", "|O") + bytes(8)),
        zip_of(header_of("(1,)") + bytes(4), zipfile.ZIP_LZMA),
        zip_of(b"no array"),
        archive_of(b=np.zeros(1)),
        io.BytesIO(b"no archive"),
        io.BytesIO(),
    ],
)
def test_what_is_no_such_array_is_an_error(file):
    with pytest.raises((ValueError, zipfile.BadZipFile)):
        read_arrays(file, 10_000, ["a"])


def test_a_directory_that_names_too_small_a_size_is_an_error():
    content = archive_of(a=np.zeros(1000, np.uint8)).getvalue()
    size = (1000 + 128).to_bytes(4, "little")
    assert content.count(size) >= 1
    with pytest.raises((ValueError, zipfile.BadZipFile)):
        read_arrays(io.BytesIO(content.replace(size, (200).to_bytes(4, "little"))), 1000)
