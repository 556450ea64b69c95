"""Who may do what on the broker: one user for each service, least rights, and the configuration that says so.

Rules
1. What is not allowed here is refused. Every user hears only its own inbox.
2. The truth (`fault.*`, KV `faults`, `log.*`) is heard by `TRUTH_READERS` alone.
3. A stream is read by a consumer of one's own; durables are made by `setup`, and each is pulled by its owner alone.
4. `tap` publishes nothing; the broker gives it to clients without credentials. `console` is the hand of a person or a
   script on the bus: it asks what the gateway may ask, and hears its answers and nothing else.
5. `record` reads the streams and what is wanted, the truth too, and asks nobody for anything but that.
6. What is stored lies in an account of its own, `STORE`, with `setup` alone; what the others may say to it is led there
   from theirs, `LOOP`, and nothing else is.

A reply subject is not checked by the broker, whatever its user's rights: asked for what is stored, it says it on any
subject. Were all in one account, that could be an order to JetStream (delete a stream, give me the truth), or a stream
or bucket. Because of rule 6 an answer goes back to LOOP, where it is led no further: it can be heard there and no more.
It bears a mark, by which every reader of ours knows it and believes nothing of it (`codec.check_origin`, `bus.store`).
Who carries out a command asks the ledger all the same.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.errors import DiskFull
from shared.kinds import ServiceName
from shared.subjects import DURABLES, Bucket, Durable, Stream

SETUP, TAP, CONSOLE, RECORD = "setup", "tap", "console", "record"
USERS = (SETUP, *ServiceName, CONSOLE, RECORD, TAP)
TRUTH_READERS = frozenset({ServiceName.INJECTOR, ServiceName.NETWORK, ServiceName.GATEWAY, TAP, RECORD})
FAMILIES = tuple(f"{stream.lower()}.*" for stream in Stream)
PASSWORD_BYTES = 24
MAX_PAYLOAD = 8 * 1024 * 1024
WRITE_DEADLINE = "2s"
LOOPBACK = "127.0.0.1"
SECRET_FILE, SECRET_FOLDER = 0o600, 0o700

STORE, LOOP = "STORE", "LOOP"
API = "$JS.API"
API_FROM_LOOP = "$JS.store.API"
"""What LOOP calls that of STORE: there `$JS.API` itself answers that LOOP stores nothing."""
CREATE, NEXT, GET = (f"{API_FROM_LOOP}.{what}" for what in ("CONSUMER.CREATE", "CONSUMER.MSG.NEXT", "DIRECT.GET"))
ASKED_OF_JETSTREAM = ("$JS.", "$KV.")
ANSWERED_BY_MANY = re.compile(rf"{re.escape(NEXT)}\.|{re.escape(GET)}\.[^.]+$")
"""Requests to which more than one message is the answer: the way back has to stay open."""
WAY_BACK = "30s"
"""For so long after the last answer: a reader is told every 2 s that there is nothing new, and the broker's memory is
bounded: with its own 2 minutes it held thousands."""
WHO_IS_THERE = tuple(f"$SRV.{verb}{whom}" for verb in ("PING", "INFO", "STATS") for whom in ("", ".>"))
"""Where the NATS micro protocol asks every process, all of one name, or one of them."""


Permissions = dict[str, dict[str, Any]]
"""As nats-server takes them: `publish` and `subscribe`, each with `allow` and `deny`."""


@dataclass(frozen=True)
class Rights:
    """What one service does on the bus."""

    publishes: tuple[str, ...] = ()
    follows: tuple[Stream, ...] = ()
    hears: tuple[str, ...] = ()
    looks_back: tuple[Stream, ...] = ()
    """Streams of which it may ask for single messages: the oldest, to know how far back they go, or one of a time."""
    reads: tuple[Bucket, ...] = ()
    writes: tuple[Bucket, ...] = ()
    asks: tuple[ServiceName, ...] = ()
    leases: bool = False


_S = ServiceName
ASKED_BY_PERSONS = (_S.INJECTOR, _S.CORRELATOR, _S.REMEDIATOR)
"""Who answers what a person asks; the others have no answer to give, and the network answers the injector alone."""
RIGHTS: Mapping[ServiceName, Rights] = {
    _S.NETWORK: Rights(
        publishes=("metrics.*", "fault.started", "fault.ended", "remediation.executed"),
        hears=("metrics.*",),
        reads=(Bucket.ACTIONS,),
        writes=(Bucket.NETWORK, Bucket.FAULTS),
    ),
    _S.INJECTOR: Rights(
        publishes=("fault.cycle",),
        follows=(Stream.FAULT,),
        asks=(_S.NETWORK,),
        leases=True,
    ),
    _S.DETECTOR: Rights(
        publishes=("anomaly.raised", "anomaly.cleared"),
        follows=(Stream.METRICS, Stream.ANOMALY),
        reads=(Bucket.INCIDENTS,),
        leases=True,
    ),
    _S.CORRELATOR: Rights(
        publishes=tuple(f"incident.{step}" for step in ("opened", "updated", "resolved", "escalated")),
        writes=(Bucket.INCIDENTS,),
        leases=True,
    ),
    _S.RCA: Rights(publishes=("diagnosis.made",), follows=(Stream.REMEDIATION,)),
    _S.REMEDIATOR: Rights(
        publishes=tuple(
            f"remediation.{step}"
            for step in (
                *("proposed", "blocked", "approved", "started", "applied", "verified", "failed", "reverted"),
                *("escalated", "execute"),
            )
        ),
        follows=(Stream.INCIDENT, Stream.DIAGNOSIS, Stream.REMEDIATION, Stream.STABILITY),
        hears=("metrics.*",),
        looks_back=(Stream.METRICS,),
        reads=(Bucket.INCIDENTS,),
        writes=(Bucket.ACTIONS,),
        leases=True,
    ),
    _S.STABILIZER: Rights(
        publishes=("stability.status", "stability.verdict", "stability.advised"),
        follows=(Stream.ANOMALY, Stream.INCIDENT, Stream.REMEDIATION, Stream.STABILITY),
        hears=("metrics.*",),
        reads=(Bucket.INCIDENTS,),
        leases=True,
    ),
    _S.GATEWAY: Rights(
        publishes=("$SRV.PING",),
        follows=tuple(stream for stream in Stream if stream is not Stream.DEADLETTER),
        hears=("metrics.*",),
        looks_back=(Stream.FAULT, Stream.ANOMALY, Stream.INCIDENT, Stream.DIAGNOSIS, Stream.REMEDIATION),
        reads=(Bucket.INCIDENTS,),
        writes=(Bucket.CONFIG, Bucket.TALLY),
        asks=ASKED_BY_PERSONS,
    ),
}


def _reads_stream(name: str) -> list[str]:
    return [f"{CREATE}.{name}.*", f"{NEXT}.{name}.*"]


def _reads_bucket(bucket: Bucket) -> list[str]:
    return [f"{GET}.KV_{bucket}", f"{GET}.KV_{bucket}.>"]


def _works(durable: Durable) -> list[str]:
    tail = f"{durable.stream}.{durable.name}"
    return [f"{NEXT}.{tail}", f"$JS.ACK.{tail}.>", f"$JS.ACK.*.*.{tail}.>"]


def _lease_subjects(name: str) -> list[str]:
    records = [f"$KV.{Bucket.LEASES}.member.{name}.*", f"$KV.{Bucket.LEASES}.owners.{name}"]
    return [*_reads_bucket(Bucket.LEASES), *records]


def _service(name: ServiceName) -> Permissions:
    rights = RIGHTS[name]
    publish = [*rights.publishes, "log.*", f"deadletter.{name}"]
    publish += [f"control.{service}" for service in rights.asks]
    for stream in (*rights.follows, f"KV_{Bucket.CONFIG}"):
        publish += _reads_stream(stream)
    publish += [f"{GET}.{stream}" for stream in rights.looks_back]
    for bucket in dict.fromkeys((Bucket.CONFIG, Bucket.TOPOLOGY, *rights.reads, *rights.writes)):
        publish += _reads_bucket(bucket)
    publish += [f"$KV.{bucket}.>" for bucket in rights.writes]
    publish += _lease_subjects(name) if rights.leases else []
    mine = [durable for durable in DURABLES if durable.name == name]
    for durable in mine:
        publish += _works(durable)
    hears = dict.fromkeys((f"_INBOX_{name}.>", f"control.{name}", "$SRV.>", "metrics.0", *rights.hears))
    return {
        "publish": {"allow": publish, "deny": list(_not_mine(mine))},
        "subscribe": {"allow": list(hears)},
        "allow_responses": {"max": 1, "expires": "30s"},
    }


def _not_mine(mine: Iterable[Durable]) -> Iterable[str]:
    """Name what would change, or steal from, a durable of somebody else; it may not even be made again by its owner."""
    keep = {(durable.stream, durable.name) for durable in mine}
    for durable in DURABLES:
        tail = f"{durable.stream}.{durable.name}"
        yield f"{CREATE}.{tail}"
        yield f"{CREATE}.{tail}.>"
        if (durable.stream, durable.name) not in keep:
            yield f"{NEXT}.{tail}"


def api_for(user: str | None) -> str:
    """Return how a user calls JetStream's API; on a broker with none of these users it has its own name."""
    return API_FROM_LOOP if user in USERS and user != SETUP else API


def permissions(user: str) -> Permissions:
    """Return what a user may publish and hear."""
    if user in RIGHTS:
        return _service(ServiceName(user))
    if user == SETUP:
        return {
            "publish": {"allow": [f"{API}.>", f"$KV.{Bucket.CONFIG}.>", f"$KV.{Bucket.TOPOLOGY}.>"]},
            "subscribe": {"allow": [f"_INBOX_{SETUP}.>"]},
        }
    if user == CONSOLE:
        return {
            "publish": {"allow": [*(f"control.{name}" for name in ASKED_BY_PERSONS), *WHO_IS_THERE]},
            "subscribe": {"allow": [f"_INBOX_{CONSOLE}.>"]},
        }
    if user == RECORD:
        kept = [stream for stream in Stream if stream is not Stream.DEADLETTER]
        reads = [subject for name in (*kept, f"KV_{Bucket.CONFIG}") for subject in _reads_stream(name)]
        reads += _reads_bucket(Bucket.TOPOLOGY)
        return {
            "publish": {"allow": reads, "deny": list(_not_mine(()))},
            "subscribe": {"allow": [f"_INBOX_{RECORD}.>", "metrics.0"]},
        }
    return {"publish": {"deny": [">"]}, "subscribe": {"allow": [*FAMILIES, "_INBOX.>"]}}


def new_passwords(users: Iterable[str] = USERS) -> dict[str, str]:
    """Return a fresh password for each user."""
    return {str(user): secrets.token_urlsafe(PASSWORD_BYTES) for user in users}


def broker_config(
    port: int,
    store_dir: Path,
    passwords: Mapping[str, str],
    host: str = LOOPBACK,
    more_users: Mapping[str, Mapping[str, object]] | None = None,
    http_port: int | None = None,
) -> str:
    """Return the configuration of nats-server: accounts, JetStream, and `tap` for who has no credentials.

    `more_users` are in LOOP with the others.
    """
    wanted = {user: permissions(user) for user in passwords if user in USERS} | dict(more_users or {})
    users = {
        user: {"user": user, "password": passwords[user], "permissions": rights} for user, rights in wanted.items()
    }
    kept = [users.pop(SETUP)] if SETUP in users else []
    led = _led_to_store(user for user in users if user in USERS)
    accounts = {
        STORE: {"jetstream": "enabled", "users": kept, "exports": [_export(subject) for subject in led]},
        LOOP: {"users": list(users.values()), "imports": [_import(subject) for subject in led]},
    }
    lines = [
        f"listen: {json.dumps(f'{host}:{port}')}",
        *([f"http: {json.dumps(f'{LOOPBACK}:{http_port}')}"] if http_port else []),
        f"jetstream: {{ store_dir: {json.dumps(str(store_dir))} }}",
        f"max_payload: {MAX_PAYLOAD}",
        f"write_deadline: {json.dumps(WRITE_DEADLINE)}",
        *([f"no_auth_user: {TAP}"] if TAP in wanted else []),
        f"accounts: {json.dumps(accounts, indent=1)}",
    ]
    return "\n".join(lines) + "\n"


def _led_to_store(users: Iterable[str]) -> list[str]:
    """Return what goes into a stream, and what any of these users may ask of JetStream, by the name it has in LOOP.

    Nothing is led there twice: it would be done twice.
    """
    said = {subject for user in users for subject in permissions(user)["publish"].get("allow", ())}
    asked = sorted(subject for subject in said if subject.startswith(ASKED_OF_JETSTREAM))
    return [*FAMILIES, *(one for one in asked if not any(_covers(other, one) for other in asked if other != one))]


def _covers(pattern: str, subject: str) -> bool:
    """Whether all that a subject, itself with wildcards, may stand for is covered by another."""
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


def write_credentials(folder: Path, passwords: Mapping[str, str]) -> dict[str, Path]:
    """Write one file a user, for that user's eyes only; return where. Raises DiskFull."""
    try:
        folder.mkdir(mode=SECRET_FOLDER, parents=True, exist_ok=True)
        folder.chmod(SECRET_FOLDER)  # it may have been there, and open to others
        return {user: _write_one(folder, user, password) for user, password in passwords.items()}
    except OSError as error:
        raise DiskFull(f"cannot write credentials to {folder}: {error.strerror}; free space or name another") from None


def _write_one(folder: Path, user: str, password: str) -> Path:
    path = folder / f"{user}.json"
    write_secret(path, json.dumps({"user": user, "password": password}))
    return path


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner can read, from its first byte on; who reads meanwhile sees the old one whole."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=SECRET_FILE, exist_ok=False)
    new.write_text(text)
    new.replace(path)
