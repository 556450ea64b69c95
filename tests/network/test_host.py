"""The decisions of the host: valid commands, its pace, and its stored state."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.host.commands import CommandValidity, check_command, ledger_key
from network.host.machine import moment
from network.host.pace import Pace
from network.host.registry import StoredFaults, read_faults
from network.host.snapshots import (
    LONGEST_LEAP,
    MachineMoment,
    Snapshot,
    decode_snapshot,
    encode_snapshot,
    intervals_missed,
    seconds_since,
)
from shared.domain.errors import MessageError
from shared.domain.events import Execute
from shared.domain.kinds import ActionKind, ActionState, EndedBy
from shared.testing import NOON, action, fault

ACTION = action(state=ActionState.STARTED, fence=7)
COMMAND = Execute(action_id=ACTION.id, incident_id=ACTION.incident_id, kind=ACTION.kind, target=ACTION.target, fence=7)
S = ActionState


def test_a_command_is_valid_if_its_action_is_open_in_the_ledger() -> None:
    for state in (S.APPROVED, S.STARTED):
        ledger = ACTION.model_copy(update={"state": state}).model_dump_json().encode()
        assert check_command(COMMAND, ledger) == (CommandValidity.VALID, "")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"fence": 8}, "fence"),
        ({"target": "server-2"}, "target"),
        ({"kind": ActionKind.REBOOT_NODE}, "kind"),
        ({"action_id": "another"}, "id"),
    ],
)
def test_a_command_that_differs_from_the_ledger_is_invalid(change: dict[str, object], says: str) -> None:
    ledger = ACTION.model_dump_json().encode()
    validity, reason = check_command(COMMAND.model_copy(update=change), ledger)
    assert validity is CommandValidity.INVALID and says in reason


def test_a_command_of_an_older_fence_is_outdated_not_invalid() -> None:
    ledger = ACTION.model_dump_json().encode()
    validity, reason = check_command(COMMAND.model_copy(update={"fence": 6}), ledger)
    assert validity is CommandValidity.OUTDATED and "fence 7" in reason
    assert (
        check_command(COMMAND.model_copy(update={"fence": 6, "target": "server-2"}), ledger)[0]
        is CommandValidity.INVALID
    )


@pytest.mark.parametrize(
    ("state", "executing", "undoing"),
    [
        (S.PROPOSED, CommandValidity.INVALID, CommandValidity.INVALID),
        (S.BLOCKED, CommandValidity.INVALID, CommandValidity.INVALID),
        (S.REJECTED, CommandValidity.INVALID, CommandValidity.INVALID),
        (S.APPROVED, CommandValidity.VALID, CommandValidity.STALE),
        (S.STARTED, CommandValidity.VALID, CommandValidity.VALID),
        (S.APPLIED, CommandValidity.STALE, CommandValidity.VALID),
        (S.FAILED, CommandValidity.STALE, CommandValidity.VALID),
        (S.VERIFIED, CommandValidity.STALE, CommandValidity.STALE),
        (S.REVERTED, CommandValidity.STALE, CommandValidity.STALE),
    ],
)
def test_validity_depends_on_the_state_in_the_ledger(
    state: ActionState, executing: CommandValidity, undoing: CommandValidity
) -> None:
    ledger = ACTION.model_copy(update={"state": state}).model_dump_json().encode()
    assert check_command(COMMAND, ledger)[0] is executing
    assert check_command(COMMAND.model_copy(update={"revert": True}), ledger)[0] is undoing


@pytest.mark.parametrize("ledger", [None, b"", b"{}", b"\xff", b'{"id": 3}'])
def test_without_a_readable_ledger_a_command_is_invalid(ledger: bytes | None) -> None:
    assert check_command(COMMAND, ledger)[0] is CommandValidity.INVALID


def test_the_ledger_key_is_a_valid_nats_key() -> None:
    assert ledger_key("a b.cpu.3.a1") == "action.a=20b=2Ecpu=2E3=2Ea1"


SNAPSHOT = Snapshot(stored=NOON, by="network-1", number=3, tick=9, at="x", snapshot=b"\x00\xff", boot="this", up=50.0)
HOUR = 3_600.0


def test_missed_intervals_follow_the_absence_within_bounds() -> None:
    assert intervals_missed(3.0, 1.0, 0.25) == 12
    assert intervals_missed(3.0, 5.0, 0.25) == 60
    assert intervals_missed(65.0, 1.0, 30.0) == 2
    assert intervals_missed(-60.0, 1.0, 0.25) == 0
    assert intervals_missed(1e9, 1.0, 0.25) == LONGEST_LEAP * 4


@pytest.mark.parametrize("shift", [-HOUR, 0.0, HOUR, 1e6])
def test_setting_the_wall_clock_changes_nothing_without_a_reboot(shift: float) -> None:
    assert seconds_since(SNAPSHOT, MachineMoment(NOON + 3 + shift, "this", 53.0)) == 3.0


def test_after_a_reboot_or_without_a_boot_id_the_wall_clock_counts() -> None:
    early_release = Snapshot(stored=NOON, by="network-1", number=3, tick=9, at="x", snapshot=b"")
    assert seconds_since(SNAPSHOT, MachineMoment(NOON + 60, "another", 9.0)) == 60.0
    assert seconds_since(SNAPSHOT, MachineMoment(NOON + 60)) == 60.0
    assert seconds_since(early_release, MachineMoment(NOON + 60, "this", 9.0)) == 60.0
    assert seconds_since(early_release, MachineMoment(NOON + 60)) == 60.0
    assert seconds_since(SNAPSHOT, MachineMoment(NOON - 60)) == -60.0


def test_an_earlier_moment_is_earlier_by_both_clocks() -> None:
    assert MachineMoment(NOON, "this", 50.0).before(2.0) == MachineMoment(NOON - 2, "this", 48.0)


def test_a_moment_has_a_boot_id_if_the_machine_has_one(tmp_path: Path) -> None:
    boot = tmp_path / "boot_id"
    assert moment(boot).boot == ""
    boot.write_text("this\n")
    one, other = moment(boot), moment(boot)
    assert (one.boot, other.boot) == ("this", "this")
    assert 0 < one.up <= other.up and abs(other.wall - time.time()) < 60


def test_a_snapshot_survives_encoding_and_an_invalid_one_is_refused() -> None:
    assert decode_snapshot(encode_snapshot(SNAPSHOT)) == SNAPSHOT
    old = b'{"stored":1.5,"by":"network-1","number":3,"tick":9,"at":"x","snapshot":""}'
    assert (decode_snapshot(old).boot, decode_snapshot(old).stored) == ("", 1.5)
    with pytest.raises(MessageError, match="--fresh"):
        decode_snapshot(b"[]")


@given(
    st.lists(st.floats(0, 3), min_size=1, max_size=60),
    st.sampled_from([0.5, 1.0, 10.0]),
    st.sampled_from([0.25, 1.0, 5.0]),
)
def test_the_pace_never_skips_a_reading(delays: list[float], speed: float, interval: float) -> None:
    """However slow the readings are, their number fits wall time once the network has caught up."""
    now, ticks = 50.0, 0
    pace = Pace(now, interval, speed)
    for delay in [*delays, *[0.0] * 50]:
        now += pace.wait(now)
        pace.passed()
        ticks += 1
        assert pace.since_reading(now) <= interval
        now += delay
    while pace.wait(now) == 0:
        pace.passed()
        ticks += 1
    assert abs((now - 50.0) * speed / interval - ticks) <= 1.01


def test_being_late_is_reported_once() -> None:
    pace = Pace(0.0, 0.25, 1.0)
    assert not pace.fell_behind(1.0)
    assert pace.fell_behind(5.0)
    assert not pace.fell_behind(6.0)
    for _ in range(24):
        pace.passed()
    assert not pace.fell_behind(6.0)
    assert pace.fell_behind(9.0)


def test_time_since_a_reading_is_one_interval_at_most() -> None:
    pace = Pace(0.0, 0.25, 2.0)
    pace.wait(0.0)
    pace.passed()
    assert pace.since_reading(0.125) == 0
    assert pace.since_reading(0.125 + 0.05) == pytest.approx(0.1)
    assert pace.since_reading(9.0) == 0.25


def test_only_changed_faults_are_written_and_dropped_ones_deleted() -> None:
    one, two = fault(id="f 1"), fault("server-2", id="f2")
    stored = StoredFaults({"f2": two.model_dump_json().encode(), "old": b"{}"})
    put, gone = stored.changes([one, two])
    assert set(put) == {"f=201"} and gone == ["old"]
    assert stored.changes([one, two]) == ({}, [])
    over = one.model_copy(update={"ended": NOON, "ended_by": EndedBy.TTL})
    put, gone = stored.changes([over])
    assert read_faults(put) == [over] and gone == ["f2"]


def test_invalid_entries_are_skipped() -> None:
    one = fault()
    assert read_faults({"a": b"nonsense", "b": one.model_dump_json().encode()}) == [one]
