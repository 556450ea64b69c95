"""Who may do what on the broker: one user for each service, least rights, and the configuration that says so.

Rules
1. What is not allowed here is refused. Every user hears only its own inbox.
2. The truth (`fault.*`, KV `faults`, `log.>`) is heard by `TRUTH_READERS` alone.
3. A stream is read by a consumer of one's own, under one of the `reader_names` that its user has for that stream: so
   nobody can make consumers without end, and nobody uses up or disturbs another's. Durables are made by `setup`, and
   each is pulled by its owner alone.
4. `tap` publishes nothing; the broker gives it to clients without credentials. `console` is the hand of a person or a
   script on the bus: it asks what the gateway may ask, and hears its answers and nothing else.
5. `record` reads the streams and what is wanted, the truth too, and asks nobody for anything but that.
6. What is stored lies in an account of its own, `STORE`, with `setup` alone; what the others may say to it is led there
   from theirs, and nothing else is. The services and `console` are in `LOOP`, `record` in `RECORDS`, `tap` in `GUESTS`.
7. Each account has limits (`accounts.LIMITS`): who uses up its own has used up nobody else's.
8. What several services write is kept apart by service (`subjects.kept`, `subjects.bucket_name`): the subject proves
   whose it is, and who fills its own stream, or says an id there first, harms itself alone. Where two share a stream
   (`subjects.OF_TWO_SERVICES`), the writer finds out that another took its id, and says its message again.

A reply subject is not checked by the broker, whatever its user's rights: asked for what is stored, it says it on any
subject. Were all in one account, that could be an order to JetStream (delete a stream, give me the truth), or a stream
or bucket. Because of rule 6 an answer goes back to LOOP, where it is led no further: it can be heard there and no more.
It bears a mark, by which every reader of ours knows it and believes nothing of it (`codec.check_origin`, `bus.store`).
Who carries out a command asks the ledger all the same.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.domain.capabilities import CAPABILITIES_KEY
from shared.domain.config import REVISION_KEY
from shared.domain.errors import DiskFull
from shared.domain.kinds import ServiceName
from shared.domain.subjects import (
    DEAD_LETTERS,
    DURABLES,
    LOG,
    OF_TWO_SERVICES,
    Bucket,
    Durable,
    Stream,
    bucket_name,
    family_pattern,
    kept,
    metrics,
)

SETUP, TAP, CONSOLE, RECORD = "setup", "tap", "console", "record"
USERS = (SETUP, *ServiceName, CONSOLE, RECORD, TAP)
TRUTH_READERS = frozenset({ServiceName.INJECTOR, ServiceName.NETWORK, ServiceName.GATEWAY, TAP, RECORD})
FAMILIES = tuple(map(family_pattern, Stream))
PASSWORD_BYTES = 24
LOOPBACK = "127.0.0.1"
SECRET_FILE, SECRET_FOLDER = 0o600, 0o700

API = "$JS.API"
API_FROM_LOOP = "$JS.store.API"
"""What LOOP calls that of STORE: there `$JS.API` itself answers that LOOP stores nothing."""
CREATE, DELETE, NEXT, GET = (
    f"{API_FROM_LOOP}.{what}" for what in ("CONSUMER.CREATE", "CONSUMER.DELETE", "CONSUMER.MSG.NEXT", "DIRECT.GET")
)
OFFERED = f"{GET}.KV_{Bucket.NETWORK}.$KV.{Bucket.NETWORK}.{CAPABILITIES_KEY}"
"""The last value of that one key of KV `network`."""
PULSE = metrics(0)
"""By this partition's telemetry everybody knows network time."""
WHO_IS_THERE = tuple(f"$SRV.{verb}{whom}" for verb in ("PING", "INFO", "STATS") for whom in ("", ".>"))
"""Where the NATS micro protocol asks every process, all of one name, or one of them."""


READERS, READERS_OF_TELEMETRY = 16, 96
"""So many consumers of its own may a user have on a stream, all its replicas together. Each process needs one or two,
and detectors together one for each partition, of which there are 40 at most; those of a process that was killed are
gone after a minute."""


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
    reads_offered: bool = False
    """Whether it may read what the network offers, and nothing else of that bucket: the rest of it knows the truth."""
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
        reads_offered=True,
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
        reads_offered=True,
        writes=(Bucket.ACTIONS,),
        leases=True,
    ),
    _S.STABILIZER: Rights(
        publishes=("stability.status", "stability.verdict", "stability.advised"),
        follows=(Stream.ANOMALY, Stream.INCIDENT, Stream.DIAGNOSIS, Stream.REMEDIATION, Stream.STABILITY),
        hears=("metrics.*",),
        reads=(Bucket.INCIDENTS,),
        leases=True,
    ),
    _S.GATEWAY: Rights(
        publishes=("$SRV.PING", f"$KV.{Bucket.TOPOLOGY}.{REVISION_KEY}"),
        follows=tuple(stream for stream in Stream if stream is not Stream.DEADLETTER),
        hears=("metrics.*",),
        looks_back=(Stream.FAULT, Stream.ANOMALY, Stream.INCIDENT, Stream.DIAGNOSIS, Stream.REMEDIATION),
        reads=(Bucket.INCIDENTS,),
        reads_offered=True,
        writes=(Bucket.CONFIG, Bucket.TALLY),
        asks=ASKED_BY_PERSONS,
    ),
}


def reader_names(user: str | None, stream: str) -> tuple[str, ...]:
    """Return the names that a user's consumers on a stream may have; none where the users are not ours."""
    if user not in USERS or user == SETUP:
        return ()
    many = stream == Stream.METRICS and user == ServiceName.DETECTOR
    return tuple(f"{user}-{number}" for number in range(READERS_OF_TELEMETRY if many else READERS))


def _reads_stream(user: str, stream: str) -> list[str]:
    return [f"{what}.{stream}.{name}" for name in reader_names(user, stream) for what in (CREATE, DELETE, NEXT)]


def _reads_bucket(bucket: str) -> list[str]:
    return [f"{GET}.KV_{bucket}", f"{GET}.KV_{bucket}.>"]


def _works(durable: Durable) -> list[str]:
    tail = f"{durable.stream}.{durable.name}"
    return [f"{NEXT}.{tail}", f"$JS.ACK.{tail}.>", f"$JS.ACK.*.*.{tail}.>"]


def _lease_subjects(name: str) -> list[str]:
    own = bucket_name(Bucket.LEASES, name)
    return [*_reads_bucket(own), f"$KV.{own}.member.{name}.*", f"$KV.{own}.owners.{name}"]


def _service(name: ServiceName) -> Permissions:
    rights = RIGHTS[name]
    publish = [*rights.publishes, f"{LOG}.{name}.*", f"{DEAD_LETTERS}.{name}"]
    publish += [f"control.{service}" for service in rights.asks]
    for stream in (*_streams(rights.follows), f"KV_{Bucket.CONFIG}"):
        publish += _reads_stream(name, stream)
    looks = [stream for stream in Stream if stream in (*rights.looks_back, *_writes_with_another(rights))]
    publish += [f"{GET}.{stream}" for stream in looks]
    for bucket in dict.fromkeys((Bucket.CONFIG, Bucket.TOPOLOGY, *rights.reads, *rights.writes)):
        publish += _reads_bucket(bucket)
    publish += [OFFERED] if rights.reads_offered else []
    publish += [f"$KV.{bucket}.>" for bucket in rights.writes]
    publish += _lease_subjects(name) if rights.leases else []
    for durable in DURABLES:
        if durable.name == name:
            publish += _works(durable)
    hears = dict.fromkeys((f"_INBOX_{name}.>", f"control.{name}", "$SRV.>", PULSE, *rights.hears))
    return {
        "publish": {"allow": publish},
        "subscribe": {"allow": list(hears)},
        "allow_responses": {"max": 1, "expires": "30s"},
    }


def _writes_with_another(rights: Rights) -> set[Stream]:
    """Return the streams that a service shares: there it may look whose message has the id of its own."""
    families = {said.partition(".")[0] for said in rights.publishes}
    return {stream for stream in OF_TWO_SERVICES if stream.lower() in families}


def _streams(families: Iterable[Stream]) -> list[str]:
    return [one.name for family in families for one in kept(family)]


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
        streams = (*_streams(stream for stream in Stream if stream is not Stream.DEADLETTER), f"KV_{Bucket.CONFIG}")
        reads = [subject for stream in streams for subject in _reads_stream(RECORD, stream)]
        reads += _reads_bucket(Bucket.TOPOLOGY)
        return {
            "publish": {"allow": reads},
            "subscribe": {"allow": [f"_INBOX_{RECORD}.>", PULSE]},
        }
    return {"publish": {"deny": [">"]}, "subscribe": {"allow": [*FAMILIES, "_INBOX.>"]}}


def new_passwords(users: Iterable[str] = USERS) -> dict[str, str]:
    """Return a fresh password for each user."""
    return {str(user): secrets.token_urlsafe(PASSWORD_BYTES) for user in users}


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
