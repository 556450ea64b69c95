"""Executes the given command, so that the kernel kills it when its parent dies: `child.py PARENT_PID COMMAND...`.

Rules: run as `python -I -S child.py`, so that its start takes ten milliseconds and imports no module of NMS. The
kernel keeps the setting over exec, and kills the command even if the parent is killed with SIGKILL.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Set the parent-death signal, then execute the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:  # the parent died before the signal was set
        sys.exit(0)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
