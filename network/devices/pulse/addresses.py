"""Reads the addresses of a device. Pure."""

from __future__ import annotations

from network.devices.pulse.json_answers import json_objects, json_values

ADDRESSES = "ip -j address show"
MOST_ADDRESSES = 20_000


def read_addresses(answer: bytes) -> tuple[str, ...] | None:
    """Return the addresses without the length of their prefix, except those of the device alone; None: unreadable."""
    listed = next((value for value in json_values(answer) if isinstance(value, list)), None)
    if listed is None:
        return None
    found: list[str] = []
    for interface in json_objects(listed):
        infos = interface.get("addr_info")
        for info in json_objects(infos if isinstance(infos, list) else ()):
            address = info.get("local")
            if isinstance(address, str) and info.get("scope") not in ("host", "link"):
                found.append(address)
    return tuple(found[:MOST_ADDRESSES])
