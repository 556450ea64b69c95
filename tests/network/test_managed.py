"""The host around a driver: time to live, repeated ids, deadlines, and the stored state."""

from __future__ import annotations

import json

import pytest

from network.host.executions import APPLIED_WITHIN
from network.host.immediate import in_place
from network.host.managed import FIRST_DRIVER, ManagedNetwork
from network.host.unreachable import reachability_changes
from network.port import Ending, OtherNetwork, Outcome, Receipt, Unreachable
from network.simulator.offers import offered as all_capabilities
from shared.domain.capabilities import Capabilities
from shared.domain.catalogue import Role, metric_in_role
from shared.domain.errors import NmsError, Refused
from shared.domain.events import Executed, Fault, FaultEnded, FaultStarted
from shared.domain.instant import iso
from shared.domain.kinds import ActionKind, ElementKind, EndedBy, FaultKind
from shared.domain.telemetry import Columns, Tick
from shared.domain.topology import default_topology
from tests.network.helpers import NOON, command, course, executed, simulator
from tests.network.scripted import START, ScriptedDriver

UPLINK = "core-router-1--edge-switch-1"


def managed(driver: ScriptedDriver) -> ManagedNetwork:
    return ManagedNetwork(driver, default_topology())


def wanted(ttl: float = 12.0, at: float = START) -> Fault:
    return Fault(id="f", kind=FaultKind.LINK_DOWN, target=UPLINK, strength=1, started=at, ends=at + ttl)


async def test_the_host_ends_a_fault_when_it_expires() -> None:
    driver = ScriptedDriver()
    network = managed(driver)
    injected = await network.inject(wanted(ttl=12.0, at=START + 1))
    assert driver.injected == [injected] and injected.started == START + 1
    events = [event for _ in range(4) for event in (await network.sample()).events]
    assert driver.clears == [("f", START + 13)]
    started, ended = events
    assert isinstance(started, FaultStarted) and isinstance(ended, FaultEnded)
    assert (ended.fault.ended, ended.fault.ended_by) == (START + 13, EndedBy.TTL)


async def test_a_fault_that_cannot_be_cleared_stays_live_until_a_later_attempt() -> None:
    driver = ScriptedDriver()
    network = managed(driver)
    await network.inject(wanted(ttl=4.0))
    driver.refuses = "the device does not answer"
    with pytest.raises(Refused, match="does not answer"):
        await network.cancel("f")
    refused = [(fault.id, reason) for _ in range(3) for fault, reason in (await network.sample()).refused]
    assert refused == [("f", "the device does not answer")]
    assert [fault.ended for fault in network.faults()] == [None]
    driver.refuses = ""
    await network.sample()
    assert [fault.ended_by for fault in network.faults()] == [EndedBy.TTL]
    assert driver.clears == [("f", START), *[("f", START + 4)] * 4]


async def test_a_refusal_while_a_process_was_away_is_reported_with_the_next_reading() -> None:
    former = managed(ScriptedDriver())
    await former.inject(wanted(ttl=4.0))
    driver = ScriptedDriver()
    network, driver.refuses = managed(driver), "the device does not answer"
    await network.restore(former.snapshot(), former.faults(), 3)
    readings = [await network.sample() for _ in range(2)]
    assert [[(fault.id, reason) for fault, reason in one.refused] for one in readings] == [[("f", driver.refuses)], []]


async def test_a_fault_that_an_action_ended_before_its_expiry_is_ended_by_the_action() -> None:
    driver = ScriptedDriver()
    network = managed(driver)
    await network.inject(wanted(ttl=4.0))
    driver.endings = [Ending("f", START + 3, cleared=False)]
    events = (await network.sample()).events
    over = next(event.fault for event in events if isinstance(event, FaultEnded))
    assert (over.ended, over.ended_by) == (START + 3, EndedBy.ACTION)
    assert not (await network.sample()).events


async def test_a_fault_that_the_driver_refuses_is_not_registered() -> None:
    driver = ScriptedDriver()
    network, driver.refuses = managed(driver), "no rights on that device"
    with pytest.raises(Refused, match="no rights"):
        await network.inject(wanted())
    assert network.faults() == []


async def test_a_revert_uses_the_plan_that_was_made_before_the_action() -> None:
    driver = ScriptedDriver()
    network = managed(driver)
    await network.execute(command(ActionKind.OPTIMIZE_ROUTING, UPLINK))
    driver.receipts = [Receipt("i.a1", False, Outcome.DONE, START + 2)]
    (ran,) = (await network.sample()).events
    assert isinstance(ran, Executed) and (ran.ran, ran.took_effect) == (True, START + 2)
    again = ManagedNetwork(other := ScriptedDriver(), default_topology())
    other.name = driver.name
    await again.restore(network.snapshot(), [], 0)
    await again.execute(command(ActionKind.OPTIMIZE_ROUTING, UPLINK, revert=True))
    assert other.done == [("revert", driver.done[0][1], START + 5)]
    (undone,) = (await again.sample()).events
    assert isinstance(undone, Executed) and undone.revert and undone.ran


async def test_an_action_without_a_receipt_fails_and_a_late_receipt_changes_nothing() -> None:
    driver = ScriptedDriver()
    network = managed(driver)
    await network.execute(command(ActionKind.REBOOT_NODE, "server-1"))
    quiet = [await network.sample() for _ in range(int(APPLIED_WITHIN / driver.interval))]
    assert not [event for sample in quiet for event in sample.events]
    (failed,) = (await network.sample()).events
    assert isinstance(failed, Executed) and not failed.ran and "no receipt" in failed.reason
    driver.receipts = [Receipt("i.a1", False, Outcome.DONE, START + 2)]
    assert not (await network.sample()).events


async def test_a_finished_action_is_confirmed_once_after_it_is_stored() -> None:
    driver = ScriptedDriver()
    network = managed(driver)
    await network.execute(command(ActionKind.REBOOT_NODE, "server-1"))
    before = network.receipts
    await network.confirm(before)
    driver.receipts = [done := Receipt("i.a1", False, Outcome.DONE, START + 2)]
    await network.sample()
    await network.confirm(before)
    assert driver.confirmed == [], "the stored snapshot does not contain it"
    await network.confirm(network.receipts)
    await network.confirm(network.receipts)
    assert driver.confirmed == [done]


@pytest.mark.parametrize("offered", [Capabilities(driver="scripted"), Capabilities()])
async def test_a_request_that_is_not_offered_is_refused_before_the_driver(offered: Capabilities) -> None:
    driver = ScriptedDriver(offered)
    network = managed(driver)
    with pytest.raises(Refused, match=r"offers no faults|no faults: it is not known"):
        await network.inject(wanted())
    await network.execute(command(ActionKind.REBOOT_NODE, "server-1"))
    (answer,) = (await network.sample()).events
    assert isinstance(answer, Executed) and not answer.ran
    assert "not offered" in answer.reason or "not known" in answer.reason
    assert (driver.injected, driver.done) == ([], [])


async def test_an_action_runs_only_on_the_offered_kinds_of_element() -> None:
    actions = {ActionKind.RESET_INTERFACE: all_capabilities().actions[ActionKind.RATE_LIMIT]}
    driver = ScriptedDriver(Capabilities(driver="scripted", actions=actions))
    network = managed(driver)
    await network.execute(command(ActionKind.RESET_INTERFACE, UPLINK, "on a link"))
    await network.execute(command(ActionKind.RESET_INTERFACE, "server-1", "on a node"))
    assert [plan.target for _, plan, _ in driver.done] == [UPLINK]


async def test_restored_faults_end_if_the_driver_cannot_inject() -> None:
    network = managed(ScriptedDriver(Capabilities(driver="scripted")))
    await network.restore(network.snapshot(), [wanted()], 0)
    assert [fault.ended_by for fault in network.faults()] == [EndedBy.CANCELLED]


async def test_the_state_of_another_driver_is_refused() -> None:
    with pytest.raises(OtherNetwork, match="one of scripted, not of simulator: use --fresh"):
        simulator().restore(managed(ScriptedDriver()).snapshot(), [], 0)


def test_the_state_of_a_release_without_drivers_is_restored() -> None:
    """A running action finishes, an unreported one is reported, and a finished one does not run again."""
    running = {"action_id": "i.a2", "incident_id": "i", "kind": "reset_interface", "target": UPLINK, "fence": 4}
    old = {
        "origin": NOON,
        "tick": 100,
        "cost": {},
        "running": [{**running, "revert": False, "begins": NOON + 24.8, "ends": NOON + 25.2}],
        "traces": [],
        "done": [["i.a1", "i", 3, False, True, NOON + 20, ""]],
        "owed": [["i.a1", "i", 3, False, True, NOON + 20, ""]],
        "told": ["f"],
        "closed": [],
        "waiting": [],
    }
    sim = simulator()
    live = Fault(
        id="f", kind=FaultKind.PACKET_LOSS, target=UPLINK, strength=1, started=NOON + 5, ends=NOON + 60, cycle=None
    )
    sim.restore(json.dumps(old).encode(), [live], 0)
    assert (sim.tick, sim.managed.driver.name) == (100, FIRST_DRIVER)
    _, events = course(sim, 4)
    assert [(event.action_id, event.took_effect) for event in executed(events)] == [
        ("i.a1", NOON + 20),
        ("i.a2", NOON + 25.2),
    ]
    assert [type(event) for event in events if not isinstance(event, Executed)] == [FaultEnded]
    sim.execute(command(ActionKind.RESTART_PROCESS, "server-1", "i.a1"))
    assert [event.took_effect for event in executed(course(sim, 4)[1])] == [NOON + 20]


def test_an_event_during_skipped_intervals_is_kept_until_it_is_reported() -> None:
    """A snapshot that is taken before an event is reported reports it after the restart."""
    sim = simulator()
    sim.inject(Fault(id="f", kind=FaultKind.HIGH_CPU, target="server-1", strength=1, started=sim.now, ends=sim.now + 3))
    course(sim, 1)
    again = simulator()
    again.restore(sim.snapshot(), sim.faults(), 20)
    once_more = simulator()
    once_more.restore(again.snapshot(), again.faults(), 0)
    for network in (again, once_more):
        assert [event.fault.ended_by for event in course(network, 1)[1] if isinstance(event, FaultEnded)] == ["ttl"]


def test_a_driver_that_waits_needs_an_event_loop() -> None:
    with pytest.raises(NmsError, match="event loop"):
        in_place(managed(ScriptedDriver()).sample())


async def test_telemetry_marks_an_unreachable_element() -> None:
    """Samples that the driver returned for an unreachable node are removed."""
    driver = ScriptedDriver()
    cpu, up = metric_in_role(ElementKind.NODE, Role.WORK), metric_in_role(ElementKind.LINK, Role.STATE)
    state = metric_in_role(ElementKind.NODE, Role.STATE)
    nodes = Columns(["server-1", "server-2"], {cpu: [40.0, 50.0]})
    links = Columns([UPLINK], {up: [1.0]})
    elements = {ElementKind.NODE: nodes, ElementKind.LINK: links}
    driver.batches = [Tick(tick=1, elements=elements, at=iso(START + 5), interval=5.0, speed=1.0, partition=0)]
    driver.unreachable = [Unreachable("server-2", "SNMP: no answer"), Unreachable("server-9", "not in this batch")]
    sample = await managed(driver).sample()
    (marked,) = sample.ticks
    assert marked.of(ElementKind.NODE).metrics == {cpu: [40.0, None], state: [None, 0.0]}
    assert marked.of(ElementKind.LINK) == links
    assert sample.unreachable == driver.unreachable
    assert driver.batches[0].of(ElementKind.NODE) is nodes and nodes.metrics[cpu] == [40.0, 50.0]


def test_reachability_changes_are_reported_once() -> None:
    one, other = Unreachable("a", "timeout"), Unreachable("b", "refused")
    assert reachability_changes([], [one, other]) == ([one, other], [])
    assert reachability_changes([one, other], [Unreachable("a", "another reason")]) == ([], ["b"])
    assert reachability_changes([one], []) == ([], ["a"])
