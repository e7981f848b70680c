"""How much memory the process holds."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

_MEGABYTE = 1024 * 1024
_KILOBYTE = 1024
_STATM = Path("/proc/self/statm")


def measure_resident_mb() -> float:
    """Return the megabytes that the process holds now.

    Where the system does not tell (outside Linux), the most that it ever held.
    """
    try:
        pages = int(_STATM.read_text().split()[1])
    except FileNotFoundError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        # macOS counts bytes, all others kilobytes.
        return peak / _MEGABYTE if sys.platform == "darwin" else peak * _KILOBYTE / _MEGABYTE
    return pages * resource.getpagesize() / _MEGABYTE
