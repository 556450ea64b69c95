"""The broker's accounts: their users, their limits, and the configuration file of nats-server.

Implements rules 6 and 7 of `access`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.domain.sizes import MAX_PAYLOAD
from shared.platform.access import (
    API,
    API_FROM_LOOP,
    CREATE,
    DELETE,
    FAMILIES,
    GET,
    LOOPBACK,
    NEXT,
    PULSE,
    RECORD,
    SETUP,
    TAP,
    USERS,
    Permissions,
    permissions,
)

STORE, LOOP, RECORDS, GUESTS = "STORE", "LOOP", "RECORDS", "GUESTS"
SMALL_PAYLOAD, LEAST_PAYLOAD = 64 * 1024, 1024
WRITE_DEADLINE = "2s"
SYNC = "always"
"""Every acknowledged message is on the disk, except in the lazy streams (`shared.platform.bootstrap`)."""
ASKED_OF_JETSTREAM = ("$JS.", "$KV.")
ANSWERED_BY_MANY = re.compile(rf"{re.escape(NEXT)}\.|{re.escape(GET)}\.[^.]+$")
"""Requests that have more than one message as their answer: the reply route has to stay open."""
WAY_BACK = "30s"
"""How long a reply route stays open after the last answer. A reader gets a heartbeat every 2 s. With the broker's
default of 2 minutes, thousands of routes used up its memory.
"""


@dataclass(frozen=True)
class AccountLimits:
    """`subscriptions` counts for each connection; `payload`: the bytes in one message."""

    connections: int
    subscriptions: int
    payload: int

    def configured(self) -> dict[str, int]:
        return {
            "max_connections": self.connections,
            "max_subscriptions": self.subscriptions,
            "max_payload": self.payload,
        }


LIMITS: Mapping[str, AccountLimits] = {
    STORE: AccountLimits(connections=16, subscriptions=32, payload=MAX_PAYLOAD),
    LOOP: AccountLimits(connections=128, subscriptions=96, payload=MAX_PAYLOAD),
    RECORDS: AccountLimits(connections=8, subscriptions=32, payload=SMALL_PAYLOAD),
    GUESTS: AccountLimits(connections=16, subscriptions=32, payload=LEAST_PAYLOAD),
}
"""The broker copies a message for each subscription, so connections times subscriptions bounds the cost of telemetry.
A detector that owns all 40 partitions of the largest network needs 60 subscriptions, a tap on everything 10.
"""
ACCOUNT_OF: Mapping[str, str] = {SETUP: STORE, RECORD: RECORDS, TAP: GUESTS}
"""All other users are in LOOP."""


def broker_config(
    port: int,
    store_dir: Path,
    passwords: Mapping[str, str],
    host: str = LOOPBACK,
    more_users: Mapping[str, Mapping[str, object]] | None = None,
    http_port: int | None = None,
) -> str:
    """Return the configuration of nats-server: accounts, limits, JetStream, and `tap` for clients without credentials.

    `more_users` are in LOOP, beside the services.
    """
    ours = {user: permissions(user) for user in passwords if user in USERS}
    wanted: dict[str, Mapping[str, object]] = {**ours, **(more_users or {})}
    users: dict[str, list[dict[str, object]]] = {account: [] for account in LIMITS}
    for user, rights in wanted.items():
        users[ACCOUNT_OF.get(user, LOOP)].append({"user": user, "password": passwords[user], "permissions": rights})
    led = {
        account: _led_to_store(
            (rights for user, rights in ours.items() if ACCOUNT_OF.get(user, LOOP) == account), published
        )
        for account, published in ((LOOP, FAMILIES), (RECORDS, ()))
    }
    imported = {GUESTS: FAMILIES, RECORDS: (PULSE,)}
    exports = {
        STORE: [_export(subject) for subject in dict.fromkeys((*led[LOOP], *led[RECORDS]))],
        LOOP: [{"stream": family} for family in FAMILIES],
    }
    imports = {
        account: [
            *(_import(subject) for subject in led.get(account, ())),
            *({"stream": {"account": LOOP, "subject": subject}} for subject in imported.get(account, ())),
        ]
        for account in LIMITS
    }
    accounts = {
        account: {
            **({"jetstream": "enabled"} if account == STORE else {}),
            "limits": limits.configured(),
            "users": users[account],
            "exports": exports.get(account, []),
            "imports": imports[account],
        }
        for account, limits in LIMITS.items()
    }
    lines = [
        f"listen: {json.dumps(f'{host}:{port}')}",
        *([f"http: {json.dumps(f'{LOOPBACK}:{http_port}')}"] if http_port else []),
        f"jetstream: {{ store_dir: {json.dumps(str(store_dir))}, sync_interval: {SYNC} }}",
        f"max_payload: {MAX_PAYLOAD}",
        f"write_deadline: {json.dumps(WRITE_DEADLINE)}",
        "no_fast_producer_stall: true",  # publishers do not wait for a slow reader: it loses messages
        *([f"no_auth_user: {TAP}"] if TAP in wanted else []),
        f"accounts: {json.dumps(accounts, indent=1)}",
    ]
    return "\n".join(lines) + "\n"


def _led_to_store(users: Iterable[Permissions], published: Iterable[str]) -> list[str]:
    """Return the subjects that an account may send to STORE: `published`, and the JetStream requests of its users.

    Each subject appears once: a second import would deliver a message twice. The rights of a user restrict the names of
    its consumers; the import covers all consumers of a stream.
    """
    spoken = {subject for rights in users for subject in rights["publish"].get("allow", ())}
    asked = {_of_any_consumer(subject) for subject in spoken if subject.startswith(ASKED_OF_JETSTREAM)}
    return [
        *published,
        *(one for one in sorted(asked) if not any(_covers(other, one) for other in asked if other != one)),
    ]


def _of_any_consumer(subject: str) -> str:
    what = next((what for what in (CREATE, DELETE, NEXT) if subject.startswith(f"{what}.")), None)
    return f"{subject.rpartition('.')[0]}.*" if what else subject


def _covers(pattern: str, subject: str) -> bool:
    """Whether `pattern` matches every subject that `subject` matches; both may contain wildcards."""
    wanted, given = pattern.split("."), subject.split(".")
    if wanted[-1] == ">":
        wanted, given = wanted[:-1], given[: len(wanted) - 1] if len(given) >= len(wanted) else []
    return len(wanted) == len(given) and all(a in ("*", b) for a, b in zip(wanted, given, strict=True))


def _export(subject: str) -> dict[str, object]:
    many = {"response_type": "Stream", "response_threshold": WAY_BACK} if ANSWERED_BY_MANY.match(subject) else {}
    return {"service": subject.replace(API_FROM_LOOP, API), **many}


def _import(subject: str) -> dict[str, object]:
    there = subject.replace(API_FROM_LOOP, API)
    return {"service": {"account": STORE, "subject": there}, **({"to": subject} if subject != there else {})}
