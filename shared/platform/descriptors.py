"""Raises the limit of open files and connections of this process, as far as the system permits."""

from __future__ import annotations

import contextlib
import resource

WANTED = 16_384
"""The connections of every kind are limited to fewer than this, so a higher limit is of no use."""


def raise_limit() -> int:
    """Return the limit in force."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return soft
    with contextlib.suppress(OSError, ValueError):  # some systems refuse the hard limit that they report
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
