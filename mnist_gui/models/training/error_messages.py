"""What ended a training, as one line that a person can act on."""

from __future__ import annotations

import errno
from pathlib import Path

from mnist_gui.runs.record import PARTIAL_PREFIX, RunError

NO_SPACE = "No space left on device"
# Told by name: TensorFlow and PyTorch are not imported for their exceptions.
_MEMORY_ERRORS = ("MemoryError", "ResourceExhaustedError", "OutOfMemoryError")


MAX_REASON_LENGTH = 160  # characters: compilers' messages run over pages


def error_message(error: BaseException, folder: Path, what: str = "The training failed") -> str:
    """Return what happened and how to mend it.

    Parameters
    ----------
    folder
        Of the run that was trained.
    what
        Failed, where the error itself does not say.
    """
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    if not folder.is_dir():
        return f"The run's folder was moved or deleted while it trained ({folder}); put it back to go on with the run."
    if isinstance(error, RunError):
        return first
    # TensorFlow calls a full disk an exhausted resource, as it calls memory.
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or NO_SPACE in str(error):
        return f"The disk is full ({NO_SPACE}). Make room and go on with the run; its whole epochs are kept."
    if type(error).__name__ in _MEMORY_ERRORS:
        return "The memory ran out. Close other programs or choose a smaller batch size."
    if isinstance(error, OSError) and error.strerror:
        where = f" ({Path(error.filename).name.removeprefix(PARTIAL_PREFIX)})" if error.filename else ""
        return f"The run could not be written: {error.strerror}{where}. Its whole epochs are kept."
    if len(first) > MAX_REASON_LENGTH:
        first = first[:MAX_REASON_LENGTH].rstrip() + "…"
    return f"{what}: {first} ({type(error).__name__})."
