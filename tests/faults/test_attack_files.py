"""The attack with files, with small counts; docs/hostile-files.md has the figures of a long one."""

import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "attack_files.py"


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "count"), [("inputs", 150), ("models", 3), ("cache", 150), ("folders", 8)])
def test_no_input_is_a_traceback_a_death_or_a_wrong_result(kind, count):
    done = subprocess.run(
        [sys.executable, str(TOOL), "--count", f"{kind}={count}", "--seed", "3"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    heading, row = done.stdout.splitlines()
    assert (row.split()[0], row.split()[1]) == (kind, str(count)), heading
