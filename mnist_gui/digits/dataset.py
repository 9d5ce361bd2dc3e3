"""MNIST as read-only arrays with verified checksums."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_gui.files import open_regular
from mnist_gui.npz import read_arrays
from mnist_gui.paths import resources_folder

FRAME_SIDE = 28
CLASSES = 10

# SHA-256 of the four original IDX files, uncompressed, as published by LeCun, Cortes and Burges.
IDX_SHA256 = {
    "x_train": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "y_train": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "x_test": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "y_test": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
_MAX_BYTES = 70_000 * (FRAME_SIDE**2 + 1)
# Identifies MNIST in runs and caches.
MNIST_CHECKSUM = hashlib.sha256("".join(IDX_SHA256.values()).encode()).hexdigest()


class DatasetError(RuntimeError):
    """The data set is missing or is not the expected one."""


@dataclass(frozen=True)
class Split:
    """Images and their labels.

    Attributes
    ----------
    images
        (N, 28, 28) uint8, 0 to 255, white ink on black; read-only.
    labels
        (N,) uint8, 0 to 9; read-only.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: slice | NDArray[np.intp]) -> Split:
        """Return the rows of a slice or of an array of indices."""
        return Split(self.images[index], self.labels[index])

    def frames(self) -> NDArray[np.float32]:
        """Return the images as (N, 28, 28) float32 in [0, 1], scaled as in the notebook."""
        return np.divide(self.images, 255, dtype=np.float32)


@dataclass(frozen=True)
class Dataset:
    """A training and a test split with a common name and checksum."""

    name: str
    train: Split
    test: Split
    checksum: str


def load_mnist(path: Path | None = None) -> Dataset:
    """Load MNIST and verify every array against the checksum of its original file.

    Parameters
    ----------
    path
        An ``.npz`` file with x_train, y_train, x_test, y_test; default: the one that ships with the program.

    Raises
    ------
    DatasetError
        The file is missing, damaged, or holds other arrays.
    """
    train, test = _splits(path or resources_folder() / "mnist.npz", "train", "test")
    return Dataset("MNIST", train, test, MNIST_CHECKSUM)


def load_mnist_test(path: Path | None = None) -> Split:
    """Load and verify the test split of MNIST only, which takes a seventh of the time of `load_mnist`."""
    (test,) = _splits(path or resources_folder() / "mnist.npz", "test")
    return test


def mnist_test_indices(images: NDArray[np.uint8]) -> list[int]:
    """Return the indices of those of (N, 28, 28) images that are in the test split of MNIST.

    Raises
    ------
    DatasetError
        MNIST is missing or damaged.
    """
    checksums = load_mnist_test_checksums()
    return [index for index, image in enumerate(images) if _image_checksum(image) in checksums]


@cache
def load_mnist_test_checksums() -> frozenset[bytes]:
    """Return the checksums of the images of the test split, see `mnist_test_indices`; the first call takes 0.3 s."""
    return frozenset(map(_image_checksum, load_mnist_test().images))


def _image_checksum(image: NDArray[np.uint8]) -> bytes:
    return hashlib.sha256(image.tobytes()).digest()


def _splits(path: Path, *names: str) -> list[Split]:
    try:
        with open_regular(path) as file:
            arrays = read_arrays(file, _MAX_BYTES, [f"{kind}_{name}" for name in names for kind in "xy"])
        verified = {name: _verified(name, array, path) for name, array in arrays.items()}
        return [Split(verified[f"x_{name}"], verified[f"y_{name}"]) for name in names]
    except DatasetError:
        raise
    except PermissionError as error:
        raise DatasetError(f"MNIST could not be read from {path}: {error.strerror}. Allow this program to.") from error
    except Exception as error:  # zipfile, zlib and NumPy raise different types
        raise DatasetError(f"MNIST could not be read from {path}: {error}. Install the program again.") from error


def _verified(name: str, array: NDArray[np.uint8], path: Path) -> NDArray[np.uint8]:
    """Return the array, contiguous and read-only, if it equals the one of the original IDX file."""
    array = np.ascontiguousarray(array)
    # IDX header: two zero bytes, the code of uint8 (8), the number of dimensions, then each dimension.
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    digest = hashlib.sha256(header)
    digest.update(array.data)
    if array.dtype != np.uint8 or digest.hexdigest() != IDX_SHA256[name]:
        raise DatasetError(
            f"{name} in {path} is not the array of MNIST: its checksum differs. Install the program again."
        )
    array.setflags(write=False)
    return array
