"""Messages for errors that end a training, in one line, with a remedy for the user."""

from __future__ import annotations

import errno
from pathlib import Path

from mnist_gui.runs.record import PARTIAL_PREFIX, RunError

NO_SPACE = "No space left on device"
# By name, so that TensorFlow and PyTorch need not be imported.
_MEMORY_ERRORS = ("MemoryError", "ResourceExhaustedError", "OutOfMemoryError")
MAX_REASON_LENGTH = 160  # characters; messages of compilers can be pages long


def error_message(error: BaseException, folder: Path, what: str = "The training failed") -> str:
    """Return the cause of an error and how to correct it.

    Parameters
    ----------
    folder
        Folder of the run.
    what
        Introduction for errors that have no message of their own.
    """
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    if not folder.is_dir():
        return f"The run's folder was moved or deleted while it trained ({folder}); put it back to resume the run."
    if isinstance(error, RunError):
        return first
    # TensorFlow raises the same error for a full disk as for exhausted memory.
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or NO_SPACE in str(error):
        return f"The disk is full ({NO_SPACE}). Make room and resume the run; its complete epochs are kept."
    if type(error).__name__ in _MEMORY_ERRORS:
        return "The memory ran out. Close other programs or choose a smaller batch size."
    if isinstance(error, OSError) and error.strerror:
        where = f" ({Path(error.filename).name.removeprefix(PARTIAL_PREFIX)})" if error.filename else ""
        return f"The run could not be written: {error.strerror}{where}. Its complete epochs are kept."
    if len(first) > MAX_REASON_LENGTH:
        first = first[:MAX_REASON_LENGTH].rstrip() + "…"
    return f"{what}: {first} ({type(error).__name__})."
