"""What a step may use beside the programs of a device: functions of a POSIX shell that read arguments only."""

from __future__ import annotations

ROUTING_LINES = r"""
routing_lines() { timeout 20 vtysh -c "show running-config" | grep -v -e '^!' -e '^Building' -e '^Current' | sort; }
"""
"""The running configuration of routing, so that equal configurations give equal texts."""

VERBS = r"""
here_too() { [ "$(readlink "/proc/$1/ns/net")" = "$(readlink /proc/self/ns/net)" ]; }

# Stop processes; $1: tenths of a second until KILL, then for each its id, its start and its name. One that is gone, or
# whose id another process has by now, is left alone.
nms_stop() {
  patience=$1; shift
  kill_all TERM "$@" || return 1
  wait_all "$patience" "$@" && return 0
  kill_all KILL "$@" || return 1
  wait_all 20 "$@" || { echo "a process survives KILL"; return 1; }
}
kill_all() {
  signal=$1; shift
  while [ $# -gt 2 ]; do
    if [ "$(started "$1")" = "$2" ]; then
      { read -r name < "/proc/$1/comm"; } 2>/dev/null || name=
      [ "$name" = "$3" ] || { echo "process $1 has another name by now"; return 1; }
      kill "-$signal" "$1" 2>/dev/null || [ "$(started "$1")" != "$2" ] || { echo "cannot stop $1"; return 1; }
    fi
    shift 3
  done
}
wait_all() {
  left=$1; shift
  while [ $# -gt 2 ]; do
    while [ "$(started "$1")" = "$2" ]; do
      [ "$left" -gt 0 ] || return 1
      sleep 0.1; left=$((left - 1))
    done
    shift 3
  done
}

# Stop all processes with the name $1; $2: tenths of a second until KILL.
nms_stop_named() {
  wanted=$1 patience=$2
  set --
  for pid in $(named "$wanted"); do
    since=$(started "$pid")
    [ -z "$since" ] || set -- "$@" "$pid" "$since" "$wanted"
  done
  nms_stop "$patience" "$@"
}

# Send the signal $1 to the processes with the name $2 whose parent has another name.
nms_signal() {
  sent=
  for pid in $(named "$2"); do
    parent=$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$pid/status")
    name=
    { read -r name < "/proc/$parent/comm"; } 2>/dev/null
    [ "$name" = "$2" ] || { kill "-$1" "$pid" && sent=1; }
  done
  [ -n "$sent" ] || { echo "$2 does not run"; return 1; }
}

# The ids of the processes of this device with the name $1.
named() {
  for comm in /proc/[0-9]*/comm; do
    { read -r name < "$comm"; } 2>/dev/null || continue
    [ "$name" = "$1" ] || continue
    pid=${comm%/comm} pid=${pid#/proc/}
    if [ -n "$(started "$pid")" ] && here_too "$pid"; then echo "$pid"; fi
  done
}
runs() { [ -n "$(named "$1")" ]; }

# Wait at most $1 tenths of a second until processes with all the other names run.
nms_until_run() {
  left=$1; shift
  for wanted do
    until runs "$wanted"; do
      [ "$left" -gt 0 ] || { echo "$wanted does not run"; return 1; }
      sleep 0.1; left=$((left - 1))
    done
  done
}

# Start a service unless it runs; $1: the name of its process, $2: tenths of a second to wait for it, then the words. It
# is started apart from the worker, so it may stay in the foreground.
nms_start() {
  wanted=$1 patience=$2; shift 2
  runs "$wanted" && return 0
  setsid "$@" </dev/null >/dev/null 2>&1 &
  child=$!
  until runs "$wanted"; do
    if [ -n "$child" ] && ! kill -0 "$child" 2>/dev/null; then
      wait "$child" || { echo "the words that start $wanted fail"; return 1; }
      child=
    fi
    [ "$patience" -gt 0 ] || { echo "$wanted does not run"; return 1; }
    sleep 0.1; patience=$((patience - 1))
  done
  sleep 0.3
  runs "$wanted" || { echo "$wanted ended at once"; return 1; }
}

# Run words, and accept that they fail: what they would remove may be gone.
nms_try() { bounded "$limit" "$@" || :; }

# Write text number $1 of the action beside the file $2, as $3, with the owner and the mode of the file; keep a copy of
# the file.
nms_stage() {
  if [ -e "$2" ]; then
    [ -f "$2" ] || { echo "$2 is not a regular file"; return 1; }
    cp -p -- "$2" "$here/old.$1" || return 1
    cp -p -- "$2" "$3" || return 1
  else
    : > "$here/none.$1"; : > "$3" || return 1
    chmod 644 "$3" || return 1
  fi
  cat -- "$here/new.$1" > "$3" || return 1
  cmp -s -- "$here/new.$1" "$3" || { echo "the file system of $2 is full"; return 1; }
}

# Move the file $1 to $2. In place if a rename is impossible (a mount) or would replace a link.
move() {
  if [ ! -L "$2" ] && mv -f -- "$1" "$2" 2>/dev/null; then return 0; fi
  cat -- "$1" > "$2" && cmp -s -- "$1" "$2" && rm -f -- "$1"
}

# Make the staged file $2 the file $1.
nms_put() { move "$2" "$1"; }

# Give the file $2 back what it was before, with $3 as a temporary file; $1: its number in the action. Its time is new,
# since a program may read only a file that is newer than what it has read.
nms_put_back() {
  if [ -e "$here/none.$1" ]; then rm -f -- "$2"; return; fi
  cp -p -- "$here/old.$1" "$3" && touch -- "$3" && move "$3" "$2"
}

# Succeed if the file $2 has the SHA-256 $1; `none`: if there is no such file.
nms_expect() {
  if [ "$1" = none ]; then [ ! -e "$2" ] || { echo "there is a file $2 now"; return 1; }; return; fi
  found=$(sha256sum < "$2") || return 1
  [ "${found%% *}" = "$1" ] || { echo "$2 has changed since the plan"; return 1; }
}

# Succeed if the lines of the running configuration have the SHA-256 $1.
nms_expect_routing() {
  found=$(routing_lines | sha256sum)
  [ "${found%% *}" = "$1" ] || { echo "the configuration of routing has changed since the plan"; return 1; }
}

# Keep the configuration of routing as it runs now, and later succeed if it is the same.
nms_keep_routing() { routing_lines > "$here/old.routing" && [ -s "$here/old.routing" ]; }
nms_same_routing() {
  routing_lines > "$here/out.routing"
  cmp -s "$here/old.routing" "$here/out.routing" && return 0
  echo "the configuration of routing is not as it was"
  diff "$here/old.routing" "$here/out.routing" | head -n 5
  return 1
}

# Undo all lines of routing at once. If that fails, undo them one by one, and accept that some were not set.
nms_all_back() { rm -f "$here/all.back"; bounded "$limit" "$@" && : > "$here/all.back"; return 0; }
nms_one_back() { [ -e "$here/all.back" ] || nms_try "$@"; }

# Keep a copy of the file $2 as number $1, before a program of the device changes it.
nms_keep() { if [ -e "$2" ]; then cp -p -- "$2" "$here/old.$1"; else : > "$here/none.$1"; fi; }
"""
