"""Files of any origin run no code, reach nothing outside, need little memory, and end in a sentence."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mnist_gui.models.importing import child_process
from mnist_gui.models.importing.model_file import ModelFileError
from mnist_gui.models.importing.model_import import CHILD_MODULE, ENVIRONMENT
from mnist_gui.models.layers import NetworkError
from mnist_gui.models.limited_process import child_command, child_environment
from tests.models.importing.hostile_code import CANARY
from tests.models.importing.hostile_files import HOSTILE
from tests.models.importing.hostile_hdf5 import hdf5, write_outside
from tests.models.importing.hostile_keras import DENSE, INPUT, archive, sequential
from tests.models.importing.hostile_onnx import onnx_model

MOST_BYTES = 10**9
FRAMES, LABELS = np.zeros((10, 28, 28), np.float32), np.zeros(10, np.uint8)

# Runs a command and prints the peak of its memory in KiB. A process of its own: until it runs another program, a child
# counts the memory of its parent as its own, and that of the tests is large.
WITH_PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


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


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not hold this limit")
@pytest.mark.parametrize(
    "name",
    [
        "bomb in the configuration", "bomb in the weights", "bomb in HDF5", "a terabyte that was never written",
        "large chunk", "constant without end", "concatenation that doubles", "sums of rows and columns", "wide layers",
    ],
)  # fmt: skip
def test_process_that_reads_a_bomb_stays_below_a_gigabyte(name, tmp_path):
    make, said = HOSTILE[name]
    (tmp_path / "model").write_bytes(make())
    command = [sys.executable, "-c", WITH_PEAK, *child_command(CHILD_MODULE)]
    with (tmp_path / "model").open("rb") as file:
        ended = subprocess.run(
            command, stdin=file, stdout=subprocess.PIPE, env=child_environment(**ENVIRONMENT), check=True
        )
    *_, last, peak = ended.stdout.splitlines()
    assert re.search(said, json.loads(last)["problem"])
    assert int(peak) * 1024 < MOST_BYTES, f"{name} took {int(peak) / 1024:.0f} MB"


CHANGES = """
import sys
import numpy as np
from mnist_gui.models.importing import child_process
from mnist_gui.models.importing.model_file import ModelFileError
from mnist_gui.models.layers import NetworkError
from tests.models.importing.test_hostile_files import USUAL
content, rng = USUAL[sys.argv[1]](), np.random.default_rng(4)
frames, labels = rng.random((10, 28, 28), np.float32), np.arange(10, dtype=np.uint8)
refused = 0
for place in rng.integers(0, len(content), 30):
    changed = bytearray(content)
    changed[place] ^= 1 << int(rng.integers(8))
    try:
        child_process.read_and_try(bytes(changed), frames, labels, lambda done: None)
    except (ModelFileError, NetworkError):
        refused += 1
    except Exception:  # which the process turns into a sentence
        refused += 1
print("refused", refused)
"""
USUAL = {"keras": lambda: archive(sequential(INPUT, DENSE)), "hdf5": hdf5, "onnx": onnx_model}


@pytest.mark.slow
@pytest.mark.parametrize("format", USUAL)
def test_no_change_of_one_byte_ends_the_process(format):
    ended = subprocess.run(
        [sys.executable, "-c", CHANGES, format],
        capture_output=True,
        text=True,
        env=child_environment(**ENVIRONMENT),
        cwd=Path(__file__).parents[3],
        check=False,
    )
    assert ended.stdout.startswith("refused"), ended.stderr[-500:]
