"""Each rule of the gate blocks once and passes once; the defaults allow the faults of a usual day."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.remediator.core.action_index import ActionIndex
from services.remediator.gate import (
    MINUTE,
    MOST_COUNTED,
    Finding,
    Gate,
    GateLimits,
    GateView,
    Proof,
    reach,
    takes_down,
)
from services.remediator.ledger import KEEP_ACTIONS
from services.remediator.settings import RemediatorSettings
from shared.domain.capabilities import UNKNOWN, Capabilities
from shared.domain.catalogue import ACTIONS
from shared.domain.errors import SettingError
from shared.domain.events import Action
from shared.domain.kinds import ActionKind, ActionState, ElementKind, NodeStatus
from tests.services.remediator.build import NETWORK

NOW = 5_000.0
NODES = tuple(NETWORK.node_by_id)
ANYWHERE = Capabilities(driver="any", actions={kind: tuple(ElementKind) for kind in ActionKind})
SEEN = Finding(Proof.PROVED, "seen")


def action(
    kind: ActionKind = ActionKind.RESTART_PROCESS,
    target: str = "server-1",
    started: float | None = None,
    finished: float | None = None,
    id: str = "i.a1",
) -> Action:
    state = (
        ActionState.PROPOSED if started is None else ActionState.STARTED if finished is None else ActionState.VERIFIED
    )
    return Action(
        id=id,
        incident_id="i",
        attempt=1,
        kind=kind,
        target=target,
        state=state,
        proposed=started or NOW,
        started=started,
        finished=finished,
    )


def view(running: tuple[Action, ...] = (), history: tuple[Action, ...] = (), down: tuple[str, ...] = ()) -> GateView:
    return GateView(
        NOW, NETWORK, dict.fromkeys(down, NodeStatus.DOWN), running, history, finding=SEEN, offered=ANYWHERE
    )


def judge(asked: Action, state: GateView, limits: GateLimits | None = None) -> tuple[str, dict[str, float]]:
    verdict = Gate(limits or GateLimits()).permit(asked, state)
    assert verdict.allowed == (verdict.rule == "")
    return verdict.rule, dict(verdict.figures)


def test_every_limit_has_a_finite_default() -> None:
    assert GateLimits().model_dump() == {
        "cooldown": 10,
        "rate": 30,
        "at_once": 4,
        "min_available": 0.5,
        "blocked_for": 30,
        "settle": 5,
        "repairs": 3,
        "repairs_within": 60,
        "unproven": 3,
        "unproven_rest": 600,
    }


def test_an_action_that_no_rule_blocks_is_allowed() -> None:
    assert judge(action(), view()) == ("", {})


@pytest.mark.parametrize(
    ("busy", "asked", "blocked"),
    [
        ("server-1", "server-1", True),
        ("edge-switch-1", "edge-switch-1--server-1", True),
        ("edge-switch-1--server-1", "server-1", True),
        ("core-router-1--edge-switch-1", "core-router-1--edge-switch-3", False),
        ("server-1", "server-2", False),
        ("core-router-1", "edge-switch-1--server-1", False),
    ],
)
def test_never_against_running(busy: str, asked: str, blocked: bool) -> None:
    rule, figures = judge(action(target=asked), view(running=(action(target=busy, started=NOW - 1, id="j.a1"),)))
    assert rule == ("never_against_running" if blocked else "")
    assert not blocked or figures == {"running": 1, "limit": 1}


def test_at_once() -> None:
    running = tuple(action(target=f"server-{i}", started=NOW - 1, id=f"j{i}.a1") for i in range(2, 6))
    assert judge(action(), view(running=running)) == ("at_once", {"running": 4, "limit": 4})
    assert judge(action(), view(running=running[:3]))[0] == ""


def test_rate() -> None:
    begun = tuple(
        action(
            target=NODES[i % 16], kind=ActionKind.CLEAR_CACHE, started=NOW - 59 + i, finished=NOW - 58 + i, id=f"j{i}"
        )
        for i in range(30)
    )
    assert judge(action(), view(history=begun)) == ("rate", {"begun_in_a_minute": 30, "limit": 30})
    assert judge(action(), view(history=begun[1:]))[0] == ""
    assert Gate().permit(action(), view(history=begun)).again == begun[0].started + 60  # type: ignore[operator]


def test_cooldown_is_of_one_kind_on_one_target() -> None:
    before = action(started=NOW - 10, finished=NOW - 9, id="j.a1")
    assert judge(action(), view(history=(before,))) == ("cooldown", {"seconds_ago": 9, "limit": 10})
    assert judge(action(kind=ActionKind.REBOOT_NODE), view(history=(before,)))[0] == ""
    assert judge(action(target="server-2"), view(history=(before,)))[0] == ""
    assert judge(action(), view(history=(before.model_copy(update={"finished": NOW - 10}),)))[0] == ""


def test_cooldown_does_not_count_actions_that_never_started() -> None:
    dropped = action(id="j.a1").model_copy(update={"state": ActionState.FAILED, "finished": NOW - 1})
    assert judge(action(), view(history=(dropped,)))[0] == ""


def test_min_available_counts_what_is_down() -> None:
    reboot = action(kind=ActionKind.REBOOT_NODE, target=NODES[0])
    assert judge(reboot, view(down=NODES[:8]))[0] == ""
    rule, figures = judge(reboot, view(down=NODES[:9]))
    assert rule == "min_available"
    assert figures == {"nodes": 16, "down": 9, "taken_down": 0, "available": 0.4375, "limit": 0.5}


def test_min_available_counts_what_the_action_takes_down() -> None:
    reboot = action(kind=ActionKind.REBOOT_NODE, target="edge-switch-1")
    servers_behind = takes_down(reboot, NETWORK, frozenset()) - {"edge-switch-1"}
    assert servers_behind == {"server-1", "server-6"}
    others = tuple(node for node in NODES if node not in {"edge-switch-1", *servers_behind})
    assert judge(reboot, view(down=others[:5]))[0] == ""
    rule, figures = judge(reboot, view(down=others[:6]))
    assert (rule, figures["taken_down"]) == ("min_available", 3)
    restart = action(target="edge-switch-1")
    assert judge(restart, view(down=others[:6]))[0] == "", "an action that takes nothing down passes with 6 of 16 down"


def test_a_reboot_that_runs_counts_as_down() -> None:
    running = (action(kind=ActionKind.REBOOT_NODE, target="edge-switch-1", started=NOW - 1, id="j.a1"),)
    reboot = action(kind=ActionKind.REBOOT_NODE, target="server-8")
    down = (*(f"core-router-{i}" for i in (1, 2, 3)), "edge-switch-4", "server-7")
    assert judge(reboot, view(down=down))[0] == ""
    assert judge(reboot, view(running=running, down=down))[0] == "min_available"


def test_a_reboot_of_a_node_that_is_down_takes_nothing_down() -> None:
    reboot = action(kind=ActionKind.REBOOT_NODE, target="edge-switch-1")
    assert takes_down(reboot, NETWORK, frozenset({"edge-switch-1"})) == frozenset()


def test_touching_elements_touch_each_other() -> None:
    elements = (*NODES, *NETWORK.link_by_id)
    assert all((b in NETWORK.touching(a)) == (a in NETWORK.touching(b)) for a in elements for b in elements)


def test_twenty_single_faults_a_minute_on_different_targets_pass() -> None:
    targets = (*NODES, *list(NETWORK.link_by_id)[:4])
    history: list[Action] = []
    for i, target in enumerate(targets * 3):
        now = NOW + 3 * i
        asked = action(target=target, id=f"k{i}.a1")
        verdict = Gate().permit(asked, GateView(now, NETWORK, {}, (), tuple(history), finding=SEEN, offered=ANYWHERE))
        assert verdict.allowed, verdict
        history.append(asked.model_copy(update={"started": now, "finished": now + 2.9}))


@pytest.fixture
def busiest() -> ActionIndex:
    """Return as many actions started in the last minute as can be permitted, and as many that wait."""
    index = ActionIndex()
    for number in range(MOST_COUNTED):
        at = NOW - 50 + number / MOST_COUNTED
        index.receive(action(target=f"node-{number}", started=at, finished=at + 1, id=f"done.a{number}"))
    for number in range(MOST_COUNTED - 1):
        index.receive(action(target=f"node-{number}", id=f"waits.a{number}"))
    return index


def test_the_highest_rate_that_can_be_set_is_enforced(busiest: ActionIndex) -> None:
    asked = action()
    busiest.receive(asked)
    history = tuple(other for other in busiest.begun() if other.id != asked.id)
    rule, figures = judge(asked, view(history=history), GateLimits(rate=MOST_COUNTED))
    assert (rule, figures["begun_in_a_minute"]) == ("rate", MOST_COUNTED)
    assert KEEP_ACTIONS == MOST_COUNTED, "a restarted process counts from the ledger"


@pytest.mark.parametrize("rate", [1, 30, 500])
def test_the_longest_cooldown_that_can_be_set_is_enforced_at_the_highest_rate(rate: int) -> None:
    limits, index = GateLimits(rate=rate, cooldown=reach(rate)), ActionIndex()
    first = NOW - limits.cooldown + 0.5
    for number in range(MOST_COUNTED):
        at = first + number * MINUTE / rate
        index.receive(action(target=f"server-{number}", started=at - 0.1, finished=at, id=f"i.a{number}"))
    history = tuple(index.begun())
    unhurried = limits.model_copy(update={"rate": MOST_COUNTED + 1})  # else the rate would answer first
    rested = judge(action(target="server-0", id="again"), view(history=history), unhurried)
    assert rested == ("cooldown", {"seconds_ago": round(limits.cooldown - 0.5, 3), "limit": limits.cooldown})


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"NMS_GATE_RATE": "501"}, "NMS_GATE_RATE=501 cannot be used: Input should be less than or equal to 500"),
        ({"NMS_GATE_AT_ONCE": "501"}, "NMS_GATE_AT_ONCE=501"),
        ({"NMS_GATE_COOLDOWN": "30001"}, "NMS_GATE_COOLDOWN=30001"),
        ({"NMS_GATE_COOLDOWN": "1001"}, "with NMS_GATE_RATE=30 the 500 actions that are known reach back 1000 s"),
        ({"NMS_GATE_COOLDOWN": "61", "NMS_GATE_RATE": "500"}, "with NMS_GATE_RATE=500 .* reach back 60 s"),
        ({"NMS_GATE_REPAIRS_WITHIN": "1001"}, "with NMS_GATE_RATE=30 the 500 actions that are known reach back 1000 s"),
        ({"NMS_GATE_COOLDOWN": "61", "NMS_GATE_RATE": "none"}, "NMS_GATE_RATE=none"),
    ],
)
def test_a_limit_beyond_the_known_history_cannot_be_set(
    environment: dict[str, str], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingError, match=reason):
        RemediatorSettings.load()


def test_a_limit_within_the_known_history_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NMS_GATE_RATE", "500")
    monkeypatch.setenv("NMS_GATE_COOLDOWN", "60")
    limits = RemediatorSettings.load().limits()
    assert (limits.rate, limits.cooldown) == (500, 60.0)


@pytest.mark.parametrize("kind", ActionKind)
@pytest.mark.parametrize(
    ("offered", "reason"),
    [
        (Capabilities(driver="replay"), "is not offered by this network (replay); use a driver that offers it"),
        (UNKNOWN, "no actions: it is not known what this network offers; wait until the network process reports them"),
    ],
)
def test_an_action_that_is_not_offered_is_blocked_before_any_other_rule(
    kind: ActionKind, offered: Capabilities, reason: str
) -> None:
    target = "server-1" if ElementKind.NODE in ACTIONS[kind].targets else "core-router-1--edge-switch-1"
    asked = action(kind, target)
    state = replace(view(running=(action(kind, target, started=NOW - 1, id="b"),)), offered=offered)
    verdict = Gate().permit(asked, state)
    assert (verdict.allowed, verdict.rule, verdict.figures) == (False, "not_offered", {"actions_offered": 0})
    assert reason in verdict.reason


def test_an_action_is_offered_on_some_kinds_of_element_only() -> None:
    on_links = Capabilities(driver="lab", actions={ActionKind.RESET_INTERFACE: (ElementKind.LINK,)})
    state = replace(view(), offered=on_links)
    assert judge(action(ActionKind.RESET_INTERFACE, "server-1"), state)[0] == "not_offered"
    assert judge(action(ActionKind.RESET_INTERFACE, "core-router-1--edge-switch-1"), state)[0] != "not_offered"
