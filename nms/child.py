"""Executes a command that the kernel of Linux kills as soon as its parent dies: `child.py PARENT_PID COMMAND...`.

Rules: run this file as `python -I -S child.py`, so that it starts within ten milliseconds and imports no module of NMS.
The request to the kernel outlasts the exec, and holds even if the parent is killed with SIGKILL. On other systems the
command outlives its parent.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:  # the parent died before the kernel was asked
        sys.exit(0)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
