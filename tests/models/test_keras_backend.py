"""What TensorFlow writes to standard error while it is imported."""

import os
import subprocess
import sys

import pytest

from mnist_gui.models.keras_backend import _without_chatter

CHATTER = """\
WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795795639.875407   24040 port.cc:153] oneDNN custom operations are on. You may see slightly different results.
I0000 00:00:1795795639.875905   24040 cudart_stub.cc:31] Could not find cuda drivers on your machine, GPU will not be used.
W0000 00:00:1795795639.875905   24040 computation_placer.cc:177] computation placer already registered.
E0000 00:00:1795795639.875905   24040 cuda_dnn.cc:8579] Unable to register cuDNN factory: Attempting to register factory
2026-11-27 16:05:00.123456: I tensorflow/core/platform/cpu_feature_guard.cc:210] This TensorFlow binary is optimized
To enable the following instructions: AVX2 FMA, in other operations, rebuild TensorFlow with the compiler flags.
2026-11-27 16:05:00.123456: W external/local_xla/xla/tsl/framework/cpu_allocator_impl.cc:83] Allocation exceeds 10%

"""  # noqa: E501
ERRORS = """\
E0000 00:00:1795795639.875905   24040 cuda_platform.cc:51] failed call to cuInit: CUDA_ERROR_OUT_OF_MEMORY
F0000 00:00:1795795639.875905   24040 cpu_feature_guard.cc:96] The TensorFlow library was compiled to use AVX.
Traceback (most recent call last):
ImportError: libcuda.so.1: cannot open shared object file
"""


@pytest.mark.parametrize("fails", [False, True])
def test_notes_and_warnings_of_native_code_are_left_out_and_errors_stay(capfd, fails):
    os.write(2, b"before\n")
    try:
        with _without_chatter():
            os.write(2, (CHATTER + ERRORS).encode())
            if fails:
                raise ImportError
    except ImportError:
        assert fails
    os.write(2, b"after\n")
    assert capfd.readouterr().err == f"before\n{ERRORS}after\n"


@pytest.mark.slow
@pytest.mark.parametrize("closed", ["", "2>&-"])
def test_importing_tensorflow_writes_nothing(closed):
    code = "from mnist_gui.models.keras_backend import load_keras; load_keras().ops.zeros(3); print('done')"
    command = [sys.executable, "-c", code]
    if closed:
        if os.name != "posix":
            pytest.skip("closed streams are POSIX")
        command = ["sh", "-c", f'exec "$@" {closed}', "sh", *command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")
