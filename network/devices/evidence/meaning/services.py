"""What differences of the services of a device mean. Pure."""

from __future__ import annotations

import re

from network.devices.evidence.collecting import ServiceFiles
from network.devices.evidence.difference import StateDifference, masked
from network.devices.evidence.meaning.findings import Findings, Surroundings
from network.devices.evidence.metrics import EvidenceMetric
from network.devices.evidence.normal.processes import MAX_COMM
from network.devices.evidence.snapshot import is_below, joined, parts

OPTIONS = {
    "option domain-name-servers": EvidenceMetric.OPTION_DNS,
    "option routers": EvidenceMetric.OPTION_ROUTER,
    "option subnet-mask": EvidenceMetric.OPTION_MASK,
}
NOTHING = "nothing"


def service_findings(around: Surroundings) -> Findings:
    for offered in around.services:
        yield from _running(around, offered)
    subnets = {each.path: each for each in around.below("service") if parts(each.path, 5)[2] == "subnet"}
    whole = {path for path in subnets if not parts(path, 5)[4]}
    for each in around.below("service"):
        upper = joined(*parts(each.path, 5)[:4])
        if upper not in whole:
            yield from _configured(around, each)
    for path in sorted(whole):
        _, service, _, network, _ = parts(path, 5)
        sentence = f"the server has {'a new' if subnets[path].approved is None else 'no'} subnet {network}"
        settings = (each for each in subnets if is_below(each, path))
        yield around.service(service, EvidenceMetric.SUBNETS, sentence, *settings)


def _running(around: Surroundings, service: ServiceFiles) -> Findings:
    process = joined("process", service.process[:MAX_COMM])
    gone = [each for each in around.below("listen") if _is_of(service, each)]
    if process in around.approved.facts and process not in around.found.facts:
        if around.found.knows(process):
            sentence = f"the process {service.process} of {service.service} does not run"
            yield around.service(service.service, EvidenceMetric.RUNNING, sentence, process)
        return
    for each in gone:
        socket = parts(each.path, 2)[1]
        address = socket.partition(" ")[2].rpartition(":")[0].strip("[]").partition("%")[0]
        if address not in around.addresses and address not in ("0.0.0.0", "::", "*"):
            continue  # the device has lost the address
        now = f"{each.found} does" if each.found else "nothing does"
        sentence = f"{service.service} does not listen on {socket}: {now}"
        yield around.service(service.service, EvidenceMetric.LISTENING, sentence, each.path)


def _is_of(service: ServiceFiles, each: StateDifference) -> bool:
    """Whether an approved socket of the service is gone, or has another process."""
    if each.approved is None:
        return False
    protocol, _, local = parts(each.path, 2)[1].partition(" ")
    port = f"{protocol} {local.rpartition(':')[2]}"
    return service.process[:MAX_COMM] in each.approved.split(",") or port in service.ports


def _configured(around: Surroundings, each: StateDifference) -> Findings:
    _, service, kind, name, setting = parts(each.path, 5)
    now, before = masked(each.found or NOTHING), masked(each.approved or NOTHING)
    if kind == "record":
        record = masked(parts(each.path, 5)[4])
        sentence = f"the zone {name} has for {record}: {now}; approved: {before}"
        yield around.service(service, EvidenceMetric.RECORDS, sentence, each.path)
        return
    # A setting of a subnet, or of all; `global` has it one part earlier.
    setting = setting if kind == "subnet" else parts(each.path, 4)[3]
    option = re.sub(r"^.* > ", "", setting)
    metric = OPTIONS.get(option, EvidenceMetric.CONFIGURATION) if kind in ("subnet", "global") else None
    where = f"subnet {name}" if kind == "subnet" else "all subnets"
    if metric is None:
        line = masked(parts(each.path, 5)[4])
        state = "is not approved" if each.approved is None else "is gone" if each.found is None else f"is {now}"
        sentence = f"`{line}` in {name} {state}"
        yield around.service(service, EvidenceMetric.CONFIGURATION, sentence, each.path)
    else:
        sentence = f"the server has for {where}, {setting}: {now}; approved: {before}"
        yield around.service(service, metric, sentence, each.path)
