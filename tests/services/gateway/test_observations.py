from __future__ import annotations

import pytest

from services.gateway.core import CursorError, observations
from services.gateway.core.observations import ObservationList
from shared.testing import observed, passed
from shared.testing.builders import NOON

SERVER, LINK = "server-1", "edge-switch-1--server-1"


def names(found: tuple[observations.ObservationBody, ...]) -> list[str]:
    return [one.id for one in found]


def many(count: int) -> ObservationList:
    kept = ObservationList()
    for number in range(count):
        kept.absorb(observed(f"server-{number}", since=NOON + number))
    return kept


def test_an_observation_goes_on_until_it_has_passed() -> None:
    kept, began = ObservationList(), observed(SERVER)
    kept.absorb(began)
    (one,) = kept.page().observations
    assert (one.id, one.node, one.metric, one.passed, one.became) == (began.id, SERVER, "cpu_usage", None, None)
    assert (kept.page().open, kept.current().observations) == (1, (one,))
    end = passed(began, became="server-1.cpu_usage.40")
    kept.absorb(end)
    (ended,) = kept.page().observations
    assert (ended.passed, ended.became) == (end.at, "server-1.cpu_usage.40")
    assert (kept.page().open, kept.current().observations) == (0, ())


def test_a_repeated_event_changes_nothing() -> None:
    kept, began = ObservationList(), observed(SERVER)
    for event in (began, began, passed(began)):
        kept.absorb(event)
    body, revision = kept.page(), kept.revision
    for event in (began, passed(began), passed(observed("server-9"))):
        kept.absorb(event)
    assert (kept.page(), kept.revision) == (body, revision)


def test_the_list_is_filtered_by_state_and_element() -> None:
    kept = ObservationList()
    one, other, link = observed(SERVER), observed("server-2"), observed(LINK, "utilization")
    for event in (one, other, link, passed(other)):
        kept.absorb(event)
    assert names(kept.page(open=True).observations) == sorted([one.id, link.id])
    assert names(kept.page(open=False).observations) == [other.id]
    assert names(kept.page(node=SERVER).observations) == sorted([one.id, link.id]), "a node and its links"
    assert names(kept.page(node=LINK).observations) == [link.id]


def test_pages_lead_from_the_newest_to_the_oldest() -> None:
    kept = many(5)
    newest = kept.page(limit=2)
    older = kept.page(limit=2, cursor=newest.next_cursor)
    oldest = kept.page(limit=2, cursor=older.next_cursor)
    assert [one.node for body in (oldest, older, newest) for one in body.observations] == [
        f"server-{number}" for number in range(5)
    ]
    assert oldest.next_cursor is None
    with pytest.raises(CursorError, match="next_cursor"):
        kept.page(cursor="odd")


def test_the_list_is_bounded_and_drops_first_what_has_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observations, "KEPT_OBSERVATIONS", 3)
    kept = many(3)
    kept.absorb(passed(observed("server-1", since=NOON + 1)))
    kept.absorb(observed("server-3", since=NOON + 3))
    assert [one.node for one in kept.page().observations] == ["server-0", "server-2", "server-3"]
    kept.absorb(observed("server-4", since=NOON + 4))
    assert [one.node for one in kept.page().observations] == ["server-2", "server-3", "server-4"]


def test_a_frame_lists_the_newest_and_counts_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observations, "MAX_OPEN_SENT", 2)
    current = many(5).current()
    assert [one.node for one in current.observations] == ["server-3", "server-4"]
    assert current.left_out == 3
