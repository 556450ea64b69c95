"""The ingredients of the loop's judgement: how each is switched off from outside, and the worlds in which it could pay.

An ingredient has more than ten lines in the product, or is the reason for them. The product has no switch for it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from benchmarks import switches
from benchmarks.switches import Ingredient
from network.simulator import World
from services.correlator.core import affinity
from services.correlator.core.affinity import IncidentMatcher
from services.correlator.core.correlator import Correlator
from services.correlator.core.shared_causes import SharedCauses
from services.detector.core import gauges, growth, peers, rules
from services.detector.core.common import Common
from services.detector.core.detector import Detector
from services.detector.core.gauges import Gauges
from services.detector.core.growth import Growth
from services.detector.core.peers import Peers
from services.detector.core.queueing import Queueing
from services.detector.core.state_checks import StateChecks
from services.detector.core.tails import HeldDeviations, TailRecord
from services.rca.core import incident_context, ranking, signatures
from services.rca.core.confidence import Calibration
from services.rca.core.incident_context import IncidentContext
from services.rca.core.learnt import WEIGHTS
from services.remediator.core import case, harm
from services.remediator.core.case import Choice
from services.remediator.core.harm import Look
from services.remediator.core.waits import Waits

DETECTOR, RCA, CORRELATOR, REMEDIATOR = "detector", "rca", "correlator", "remediator"
OWN_WORLDS: Mapping[str, World] = {
    "surges": World.model_validate({"season": {"day": 300, "amplitude": 0.7}}),
}
"""Worlds that the worlds benchmark does not have: here the load of the whole network rises within two minutes."""

CROWDED = "three-at-once"
"""The default world with three faults at once; in all others one fault is over before the next begins."""
LOADED, UNREPAIRED = "busy-outages", "long-outages"
"""The default world with more load and outages alone; in the second, nobody repairs them."""

OF_DETECTOR = (
    Ingredient(
        DETECTOR,
        "limits learnt, not constant",
        ("default", "gray", "heavy-tails"),
        [(TailRecord, "_extrapolated", switches.constant)],
    ),
    Ingredient(
        DETECTOR,
        "limits shared by peers",
        ("default", "gray", "heavy-tails"),
        [(Peers, "__init__", switches.peers_alone), (Gauges, "rebuild", switches.rebuild_alone)],
    ),
    Ingredient(
        DETECTOR,
        "tail extrapolated by Hill",
        ("default", "gray", "heavy-tails"),
        [(TailRecord, "_extrapolated", switches.largest)],
    ),
    Ingredient(
        DETECTOR,
        "of a run, few deviations count",
        ("default", "gray", "heavy-tails"),
        [(HeldDeviations, "add", switches.hold_all)],
    ),
    Ingredient(
        DETECTOR,
        "deviations before an anomaly dropped",
        ("default", "gray", "small-latency"),
        [(HeldDeviations, "drop", switches.nothing)],
    ),
    Ingredient(
        DETECTOR,
        "no recording while an anomaly is new",
        ("default", "gray", "small-latency"),
        [(peers, "CALM_SHARE", 1.0)],
    ),
    Ingredient(
        DETECTOR,
        "delay by load taken out",
        ("default", "benign-bursts"),
        [(Queueing, "added", switches.nothing_added)],
    ),
    Ingredient(
        DETECTOR, "delay by load, known from peers", ("default", "benign-bursts"), [(peers, "LEAST_LOADED", 10**9)]
    ),
    Ingredient(
        DETECTOR,
        "means of beats in noise",
        ("default", "heavy-tails", "noise-x10"),
        [(Gauges, "smoothed", switches.as_sampled)],
    ),
    Ingredient(DETECTOR, "means of beats, heavy tails", ("default", "heavy-tails"), [(gauges, "HEAVY", 1.0)]),
    Ingredient(
        DETECTOR, "slow growth", ("default", "slow-leak", "benign-jobs"), [(Growth, "beat", switches.nothing_grows)]
    ),
    Ingredient(
        DETECTOR,
        "growth in four windows, not the shortest",
        ("default", "slow-leak"),
        [(peers, "SCALES", (1,)), (growth, "SCALES", (1,))],
    ),
    Ingredient(
        DETECTOR,
        "usual growth known from peers",
        ("default", "slow-leak"),
        [(peers, "LEAST_PEERS", 10**9)],
    ),
    Ingredient(DETECTOR, "growth has to be a line", ("default", "slow-leak"), [(growth, "FIT", -1.0)]),
    Ingredient(
        DETECTOR,
        "growth has to reach its limit in an hour",
        ("default", "slow-leak"),
        [(growth, "HORIZON", math.inf)],
    ),
    Ingredient(
        DETECTOR,
        "growth judged afresh after an anomaly",
        ("default", "slow-leak"),
        [(Growth, "restart", switches.nothing)],
    ),
    Ingredient(DETECTOR, "ramps kept apart from steps", ("default", "slow-leak"), [(Growth, "was_away", switches.no)]),
    Ingredient(
        DETECTOR,
        "common rises of the network",
        ("default", "surges"),
        [(Common, "shift", switches.no_shift)],
    ),
    Ingredient(
        DETECTOR,
        "release that never rises while open",
        ("default", "gray"),
        [(Gauges, "_update_limits", switches.release_rises)],
    ),
    Ingredient(
        DETECTOR,
        "release below the limit",
        ("default", "noise-x10"),
        [(rules, "RELEASE", 1.0), (rules, "RELEASE_OF_LIMIT", 1.0)],
    ),
    Ingredient(DETECTOR, "wide limits of new gauges", ("default", "heavy-tails"), [(gauges, "WIDEN", 0.0)]),
    Ingredient(
        DETECTOR,
        "high load alone is no anomaly",
        ("default", "benign-bursts"),
        [(Gauges, "_over", switches.over_alone), (Gauges, "_back", switches.back_alone)],
    ),
    Ingredient(
        DETECTOR,
        "plain threshold of long paths ignored",
        ("default", "offsets-large"),
        [(Gauges, "rebuild", switches.rebuild_plainly)],
    ),
    Ingredient(DETECTOR, "fewer samples if strong", ("default", "everything"), [(rules, "STRONG", math.inf)]),
    Ingredient(
        DETECTOR,
        "falls remembered after the anomaly",
        ("default", "slow-flap"),
        [(StateChecks, "_fell_before", switches.no)],
    ),
    Ingredient(
        DETECTOR,
        "flaps by counted transitions",
        ("default", "slow-flap", "sampling-5s"),
        [(StateChecks, "put_changes", switches.nothing)],
    ),
    Ingredient(
        DETECTOR, "late samples", ("default", "everything"), [(Detector, "_put_late", switches.nothing)], safety=True
    ),
    Ingredient(DETECTOR, "forged ticks", ("default",), [(Detector, "_is_suspect", switches.no)], safety=True),
)

OF_RCA = (
    Ingredient(
        RCA,
        "explained load",
        ("default", "benign-bursts", CROWDED),
        [(IncidentContext, "load", property(switches.empty))],
    ),
    Ingredient(
        RCA,
        "costs of what is missing",
        ("default", "twins", CROWDED),
        [(signatures, name, 0.0) for name in ("MISSING_LINK", "MISSING_EXPECTED")],
    ),
    Ingredient(
        RCA,
        "cost of what is unexplained",
        ("default", "twins", "sampling-5s", CROWDED),
        [(ranking, "WEIGHTS", replace(WEIGHTS, unexplained=0.0))],
    ),
    Ingredient(RCA, "contradicted by the state", ("default", "sampling-5s", CROWDED), [(ranking, "CONTRADICTED", 1.0)]),
    Ingredient(RCA, "several causes", ("default", "twins", CROWDED), [(ranking, "_by_cover", switches.one_cause)]),
    Ingredient(
        RCA,
        "symptoms of other causes apart",
        ("default", "twins", CROWDED),
        [(ranking, "_required_by", switches.no_keys)],
    ),
    Ingredient(
        RCA,
        "cleared symptoms weigh less",
        ("default", "twins", "sampling-5s", CROWDED),
        [(incident_context, "CLEARED_SHARE", 1.0)],
    ),
    Ingredient(
        RCA,
        "a cause whose symptom cleared is over",
        ("default", "twins", "sampling-5s", CROWDED),
        [(ranking, "_is_over", switches.no)],
    ),
    Ingredient(
        RCA,
        "carried symptoms add to the score",
        ("default", "gray", CROWDED),
        [(ranking, "_carried_by", switches.empty)],
    ),
    Ingredient(
        RCA,
        "only proportionate loss explained",
        ("default", "twins", "gray", CROWDED),
        [(signatures, "_is_proportionate", switches.yes)],
    ),
    Ingredient(
        RCA,
        "causes of carried symptoms alone",
        ("default", "heavy-tails", CROWDED),
        [(signatures, "_of_carried", switches.empty)],
    ),
    Ingredient(
        RCA,
        "confidence calibrated",
        ("default", "heavy-tails", CROWDED),
        [(Calibration, "confidence", switches.fit_as_it_is)],
    ),
)

OF_CORRELATOR = (
    Ingredient(
        CORRELATOR,
        "time windows of an incident",
        ("default", "twins", CROWDED),
        [(affinity, name, 1e12) for name in ("WINDOW", "EARLY", "FLAP_EARLY")],
    ),
    Ingredient(
        CORRELATOR,
        "a symptom joins its element for a minute",
        ("default", "twins", CROWDED),
        [(affinity, "SAME_ELEMENT", -1.0)],
    ),
    Ingredient(
        CORRELATOR,
        "neighbours by the signatures of faults",
        ("default", "twins", CROWDED),
        [(SharedCauses, "one_fault_shows", switches.yes)],
    ),
    Ingredient(
        CORRELATOR,
        "a new local symptom takes over what it carries",
        ("default", "twins", CROWDED),
        [(Correlator, "_take_over", switches.empty)],
    ),
    Ingredient(
        CORRELATOR,
        "load that outlasts its outage",
        ("default", "slow-flap", CROWDED),
        [(IncidentMatcher, "outlasts", switches.empty)],
    ),
    Ingredient(
        CORRELATOR,
        "one node that is down",
        ("default", "sampling-5s", CROWDED),
        [(IncidentMatcher, "_same_outage", switches.no)],
    ),
    Ingredient(
        CORRELATOR,
        "load moved by an outage",
        ("default", "slow-flap", "sampling-5s", CROWDED),
        [(IncidentMatcher, "_moved", switches.nothing)],
    ),
    Ingredient(
        CORRELATOR,
        "outages that the repair causes",
        ("default", "sampling-5s", CROWDED),
        [(IncidentMatcher, "_of_the_repair", switches.nothing)],
        safety=True,
    ),
    Ingredient(
        CORRELATOR,
        "a symptom that comes back",
        ("default", "slow-flap", CROWDED),
        [(IncidentMatcher, "_recurring", switches.nothing)],
    ),
    Ingredient(
        CORRELATOR,
        "a local symptom joins carried ones",
        ("default", "gray", "sampling-1s", CROWDED),
        [(IncidentMatcher, "_with_carried", switches.nothing)],
    ),
    Ingredient(
        CORRELATOR,
        "carried symptoms of dependent nodes",
        ("default", "gray", CROWDED),
        [(IncidentMatcher, "_depends_on", switches.no)],
    ),
    Ingredient(
        CORRELATOR,
        "the most local members anchor",
        ("default", "gray", CROWDED),
        [(IncidentMatcher, "anchors", switches.all_members)],
    ),
    Ingredient(
        CORRELATOR,
        "incidents are merged",
        ("default", "gray", "sampling-5s", CROWDED),
        [(IncidentMatcher, "explains", switches.no)],
    ),
)

OF_REMEDIATOR = (
    Ingredient(
        REMEDIATOR,
        "harm has to be proved",
        ("default", "benign-jobs"),
        [(Look, "at", switches.proved)],
        safety=True,
    ),
    Ingredient(
        REMEDIATOR,
        "harm that has to last",
        ("default", "heavy-tails", "everything"),
        [(Look, "lasting", property(switches.no))],
    ),
    Ingredient(
        REMEDIATOR,
        "more harm where symptoms are common",
        ("default", "noise-x10"),
        [(harm, "RARE", -math.inf)],
    ),
    Ingredient(
        REMEDIATOR,
        "memory has to be on its way",
        ("default", "benign-jobs"),
        [(Look, "_on_its_way", switches.fills_soon)],
    ),
    Ingredient(
        REMEDIATOR,
        "memory as a mean of seconds",
        ("default", "noise-x10"),
        [(Look, "_newest", switches.newest_alone)],
    ),
    Ingredient(
        REMEDIATOR,
        "traffic that suffers where it is busy",
        ("default", "benign-bursts"),
        [(Look, "_suffers", switches.busy_alone)],
    ),
    Ingredient(
        REMEDIATOR,
        "a node's harm shown by its links",
        ("default", "offsets-large", "gray"),
        [(Look, "_of_ports", switches.at_the_element)],
    ),
    Ingredient(
        REMEDIATOR,
        "load without harm comes last",
        ("default", "twins", "benign-bursts"),
        [(case, "LOADS", frozenset())],
    ),
    Ingredient(
        REMEDIATOR,
        "no action on doubt",
        ("default", "heavy-tails"),
        [(case, "DOUBTFUL", 0.0)],
        safety=True,
    ),
    Ingredient(REMEDIATOR, "longer waits if unsure", ("default", "heavy-tails"), [(case, "MIN_CONFIDENCE", 0.0)]),
    Ingredient(
        REMEDIATOR,
        "the first cause has to stand",
        ("default", "sampling-5s", "twins"),
        [(Waits, "stand", property(switches.zero)), (Waits, "stand_if_unsure", property(switches.zero))],
    ),
    Ingredient(
        REMEDIATOR,
        "an action has to be the best still",
        ("default", "sampling-5s", "twins"),
        [(Choice, "fits", switches.yes)],
    ),
)

INGREDIENTS = (*OF_DETECTOR, *OF_RCA, *OF_CORRELATOR, *OF_REMEDIATOR)
