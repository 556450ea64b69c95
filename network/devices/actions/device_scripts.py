"""The parts of a POSIX shell that run on a device. All are constants; what varies reaches them as arguments.

One process on the device, the *worker*, carries out an action from its start to its end: it checks, waits, applies,
waits for a confirmation, and undoes. It is the dead-man as well, so a late confirmation and the end of the time can
never happen both. The manager only sends it words through a pipe (`go`, `keep`, `back`) and reads its state. So it
does not matter when the manager dies.

Rules
1. The state is the name of one file, `is.STATE`, and a change of state is a rename: atomic, also on a full disk.
2. The worker holds a lock as long as it lives. The kernel releases it, so nobody mistakes a dead worker for a live one.
3. No part ends the shell that reads it: all runs in a subshell without input.
4. A step runs with a limit of time. Its output is kept apart and never read by a shell.
"""

from __future__ import annotations

ROOT = "/run/nms-actions"
"""Lost with a restart of the device, as is all that the actions change."""
DURABLE_ROOT = "/var/lib/nms-actions"
"""For the actions that restart the device."""
RECORDS_KEPT = 20
"""Finished actions whose record stays on a device, the newest."""

COMMON = r"""
PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin
export PATH
nap() { sleep 0.02 2>/dev/null || sleep 1; }

# Read the state. A rename while the directory is read can hide it, so look again.
look() {
  state=absent
  for attempt in 1 2 3 4 5; do
    [ -d "$here" ] || return 0
    for file in "$here"/is.*; do [ ! -e "$file" ] || state=${file##*/is.}; done
    [ "$state" = absent ] || return 0
  done
}
turn() { [ "$state" = "$1" ] || { mv -f "$here/is.$state" "$here/is.$1" && state=$1; }; }

# The time at which process $1 started, in clock ticks since the boot; nothing if there is no such process or it ended.
started() {
  { read -r line < "/proc/$1/stat"; } 2>/dev/null || return 0
  line=${line##*) }
  set -f; set -- $line; set +f
  [ "$1" = Z ] || echo "${20}"
}
boot() { read -r line < /proc/sys/kernel/random/boot_id; echo "$line-$(started 1)"; }
"""

WORKER = r"""
# $1: `new` or `undo`. $2: the directory of the journal. new: $3 directory of records, $4 name of the record,
# $5 seconds of the dead-man, $6 records to keep. undo: $3 why (`asked`, `late` or `failed`).
umask 022
mode=$1 here=$2
cd / || exit 1
trap : HUP INT TERM PIPE

bounded() {
  limit=$1; shift
  case $1 in
    nms_*) "$@" ;;
    *) timeout -k 2 "$limit" "$@" ;;
  esac
}
program() { bounded "$@" </dev/null >"$here/out" 2>&1 3>&- 9>&-; }

# The lines of `checks`, `todo` and `back` are calls of these three. $1: number of the step, $2: its limit in seconds.
check() {
  [ -z "$failed" ] || return 0
  shift
  program "$@" || failed=1
}
step() {
  [ -z "$failed" ] || return 0
  turn "applying.$1" || { failed=1; return 0; }
  shift
  program "$@" || failed=1
}
back() {
  [ "$1" -le "$at" ] || return 0
  turn "undoing.$why.$1"
  number=$1
  shift
  bounded "$@" </dev/null >"$here/out.undo" 2>&1 3>&- 9>&- && return 0
  [ "$number" = "$last" ] || { bad=1; cp -f "$here/out.undo" "$here/bad"; }
}

tidy() { . "$here/clean"; } >/dev/null 2>&1

# Undo the steps that were begun, the last one first. Of the step `last` it is not known whether it took effect, so what
# undoes it may fail. $1: why.
undo() {
  why=$1
  at=${state##*.}
  last=
  case $state in
    applying.*) last=$at ;;
    undoing.*) why=${state#undoing.}; why=${why%%.*}; last=$at ;;
    stuck.*) ;;
    *) at=999999 ;;
  esac
  from=$at
  turn "undoing.$why.$at"
  bad=
  . "$here/back"
  tidy
  if [ -n "$bad" ]; then turn "stuck.$why.$from"; return; fi
  case $why in
    failed) turn "failed.$from" ;;
    late) turn expired ;;
    *) turn undone ;;
  esac
}

apply() {
  failed=
  . "$here/todo"
  if [ -n "$failed" ]; then undo failed; return; fi
  tidy
  turn applied
}

# After the seconds $2 the word `late.$1` arrives in the pipe.
clock() {
  (
    exec 9>&-
    trap 'kill "$nap" 2>/dev/null; exit' TERM
    sleep "$2" 3>&- & nap=$!
    wait "$nap"
    echo "late.$1" >&3
  ) &
  timer=$!
}
silence() { kill "$timer" 2>/dev/null; wait "$timer" 2>/dev/null; }

# Keep the newest records only, and remove what was never armed.
prune() {
  kept=0
  ls -1t "$1" | while read -r name; do
    for file in "$1/$name"/is.*; do
      case ${file##*/is.} in
        kept | undone | failed.* | expired | stuck.*) kept=$((kept + 1)) ;;
        *) continue ;;
      esac
      [ "$kept" -lt "$2" ] || rm -rf -- "$1/$name"
    done
  done
  find "$1" -maxdepth 1 -name '.new.*' -mmin +10 -exec rm -rf {} +
}

finish() {
  case $state in
    kept | stuck.*) ;;
    *) rm -f "$here"/old.* "$here"/none.* "$here/back" "$here/clean" "$here/worker" ;;
  esac
  rm -f "$here"/new.* "$here/todo" "$here/checks" "$here/wake"
}

refuse() { tidy; [ -z "$timer" ] || silence; turn "refused.$1"; exit; }

claim() {
  exec 8<>"$1/.lock" && flock -w 5 8 || refuse busy
  [ ! -e "$1/$2" ] || refuse taken
  prune "$1" "$3"
  mv "$here" "$1/$2" || refuse unwritable
  here=$1/$2
  exec 8>&-
}

timer=
state=new
exec 9<>"$here/lock" && flock -w 1 9 || exit 1
if [ "$mode" = undo ]; then
  look
  case $state in applied | kept | applying.* | undoing.* | stuck.*) undo "$3" ;; armed) tidy; turn undone ;; esac
  finish
  exit
fi
exec 3<>"$here/wake" || exit 1
failed=
. "$here/checks"
[ -z "$failed" ] || refuse check
clock 0 "$5"
turn armed
claim "$3" "$4" "$6"
turns=0
while :; do
  read -r word <&3 || { nap; continue; }
  case $state/$word in
    armed/go)
      apply
      [ "$state" = applied ] || break
      silence
      turns=1
      clock 1 "$5"
      ;;
    armed/late.0) tidy; turn expired; break ;;
    armed/back) tidy; turn undone; break ;;
    applied/keep) turn kept; break ;;
    applied/late.$turns) undo late; break ;;
    applied/back) undo asked; break ;;
  esac
done
silence
finish
"""

# What the manager runs. Each answers with `@ STATE ALIVE DIGEST` and the output of the last step.
# ALIVE: 1 if the worker lives.

REPORT = r"""
alive() { ! flock -n -s "$here/lock" true; }
report() {
  look
  digest=
  [ "$state" = absent ] || read -r digest < "$here/digest" || :
  living=0
  if [ "$state" != absent ] && alive; then living=1; fi
  look
  printf '@ %s %s %s\n' "$state" "$living" "$digest"
  case $state in
    absent) ;;
    stuck.*) tail -c 400 "$here/bad" ;;
    *) tail -c 400 "$here/out" ;;
  esac
}
same() { [ "$(readlink "/proc/1/ns/$1")" = "$(readlink "/proc/self/ns/$1")" ]; }

# Start the worker $2 and what follows, so that it outlives this connection. With systemd the session of a user may end
# with all its processes, so a unit of its own is needed; $1: its name. A systemd of other namespaces is not ours.
launch() {
  unit=$1; shift
  if [ -d /run/systemd/system ] && same mnt && same net && same pid; then
    systemd-run --quiet --collect --unit="$unit" --property=KillMode=process sh "$@" >/dev/null 2>&1
  else
    setsid sh "$@" </dev/null >/dev/null 2>&1 &
  fi
}
"""

ARM = r"""
# $1 directory of records, $2 name, $3 seconds of the dead-man, $4 digest, $5 records to keep, $6 naps to wait,
# $7 worker, $8 todo, $9 back, then checks, clean, 1 if it restarts the device, the number of texts, the texts, the
# programs that are needed.
root=$1 name=$2 seconds=$3 digest=$4 records=$5 naps=$6
umask 077
answer() { printf '@ refused.%s 0 %s\n' "$1" "$digest"; [ $# -lt 2 ] || printf '%s\n' "$2"; exit; }
[ "$(id -u)" = 0 ] || answer not-root
here=$root/$name
if [ -e "$here" ]; then report; exit; fi
made=$(mkdir -p -m 700 -- "$root" 2>&1) || answer unwritable "$made"
[ ! -L "$root" ] && [ -O "$root" ] && chmod 700 "$root" || answer unwritable "$root is not a directory of root"
here=$(mktemp -d "$root/.new.$name.XXXXXX" 2>&1) || answer unwritable "$here"
drop() { rm -rf -- "$here"; answer "$@"; }
put() { printf '%s' "$2" > "$here/$1"; }
{
  put worker "$7" && put todo "$8" && put back "$9" && shift 9 &&
  put checks "$1" && put clean "$2" && restarts=$3 && texts=$4 &&
  put digest "$digest" && put lock "" && put out "" && put out.undo "" && put bad "" && put is.new "" && shift 4
} 2>/dev/null || drop full
[ "$restarts" = 0 ] || put boot "$(boot)" || drop full
number=0
while [ "$number" -lt "$texts" ]; do
  put "new.$number" "$1" 2>/dev/null || drop full
  number=$((number + 1)); shift
done
for tool in timeout flock setsid mkfifo cmp find tail "$@"; do
  command -v "$tool" >/dev/null || drop no-tool "$tool"
done
mkfifo "$here/wake" || drop unwritable
launch "nms-action-$name" "$here/worker" new "$here" "$root" "$name" "$seconds" "$records" || drop not-started
while [ "$naps" -gt 0 ]; do
  if [ ! -e "$here" ]; then here=$root/$name; report; exit; fi
  look
  case $state in
    refused.taken) rm -rf -- "$here"; here=$root/$name; report; exit ;;
    refused.*) text=$(tail -c 400 "$here/out"); drop "${state#refused.}" "$text" ;;
  esac
  nap
  naps=$((naps - 1))
done
answer slow
"""

SEND = r"""
# $1 directory of records, $2 name, $3 word (`go`, `keep`, `back`; `settle`: only end what a worker
# that died left behind), $4 naps to wait.
here=$1/$2 word=$3 naps=$4
busy() {
  look
  case $word/$state in
    go/armed | keep/applied | back/armed | back/applied | */applying.* | */undoing.*) return 0 ;;
    back/kept | back/stuck.*) [ -n "$launched" ] ;;
    *) return 1 ;;
  esac
}
launched=
# A restart of the device ends the worker that asked for it.
if [ -e "$here/boot" ] && [ "$(cat "$here/boot")" != "$(boot)" ]; then
  look
  case $state in applying.* | applied) turn kept ;; esac
fi
if [ -d "$here" ]; then
  look
  if alive; then
    [ ! -p "$here/wake" ] || printf '%s\n' "$word" 1<>"$here/wake"
  else
    case $word/$state in
      keep/applied) flock -n "$here/lock" mv "$here/is.applied" "$here/is.kept" ;;
      back/kept | back/stuck.* | back/applied | back/armed | */applying.* | */undoing.*)
        case $state in applying.*) why=failed ;; *) why=asked ;; esac
        launch "nms-action-$2-undo" "$here/worker" undo "$here" "$why"
        launched=1
        nap
        ;;
    esac
  fi
  idle=0
  while [ "$naps" -gt 0 ] && [ "$idle" -lt 25 ] && busy; do
    alive || idle=$((idle + 1))
    nap
    naps=$((naps - 1))
  done
fi
report
"""
