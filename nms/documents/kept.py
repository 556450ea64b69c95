"""What the broker keeps and for how long: a stream for each family, a key-value bucket for each kind of state."""

from __future__ import annotations

from collections.abc import Mapping

from shared.access import RIGHTS, SETUP
from shared.bootstrap import DAY, MIB, bucket_config, stream_config
from shared.bus.pull import NANO
from shared.subjects import Bucket, Stream

MINUTE = 60

HOLDS: Mapping[Bucket, str] = {
    Bucket.CONFIG: "`desired`: what is wanted of the loop, the body of `GET /api/config`",
    Bucket.TOPOLOGY: "`topology`: the nodes and links of the network, as they were at the first start",
    Bucket.NETWORK: "`state`: the network's clock, routes and what actions did to it",
    Bucket.FAULTS: "the faults that are live, a key each",
    Bucket.INCIDENTS: "the incidents that are open or lately resolved, a key each",
    Bucket.ACTIONS: (
        "the ledger: `action.<id>` each action, `incident.<id>` each repair, "
        "`target.<element>` which action works there"
    ),
    Bucket.TALLY: "`settled`: what the scorecard and the counts of incidents come to, of all that has settled",
    Bucket.LEASES: "`member.<service>.<replica>` who is alive, `owners.<service>` who does what",
}


def stream_rows() -> list[tuple[str, ...]]:
    """Return for each stream its name, its subjects, and how much of them is kept."""
    return [
        (f"`{stream}`", ", ".join(f"`{s}`" for s in config["subjects"]), _age(config["max_age"] // NANO), _mib(config))
        for stream in Stream
        if (config := stream_config(stream))
    ]


def bucket_rows() -> list[tuple[str, ...]]:
    """Return for each bucket its name, what it holds, who writes there and who may read it."""
    return [
        (f"`{bucket}`", HOLDS[bucket], ", ".join(_writers(bucket)), ", ".join(_readers(bucket))) for bucket in Bucket
    ]


def in_words() -> str:
    """Return what is kept as a sentence or two."""
    buckets = "; ".join(f"`{name}` ({', '.join(_writers(name))})" for name in Bucket)
    return f"State is kept in key-value buckets, each named here with who writes there: {buckets}."


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
    """Return how much a bucket may hold."""
    usual = _mib(bucket_config(Bucket.CONFIG))
    others = {bucket: size for bucket in Bucket if (size := _mib(bucket_config(bucket))) != usual}
    return f"{usual} ({', '.join(f'`{bucket}` {size}' for bucket, size in others.items())})"
