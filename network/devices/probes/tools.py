"""Which programs for probes and for reading state a device has, asked once."""

from __future__ import annotations

from network.devices.console import Console, NoAnswer, quoted

TOOLS = (
    "fping", "ping", "curl", "wget", "busybox", "dig", "nc", "python3", "vtysh", "ip", "ss", "nft", "tc",
    "iptables-save", "lldpctl", "bridge", "systemctl", "pgrep", "sudo", "setsid",
)  # fmt: skip


async def tools_of(console: Console) -> frozenset[str] | NoAnswer:
    lines = f'for name in {quoted(TOOLS)}; do command -v "$name" >/dev/null && printf "%s\\n" "$name"; done; :'
    answer = await console.script(lines)
    if isinstance(answer, NoAnswer):
        return answer
    return frozenset(answer.text.split()) & frozenset(TOOLS)
