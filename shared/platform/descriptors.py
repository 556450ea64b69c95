"""The process's limit of open files and connections, raised at its start as far as the system lets it."""

from __future__ import annotations

import contextlib
import resource

WANTED = 16_384
"""More is of no use: every connection has a bound that is lower."""


def raise_limit() -> int:
    """Raise the soft limit towards the hard one; return what it is now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return soft
    with contextlib.suppress(OSError, ValueError):  # a system may forbid what it names as its limit
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
