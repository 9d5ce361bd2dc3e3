"""Reading of drawings and pictures; what they hold is tested with `mnist-gui predict`."""

import os

import pytest

from mnist_gui.digits.input_files import read_input


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are POSIX")
@pytest.mark.parametrize("suffix", ["json", "jsonl", "png"])
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path, suffix):
    path = tmp_path / f"pipe.{suffix}"
    os.mkfifo(path)
    (item,) = read_input(str(path))
    assert item.content is None
    assert "not a regular file" in item.problem or "is not a file" in item.problem


@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_a_folder_is_called_so(tmp_path, suffix):
    (tmp_path / f"folder.{suffix}").mkdir()
    (item,) = read_input(str(tmp_path / f"folder.{suffix}"))
    assert item.content is None
    assert "directory" in item.problem.lower() or os.name == "nt"
