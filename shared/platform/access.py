"""Access rights on the broker: one user for each service, least privilege, and the configuration that enforces it.

Rules

1. The broker refuses whatever this module does not allow. Each user receives replies on its own inbox only.
2. Only the users in `TRUTH_READERS` may read the ground truth (`fault.*`, KV `faults`, `log.>`).
3. A user reads a stream through consumers of its own, named by `reader_names`. So nobody can create consumers without
   limit, or use up or disturb the consumers of another user. `setup` creates the durables; only the owner of a
   durable pulls from it.
4. `tap` publishes nothing; the broker gives this user to clients without credentials. `console` is for persons and
   scripts: it may send the requests that the gateway may send, and receives the replies to them only.
5. `record` reads the streams and the desired state, the ground truth included, and sends no other requests.
6. JetStream data is in a separate account, `STORE`, whose only user is `setup`. The subjects that the other
   accounts may send to it are exported one by one. The services and `console` are in `LOOP`, `record` in `RECORDS`,
   `tap` in `GUESTS`.
7. Each account has limits (`accounts.LIMITS`): a client that exhausts its account's limits affects no other account.
8. Data that several services write is separated by service (`subjects.kept`, `subjects.bucket_name`): the subject
   proves the sender, and a service that fills its own stream, or publishes an id there first, affects only itself.
   Where two services share a stream (`subjects.OF_TWO_SERVICES`), a writer detects that the other service used
   its id, and publishes its message again.

The broker does not check a reply subject against the rights of the user that asks: it sends stored data to any subject
that a request names. In one shared account this could be a command to JetStream (delete a stream, read the ground
truth), or a write to a stream or bucket. With rule 6 such an answer goes back to LOOP, which forwards nothing to STORE:
subscribers see it there, and nothing else happens. It carries a header by which our readers recognise and reject it
(`codec.check_origin`, `bus.store`). The network process checks each command against the action ledger in any case.
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
"""The API of STORE as LOOP names it. On the plain `$JS.API` the broker replies that LOOP has no JetStream."""
CREATE, DELETE, NEXT, GET = (
    f"{API_FROM_LOOP}.{what}" for what in ("CONSUMER.CREATE", "CONSUMER.DELETE", "CONSUMER.MSG.NEXT", "DIRECT.GET")
)
OFFERED = f"{GET}.KV_{Bucket.NETWORK}.$KV.{Bucket.NETWORK}.{CAPABILITIES_KEY}"
"""The key `capabilities` of KV `network`."""
PULSE = metrics(0)
"""Telemetry of partition 0, from which every process derives network time."""
WHO_IS_THERE = tuple(f"$SRV.{verb}{whom}" for verb in ("PING", "INFO", "STATS") for whom in ("", ".>"))
"""The subjects of the NATS micro protocol: every process, all processes of one name, or one process."""


READERS, READERS_OF_TELEMETRY = 16, 96
"""The largest number of consumers that a user may have on a stream, all its replicas together. A process needs one or
two; the detectors together need one for each partition, of which there are at most 40. The consumers of a killed
process disappear after a minute.
"""


Permissions = dict[str, dict[str, Any]]
"""The rights of a user in nats-server's format: `publish` and `subscribe`, each with `allow` and `deny`."""


@dataclass(frozen=True)
class Rights:
    publishes: tuple[str, ...] = ()
    follows: tuple[Stream, ...] = ()
    subscribes: tuple[str, ...] = ()
    looks_back: tuple[Stream, ...] = ()
    """Streams from which it may read single messages: the oldest one, or the first after a given time."""
    reads: tuple[Bucket, ...] = ()
    reads_offered: bool = False
    """Whether it may read the capabilities of the network. The rest of that bucket contains the ground truth."""
    writes: tuple[Bucket, ...] = ()
    asks: tuple[ServiceName, ...] = ()
    leases: bool = False


_S = ServiceName
ASKED_BY_PERSONS = (_S.INJECTOR, _S.CORRELATOR, _S.REMEDIATOR)
"""The services that answer requests of a person. The network answers only the injector; the others nobody."""
RIGHTS: Mapping[ServiceName, Rights] = {
    _S.NETWORK: Rights(
        publishes=("metrics.*", "fault.started", "fault.ended", "remediation.executed"),
        subscribes=("metrics.*",),
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
        publishes=("anomaly.raised", "anomaly.cleared", "anomaly.observed", "anomaly.passed"),
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
        subscribes=("metrics.*",),
        looks_back=(Stream.METRICS,),
        reads=(Bucket.INCIDENTS,),
        reads_offered=True,
        writes=(Bucket.ACTIONS,),
        leases=True,
    ),
    _S.STABILIZER: Rights(
        publishes=("stability.status", "stability.verdict", "stability.advised"),
        follows=(Stream.ANOMALY, Stream.INCIDENT, Stream.DIAGNOSIS, Stream.REMEDIATION, Stream.STABILITY),
        subscribes=("metrics.*",),
        reads=(Bucket.INCIDENTS,),
        leases=True,
    ),
    _S.GATEWAY: Rights(
        publishes=("$SRV.PING", f"$KV.{Bucket.TOPOLOGY}.{REVISION_KEY}"),
        follows=tuple(stream for stream in Stream if stream is not Stream.DEADLETTER),
        subscribes=("metrics.*",),
        looks_back=(Stream.FAULT, Stream.ANOMALY, Stream.INCIDENT, Stream.DIAGNOSIS, Stream.REMEDIATION),
        reads=(Bucket.INCIDENTS,),
        reads_offered=True,
        writes=(Bucket.CONFIG, Bucket.TALLY),
        asks=ASKED_BY_PERSONS,
    ),
}


def reader_names(user: str | None, stream: str) -> tuple[str, ...]:
    """Return the names that a user's consumers on a stream may have.

    Empty means any name: for `setup`, and on a broker without our users.
    """
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
    subscribes = dict.fromkeys((f"_INBOX_{name}.>", f"control.{name}", "$SRV.>", PULSE, *rights.subscribes))
    return {
        "publish": {"allow": publish},
        "subscribe": {"allow": list(subscribes)},
        "allow_responses": {"max": 1, "expires": "30s"},
    }


def _writes_with_another(rights: Rights) -> set[Stream]:
    """Return the streams that another service writes too. A service may read single messages there, to compare ids."""
    families = {subject.partition(".")[0] for subject in rights.publishes}
    return {stream for stream in OF_TWO_SERVICES if stream.lower() in families}


def _streams(families: Iterable[Stream]) -> list[str]:
    return [one.name for family in families for one in kept(family)]


def api_for(user: str | None) -> str:
    return API_FROM_LOOP if user in USERS and user != SETUP else API


def permissions(user: str) -> Permissions:
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
    return {str(user): secrets.token_urlsafe(PASSWORD_BYTES) for user in users}


def write_credentials(folder: Path, passwords: Mapping[str, str]) -> dict[str, Path]:
    """The files have mode 0600. Raises DiskFull."""
    try:
        folder.mkdir(mode=SECRET_FOLDER, parents=True, exist_ok=True)
        folder.chmod(SECRET_FOLDER)  # the folder may exist already, with wider permissions
        return {user: _write_one(folder, user, password) for user, password in passwords.items()}
    except OSError as error:
        raise DiskFull(f"cannot write credentials to {folder}: {error.strerror}; free space or name another") from None


def _write_one(folder: Path, user: str, password: str) -> Path:
    path = folder / f"{user}.json"
    write_secret(path, json.dumps({"user": user, "password": password}))
    return path


def write_secret(path: Path, text: str) -> None:
    """Write a file with mode 0600, atomically: a concurrent reader sees the old content or the new."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=SECRET_FILE, exist_ok=False)
    new.write_text(text)
    new.replace(path)
