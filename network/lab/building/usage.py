"""The script of a node that prints what the node uses. SNMP shows its lines in the extension `usage`.

Lines: `cpu_usage_us N`, `cpu_periods N`, `cpu_throttled_periods N`, `cpu_throttled_us N`, `cpu_quota_us N`,
`cpu_period_us N`, `memory_usage_bytes N`, `memory_limit_bytes N`, `memory_anonymous_bytes N`, `oom_kills N`. The same
with both versions of cgroups. -1: no limit. The scripts start no other program, since they run every second.
"""

from __future__ import annotations

from network.lab.building.cgroups import is_unified

_SPLIT = """#!/bin/sh
cd /sys/fs/cgroup || exit 1
read -r ns <cpuacct/cpuacct.usage && echo "cpu_usage_us $((ns / 1000))"
while read -r key value; do
    case $key in
        nr_periods) echo "cpu_periods $value" ;;
        nr_throttled) echo "cpu_throttled_periods $value" ;;
        throttled_time) echo "cpu_throttled_us $((value / 1000))" ;;
    esac
done <cpu/cpu.stat
read -r value <cpu/cpu.cfs_quota_us && echo "cpu_quota_us $value"
read -r value <cpu/cpu.cfs_period_us && echo "cpu_period_us $value"
read -r value <memory/memory.usage_in_bytes && echo "memory_usage_bytes $value"
read -r value <memory/memory.limit_in_bytes && echo "memory_limit_bytes $value"
while read -r key value; do
    case $key in rss) echo "memory_anonymous_bytes $value" ;; esac
done <memory/memory.stat
while read -r key value; do
    case $key in oom_kill) echo "oom_kills $value" ;; esac
done <memory/memory.oom_control
"""
_UNIFIED = """#!/bin/sh
cd /sys/fs/cgroup/unified || exit 1
while read -r key value; do
    case $key in
        usage_usec) echo "cpu_usage_us $value" ;;
        nr_periods) echo "cpu_periods $value" ;;
        nr_throttled) echo "cpu_throttled_periods $value" ;;
        throttled_usec) echo "cpu_throttled_us $value" ;;
    esac
done <cpu.stat
read -r quota period <cpu.max
[ "$quota" = max ] && quota=-1
echo "cpu_quota_us $quota"
echo "cpu_period_us $period"
read -r value <memory.current && echo "memory_usage_bytes $value"
read -r value <memory.max
[ "$value" = max ] && value=-1
echo "memory_limit_bytes $value"
while read -r key value; do
    case $key in anon) echo "memory_anonymous_bytes $value" ;; esac
done <memory.stat
while read -r key value; do
    case $key in oom_kill) echo "oom_kills $value" ;; esac
done <memory.events
"""


def usage_script() -> str:
    return _UNIFIED if is_unified() else _SPLIT
