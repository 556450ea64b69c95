"""The streams and the key-value buckets of the broker: what they hold, and for how long the broker keeps it."""

from __future__ import annotations

from collections.abc import Mapping

from shared.domain.kinds import ServiceName
from shared.domain.subjects import KEPT_FOR_EACH_SERVICE, Bucket, Kept, Stream, bucket_name, kept
from shared.platform.access import RIGHTS, SETUP
from shared.platform.bootstrap import DAY, MIB, bucket_config, stream_config
from shared.platform.bus.pull import NANO

MINUTE = 60
EACH = "<service>"

HOLDS: Mapping[Bucket, str] = {
    Bucket.CONFIG: "`desired`: the desired state, the body of `GET /api/config`",
    Bucket.TOPOLOGY: "`topology`: the nodes and links of the network, from the first start",
    Bucket.NETWORK: "`state`: the network's clock, routes and effects of actions",
    Bucket.FAULTS: "the live faults, a key each",
    Bucket.INCIDENTS: "the incidents that are open or recently resolved, a key each",
    Bucket.ACTIONS: (
        "the ledger: `action.<id>` each action, `incident.<id>` each repair, "
        "`target.<element>` the action in progress there"
    ),
    Bucket.TALLY: "`settled`: the settled totals of the scorecard and of incidents",
    Bucket.LEASES: (
        "`member.<service>.<replica>` live replicas, `owners.<service>` owners of partitions; "
        "one bucket for each service"
    ),
}


def stream_rows() -> list[tuple[str, ...]]:
    return [_stream_row(kept(family)[0], family) for family in Stream]


def _stream_row(one: Kept, family: Stream) -> tuple[str, ...]:
    config = stream_config(one)
    names = one.name, one.subject
    if family in KEPT_FOR_EACH_SERVICE:
        service = next(iter(ServiceName))
        names = one.name.replace(service, EACH), one.subject.replace(service, EACH)
    return (*(f"`{name}`" for name in names), _age(config["max_age"] // NANO), _mib(config))


def bucket_rows() -> list[tuple[str, ...]]:
    return [
        (f"`{_name(bucket)}`", HOLDS[bucket], ", ".join(_writers(bucket)), ", ".join(_readers(bucket)))
        for bucket in Bucket
    ]


def _name(bucket: Bucket) -> str:
    return bucket_name(bucket, EACH)


def in_words() -> str:
    buckets = "; ".join(f"`{_name(bucket)}` ({', '.join(_writers(bucket))})" for bucket in Bucket)
    return f"State is stored in key-value buckets; these are their names and writers: {buckets}."


def _writers(bucket: Bucket) -> tuple[str, ...]:
    if bucket == Bucket.LEASES:
        return tuple(str(name) for name, rights in RIGHTS.items() if rights.leases)
    own = tuple(str(name) for name, rights in RIGHTS.items() if bucket in rights.writes)
    return (*((SETUP,) if bucket in (Bucket.CONFIG, Bucket.TOPOLOGY) else ()), *own)


def _readers(bucket: Bucket) -> tuple[str, ...]:
    if bucket in (Bucket.CONFIG, Bucket.TOPOLOGY):
        return ("all",)
    if bucket == Bucket.LEASES:
        return _writers(bucket)
    return tuple(str(name) for name, rights in RIGHTS.items() if bucket in (*rights.reads, *rights.writes))


def _age(seconds: int) -> str:
    if seconds == 0:
        return "until it is full"
    return f"{seconds // DAY} days" if seconds >= DAY else f"{seconds // MINUTE} minutes"


def _mib(config: Mapping[str, int]) -> str:
    return f"{config['max_bytes'] // MIB} MiB"


def bucket_limit() -> str:
    usual = _mib(bucket_config(Bucket.CONFIG, Bucket.CONFIG))
    others = {_name(bucket): size for bucket in Bucket if (size := _mib(bucket_config(bucket, bucket))) != usual}
    return f"{usual} ({', '.join(f'`{bucket}` {size}' for bucket, size in others.items())})"
