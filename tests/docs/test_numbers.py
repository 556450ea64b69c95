"""The figures in the pages are those of the code."""

from __future__ import annotations

from network.simulator import conditions, repairs, shapes, world
from nms import plan, store
from nms.corpus import cases, choices, labels, scenarios
from nms.worlds import WARM_UP, WARM_UP_SAMPLES
from services.detector.core import rules
from services.gateway.api import guard, readers
from services.gateway.core import cycles, elements, faults, incidents, logs, telemetry
from services.rca.core import confidence, ranking
from services.rca.core.incident_context import CARRIED_WEIGHT
from services.rca.core.learnt import WEIGHTS
from services.remediator.core import case, choosing, waits
from services.remediator.core.waits import Waits
from services.remediator.gate import GateLimits
from services.stabilizer.core import verdicts
from shared.domain.catalogue import METRICS, Role, metric_in_role, metrics_of
from shared.domain.kinds import ElementKind
from shared.domain.sizes import MAX_LINKS, MAX_LIVE, MAX_NODES
from shared.domain.telemetry import TICK_SECONDS
from shared.platform import bootstrap
from tests.docs.blocks import ROOT

LIMITS = "docs/explanation/limits.md"
DIAGNOSIS = "docs/explanation/how-a-diagnosis-is-made.md"
TRUST = "docs/explanation/why-it-can-be-trusted.md"
SIMULATOR = "docs/explanation/what-the-simulator-is.md"
LOOP = "docs/explanation/the-loop.md"
CLIENT = "docs/how-to/write-a-client.md"
CATALOGUE = "docs/how-to/read-the-catalogue.md"
WRONG = "docs/how-to/when-something-is-wrong.md"
TOPOLOGY = "docs/how-to/own-topology.md"
CORPUS = "docs/how-to/make-a-corpus.md"
GATEWAY = "services/gateway/README.md"
GATE = GateLimits()
PAST = (telemetry.FINE_SLOTS + telemetry.COARSE_SLOTS) * 4  # bytes of one metric's past
NODE_PAST, LINK_PAST = (
    round(PAST * len(metrics_of(kind)), -3) // 1000 for kind in (ElementKind.NODE, ElementKind.LINK)
)
MIB = bootstrap.MIB
LINK_WEIGHT = {spec.name: spec.weight for spec in metrics_of(ElementKind.LINK)}


def weight_of(role: Role) -> float:
    return METRICS[ElementKind.LINK, metric_in_role(ElementKind.LINK, role)].weight


FIGURES = (
    (CORPUS, f"Up to {scenarios.SMALL} nodes are sampled every {TICK_SECONDS:g} s, up to {scenarios.MIDDLE} every"),
    (CORPUS, f"networks every {scenarios.LARGE_INTERVAL:g} s"),
    (CORPUS, f"{WARM_UP_SAMPLES} samples, {WARM_UP:g} s at least"),
    (CORPUS, f"within the next {scenarios.ONSET_SAMPLES} samples, {scenarios.ONSET_SECONDS:g} s at least"),
    (CORPUS, f"after {scenarios.FAULT_SAMPLES} samples, {scenarios.FAULT_SECONDS:g} s at least"),
    (CORPUS, f"fills over {shapes.LEAK_SECONDS:g} s or more"),
    (CORPUS, f"A leak lasts {shapes.LEAK_LASTS:g} s"),
    (CORPUS, f"{scenarios.HOPS_APART} or more hops apart"),
    (CORPUS, f"{scenarios.CASCADE_LOAD:g} times the usual load"),
    (CORPUS, f"at most {cases.LARGEST} nodes"),
    (CORPUS, f"at most {choices.MAX_CORPUS:,} runs"),
    (CORPUS, f"{labels.MAX_LABELS:,} incidents and {labels.MAX_LABELS:,} actions"),
    (LIMITS, f"At most {MAX_NODES:,} nodes and {MAX_LINKS:,} links"),
    (TOPOLOGY, f"{MAX_NODES} nodes and {MAX_LINKS} links"),
    (
        LIMITS,
        f"{NODE_PAST} kB for each node and {LINK_PAST} kB for each link",
    ),
    (
        GATEWAY,
        f"{NODE_PAST} kB a node, {LINK_PAST} kB a link",
    ),
    (LIMITS, f"{incidents.KEPT_INCIDENTS} incidents"),
    (CATALOGUE, f"keeps {elements.KEPT_ELEMENTS:,} of these"),
    (LIMITS, f"{logs.KEPT_LINES:,} log lines"),
    (LIMITS, f"{faults.KEPT_ENDED} ended faults"),
    (LIMITS, f"{cycles.KEPT_CYCLES} cycles"),
    (LIMITS, f"at most {bootstrap.METRICS_BYTES // MIB} MiB"),
    (LIMITS, f"{bootstrap.EVENTS_BYTES // MIB} MiB each"),
    (LIMITS, f"reserves {bootstrap.RESERVED_BYTES // MIB} MiB of disk"),
    (LIMITS, f"needs {store.LEAST_FREE // MIB} MiB free, a later start {store.LEAST_FREE_LATER // MIB}"),
    (LIMITS, f"{MAX_LIVE} faults are live at once"),
    (
        DIAGNOSIS,
        f"{weight_of(Role.LOSS)} for a link's loss, {weight_of(Role.DELAY)} for a link's latency",
    ),
    (DIAGNOSIS, f"{CARRIED_WEIGHT} for a carried symptom"),
    (DIAGNOSIS, f"{WEIGHTS.unexplained} of the weight of the local symptoms that it leaves"),
    (DIAGNOSIS, f"a fit of {ranking.CARRIED_ONLY}"),
    (DIAGNOSIS, f"at most {confidence.CEILING}"),
    (DIAGNOSIS, f"a confidence below {case.MIN_CONFIDENCE}"),
    (DIAGNOSIS, f"two samples ({Waits(TICK_SECONDS).stand} s)"),
    (
        TRUST,
        f"`at_once` | {GATE.at_once} actions are running",
    ),
    (TRUST, f"{GATE.rate} actions began in the last minute"),
    (TRUST, f"less than {GATE.cooldown:g} s ago"),
    (TRUST, f"After {GATE.blocked_for:g} s of being blocked"),
    (SIMULATOR, f"takes {repairs.QUICKEST} to {repairs.SLOWEST} s"),
    (SIMULATOR, f"(a reboot {repairs.REBOOT_QUICKEST} to {repairs.REBOOT_SLOWEST} s)"),
    (SIMULATOR, f"a slow port: {conditions.SLOW_PORT_MS:g} ms at full strength"),
    (SIMULATOR, f"a lossy port: {conditions.LOSSY_PORT:.0%} at full strength".replace("%", " %")),
    (SIMULATOR, f"daily variation of the load by {world.SWING:.0%}".replace("%", " %")),
    (CLIENT, f"{guard.MAX_BODY // 1024} kB"),
    (CLIENT, f"{readers.MAX_READERS} WebSockets"),
    (WRONG, f"{store.LEAST_FREE_LATER // MIB} MiB are free"),
    ("docs/how-to/scale-out.md", "Sixteen replicas"),
)


def test_pages_have_the_figures_of_the_code() -> None:
    words = {page: " ".join((ROOT / page).read_text().split()) for page, _ in FIGURES}
    assert [(page, text) for page, text in FIGURES if " ".join(text.split()) not in words[page]] == []


def test_figures_that_pages_spell_out() -> None:
    assert plan.MAX_REPLICAS == 16
    assert choosing.MAX_ATTEMPTS == 5
    assert waits.VERIFY_WITHIN == 4.0
    assert choosing.APPROVE_WITHIN == 600.0
    assert waits.STAND_IF_UNSURE == 3.0
    assert GATE.min_available == 0.5
    assert rules.RAISE_SAMPLES == rules.CLEAR_SAMPLES == 3
    assert TICK_SECONDS == 0.25
    assert verdicts.JUDGED_AFTER == 10.0
    assert rules.WARM_UP * TICK_SECONDS == 5.0
    assert rules.FORGIVE_SECONDS == 500.0
    assert bootstrap.METRICS_AGE == 600
    assert bootstrap.EVENTS_AGE == 7 * 86_400
