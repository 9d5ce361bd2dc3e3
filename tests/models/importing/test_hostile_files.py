"""Files of any origin run no code, reach nothing outside, need little memory, and end in a sentence."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_gui.models.importing import child_process
from mnist_gui.models.importing.model_file import ModelFileError
from mnist_gui.models.layers import NetworkError
from tests.models.importing.hostile_files import CANARY, HOSTILE, write_outside

FRAMES, LABELS = np.zeros((10, 28, 28), np.float32), np.zeros(10, np.uint8)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_is_refused_with_a_sentence_and_runs_nothing(name, tmp_path, monkeypatch):
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    for place in (tmp_path, folder):
        write_outside(place)
    make, said = HOSTILE[name]
    with pytest.raises((ModelFileError, NetworkError), match=said) as refused:
        child_process.read_and_try(make(), FRAMES, LABELS, lambda done: None)
    sentence = str(refused.value)
    assert sentence.isascii() and sentence.isprintable() and sentence.endswith(".") and len(sentence) < 900
    assert not list(tmp_path.rglob(CANARY))
