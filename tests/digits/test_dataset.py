import os

import numpy as np
import pytest

from mnist_gui.digits.dataset import DatasetError, load_mnist
from mnist_gui.paths import resources_folder


@pytest.fixture(scope="module")
def mnist():
    return load_mnist()


def test_the_shipped_arrays_are_mnist(mnist):
    assert mnist.train.images.shape == (60_000, 28, 28)
    assert mnist.test.images.shape == (10_000, 28, 28)
    assert mnist.train.images.dtype == mnist.test.labels.dtype == np.uint8
    assert np.bincount(mnist.test.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_arrays_cannot_be_changed_by_accident(mnist):
    with pytest.raises(ValueError, match="read-only"):
        mnist.train.images[0, 0, 0] = 1


def test_frames_are_scaled_as_the_notebook_scales_them(mnist):
    frames = mnist.test[:10].frames()
    assert frames.dtype == np.float32
    assert np.array_equal(frames, mnist.test.images[:10].astype("float32") / 255)


def test_altered_data_is_refused(tmp_path, mnist):
    images = mnist.test.images.copy()
    images[0, 0, 0] ^= 1
    path = tmp_path / "altered.npz"
    np.savez(
        path,
        x_train=mnist.train.images,
        y_train=mnist.train.labels,
        x_test=images,
        y_test=mnist.test.labels,
    )
    with pytest.raises(DatasetError, match=r"x_test in .* is not the array of MNIST"):
        load_mnist(path)


@pytest.mark.parametrize("length", [0, 100, 1_000_000])
def test_a_cut_file_is_refused_with_a_sentence(tmp_path, length):
    path = tmp_path / "cut.npz"
    path.write_bytes((resources_folder() / "mnist.npz").read_bytes()[:length])
    with pytest.raises(DatasetError, match=r"could not be read from .*cut\.npz"):
        load_mnist(path)


def test_a_missing_file_is_refused_with_a_sentence(tmp_path):
    with pytest.raises(DatasetError, match="Install the program again"):
        load_mnist(tmp_path / "none.npz")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    path = tmp_path / "pipe.npz"
    os.mkfifo(path)
    with pytest.raises(DatasetError, match="not a regular file"):
        load_mnist(path)
