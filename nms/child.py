"""Becomes the given command, and is killed by the kernel when its parent dies: `child.py PARENT_PID COMMAND...`.

Rules: run as `python -I -S child.py`, so that it costs ten milliseconds and imports nothing of ours. The kernel's
promise is kept over exec, and it holds even where the parent is killed with SIGKILL.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask for the parent's death to be ours, then become the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        sys.exit(0)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
