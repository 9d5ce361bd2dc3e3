"""Peak memory of this process; a separate module, so that child processes import nothing else."""

from __future__ import annotations

import sys
from pathlib import Path


def peak_memory() -> int:
    """Return the peak resident size in bytes; not on Windows."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
    except OSError:
        import resource  # not on Windows

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak * (1 if sys.platform == "darwin" else 1024)
