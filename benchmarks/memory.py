"""Memory of this process; a separate module, so that measured child processes import nothing else."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def resident() -> tuple[int, str]:
    """Return the bytes in memory, and whether they are the current value (Linux) or the peak so far."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE"), "now"
    except OSError:
        import resource  # not on Windows

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak * (1 if sys.platform == "darwin" else 1024), "peak"
