"""Sessions of ONNX Runtime as this program uses them."""

from __future__ import annotations

from typing import Any


def open_session(content: bytes, *, threads: int = 2) -> Any:  # noqa: ANN401 - ONNX Runtime has no types
    """Return the session of an ONNX model on the processor; raise what ONNX Runtime raises, which is of many types.

    Its threads sleep while they wait: on two cores, a model that spins is twice as slow.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
