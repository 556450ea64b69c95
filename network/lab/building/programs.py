"""How a node starts its programs: a small script in the node, and a folder for each program of the plan.

Rules

1. `/run/lab/start NAME` starts a program as it was started at first. It is to the manager what `systemctl start
   NAME` is elsewhere. A program that runs is left alone, and nothing restarts a program that ends.
2. No line for a shell is made from a plan. The words of a program are in a file, each with a zero byte at its end, and
   `xargs -0` runs them.
3. A program that ends by itself (`once`) runs again after one that it comes after was started: it configures that one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from network.lab.errors import LabError
from network.lab.plan import LabProgram

FOLDER = "/run/lab"
START, RESTART = f"{FOLDER}/start", f"{FOLDER}/restart"
ALL = "--all"
ROUTING = "frr"
"""The group of a router's daemons, which start together. One that starts alone loses what the others know."""
ROUTING_FOLDER = PurePosixPath("/usr/lib/frr")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
READY_WITHIN = 60
"""Seconds until a program that forks has to be ready, or one that ends has to end."""
END_WITHIN = 5
"""Seconds that a program has to end by itself before it is killed."""
LONGEST_COMMAND_NAME = 15
"""The kernel cuts the name of a process to this many characters."""

START_SCRIPT = f"""#!/bin/sh
# start NAME...: start programs or groups of this node as they were started at first. start {ALL}: all of them.
cd {FOLDER} || exit 1
wanted=" "
every=no
for name in "$@"; do
    case $name in
        {ALL}) every=yes ;;
        */* | .*) echo "start: $name: no such program" >&2; exit 2 ;;
        *)
            if [ -f "groups/$name" ]; then wanted="$wanted$(cat "groups/$name") "
            elif [ -d "programs/$name" ]; then wanted="$wanted$name "
            else echo "start: $name: no such program; there are: $(cat order)" >&2; exit 2; fi ;;
    esac
done
started=" "
failed=0
for name in $(cat order); do
    program=programs/$name
    read -r kind after <"$program/kind"
    case $wanted in *" $name "*) due=yes ;; *) due=$every ;; esac
    if [ $kind = once ]; then
        for before in $after; do
            case $started in *" $before "*) due=yes ;; esac
        done
    elif [ $due = yes ] && [ $every = no ] && xargs -0 -a "$program/match" pgrep >/dev/null; then
        due=no
    fi
    [ $due = yes ] || continue
    if [ $kind = foreground ]; then
        xargs -0 -a "$program/words" setsid --fork </dev/null >>"log/$name" 2>&1
    else
        timeout {READY_WITHIN} xargs -0 -a "$program/words" setsid --wait </dev/null >>"log/$name" 2>&1
    fi
    status=$?
    if [ $status = 0 ]; then started="$started$name "
    else failed=1; echo "$name: status $status: $(tail -n 3 "log/$name")" >&2; fi
done
exit $failed
"""


RESTART_SCRIPT = f"""#!/bin/sh
# restart NAME...: end programs or groups of this node, and start them as they were started at first.
cd {FOLDER} || exit 1
names=" "
for name in "$@"; do
    case $name in */* | .*) echo "restart: $name: no such program" >&2; exit 2 ;; esac
    if [ -f "groups/$name" ]; then names="$names$(cat "groups/$name") "
    elif [ -d "programs/$name" ]; then names="$names$name "
    else echo "restart: $name: no such program; there are: $(cat order)" >&2; exit 2; fi
done
for signal in TERM KILL; do
    for name in $names; do xargs -0 -a "programs/$name/match" pkill -$signal; done
    left={END_WITHIN}0
    while [ $left -gt 0 ]; do
        running=no
        for name in $names; do xargs -0 -a "programs/$name/match" pgrep >/dev/null && running=yes; done
        [ $running = yes ] || break 2
        sleep 0.1
        left=$((left - 1))
    done
done
exec {START} "$@"
"""


def ordered(programs: Iterable[LabProgram]) -> list[LabProgram]:
    """Return the programs so that each comes after those it needs. Raises LabError."""
    waiting, placed = {program.name: program for program in programs}, dict[str, LabProgram]()
    while waiting:
        free = [each for each in waiting.values() if all(name in placed for name in each.after)]
        if not free:
            raise LabError(f"these programs wait for each other, or for one that is missing: {', '.join(waiting)}")
        placed[free[0].name] = waiting.pop(free[0].name)
    return list(placed.values())


def start_files(programs: Sequence[LabProgram]) -> dict[str, str]:
    """Return the text of each file that the script reads, by its path. `programs`: in order."""
    files = {f"{FOLDER}/order": " ".join(program.name for program in programs)}
    for group, names in groups(programs).items():
        files[f"{FOLDER}/groups/{group}"] = " ".join(names)
    for program in programs:
        folder = f"{FOLDER}/programs/{program.name}"
        files |= {
            f"{folder}/kind": " ".join((_kind(program), *program.after)) + "\n",
            f"{folder}/words": _zeroed(_words(program)),
            f"{folder}/match": _zeroed(_match(program, programs)),
        }
    return files


def _kind(program: LabProgram) -> str:
    return "once" if program.once else "forks" if program.forks else "foreground"


def groups(programs: Iterable[LabProgram]) -> Mapping[str, Sequence[str]]:
    routing = [each.name for each in programs if PurePosixPath(each.argv[0]).parent == ROUTING_FOLDER]
    return {ROUTING: routing} if routing else {}


def services(programs: Iterable[LabProgram]) -> Iterator[str]:
    """Yield what can be started by name: programs that stay, and groups."""
    programs = tuple(programs)
    yield from groups(programs)
    yield from (program.name for program in programs if not program.once)


def _words(program: LabProgram) -> Iterator[str]:
    """The program gets no variables of the process that starts it."""
    yield from ("env", "-i", f"PATH={PATH}", "HOME=/root", "LANG=C.UTF-8")
    yield from (f"{name}={value}" for name, value in program.environment.items())
    yield from program.argv


def _match(program: LabProgram, programs: Iterable[LabProgram]) -> Sequence[str]:
    """Return the arguments for `pgrep`, by which a running program is found."""
    if sum(each.process == program.process for each in programs) == 1:
        return ("-x", "--", re.escape(program.process[:LONGEST_COMMAND_NAME]))
    return ("-x", "-f", "--", re.escape(" ".join(program.argv)))


def _zeroed(words: Iterable[str]) -> str:
    return "".join(f"{word}\0" for word in words)
