"""The text output: columns that can be searched and copied, and no control characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Group

from nms.client import Body
from nms.commands.control import changes
from nms.log_follow import Lines
from nms.show import elements
from nms.show.catalogue import catalogue
from nms.show.columns import columns, word
from nms.show.incidents import incident, incidents
from nms.show.log import log_line
from nms.show.network import config, faults, services, settings, status
from nms.show.scorecard import scorecard
from nms.terminal import as_written, console
from services.gateway.core.catalogue_bodies import catalogue_body
from shared.domain.catalogue import ACTIONS, FAULTS, METRICS
from shared.domain.config import Desired
from shared.domain.errors import SettingError
from shared.domain.kinds import Level, ServiceName
from shared.domain.printable import printable

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
CATALOGUE = catalogue_body().model_dump(mode="json")


def topology(body: Body) -> Group:
    return elements.topology(body, CATALOGUE)


def metrics(body: Body) -> Group:
    return elements.metrics(body, CATALOGUE | body)


DESIRED = Desired().model_dump(mode="json")


def test_columns_have_no_trailing_blanks_and_are_never_cut() -> None:
    long = "core-router-1--edge-switch-1." * 20
    lines = columns(("name", "count", "state"), [["a", 1, "up"], [long, 20, None]], "none").plain.splitlines()
    assert all(line == line.rstrip() for line in lines)
    assert lines[2] == f"{long}     20  -"
    assert lines[1].split() == ["a", "1", "up"]


def test_an_empty_table_is_a_sentence() -> None:
    assert columns(("a",), [], "There are none.").plain == "There are none."


@given(st.text())
def test_control_characters_are_escaped(text: str) -> None:
    assert printable(text).isprintable()
    assert word(text).isprintable()
    expected_text = log_line({"message": text, "service": text, "level": text, "timestamp": text}).plain
    assert expected_text.isprintable()


@given(
    JSON,
    st.sampled_from([incident, incidents, services, topology, metrics, catalogue, faults, config, scorecard]),
    st.sampled_from(
        [
            *("recent_incidents", "services", "nodes", "links", "faults", "causes", "members", "stats", "by_kind"),
            *("elements", "metrics", "actions", "action_states"),
        ]
    ),
)
def test_any_answer_of_a_system_can_be_shown(value: object, show: object, key: str) -> None:
    body = {key: [value, {"id": value, "actions": value}], "summary": value, "comments": value, "seconds": value}
    assert isinstance(as_written(console(), show(body)), str)  # type: ignore[operator]
    assert status("here", {"services": value}, {"summary": value}).plain


@pytest.mark.parametrize(
    ("silent", "expected_text"),
    [
        (None, "faults are injected, cycle 7, repair mode auto"),
        (ServiceName.DETECTOR, "faults are injected, cycle 7, repair mode auto"),
        (ServiceName.REMEDIATOR, "faults are injected, cycle 7, repair mode auto (no answer)"),
        (ServiceName.INJECTOR, "faults are injected (no answer), cycle 7, repair mode auto"),
    ],
)
def test_a_mode_is_marked_if_its_service_is_down(silent: ServiceName | None, expected_text: str) -> None:
    services = dict.fromkeys(ServiceName, "up") | ({silent: "down"} if silent else {})
    state = {"running": True, "cycle_count": 7, "mode": "auto", "services": services}
    assert status("here", state, {}).plain.splitlines()[0] == f"here: {expected_text}"


def test_an_added_metric_is_a_column() -> None:
    row = {"name": "heat", "element": "node", "label": "Heat", "unit": "°C", "role": None}
    port = {"name": "errors", "element": "interface", "label": "Errors", "unit": "/s", "role": None}
    catalogue = {"metrics": [*CATALOGUE["metrics"], row, port]}
    node = {"id": "server-1", "type": "server", "status": "healthy", "throughput": 1500.0, "metrics": {"heat": 41.2}}
    body = {"nodes": [node], "elements": [{"id": "server-1:eth0", "kind": "interface", "metrics": {"errors": 7.5}}]}
    head, first, *rest = as_written(console(), elements.metrics(body, catalogue)).splitlines()
    assert head.split("  ")[-1] == "heat °C"
    assert first.split()[-3:] == ["1.5", "Gbit/s", "41.2"]
    assert [line.split() for line in rest[-2:]] == [["interface", "errors", "/s"], ["server-1:eth0", "7.5"]]


def test_the_catalogue_shows_every_row() -> None:
    shown = as_written(console(), catalogue(CATALOGUE))
    for name in (*FAULTS, *ACTIONS, *(name for _, name in METRICS)):
        assert any(line.split()[0] == name for line in shown.splitlines() if line), name
    assert "Metrics" not in as_written(console(), catalogue({"faults": CATALOGUE["faults"]}))


def test_settings_are_shown_as_they_are_set() -> None:
    shown = dict(settings(DESIRED))
    assert shown["thresholds.cpu_usage"] == "80.0"
    assert shown["running"] == "true"
    assert shown["max_faults"] == "null"
    again = changes([f"{name}={value}" for name, value in shown.items()], DESIRED)
    assert Desired.model_validate(again) == Desired()


@pytest.mark.parametrize(
    ("setting", "parsed"),
    [
        ("mode=approve", {"mode": "approve"}),
        ("interval=5", {"interval": 5}),
        ("kinds=high_cpu,node_down", {"kinds": ["high_cpu", "node_down"]}),
        ("targets=", {"targets": []}),
        ("max_faults=null", {"max_faults": None}),
        ("max_faults=3", {"max_faults": 3}),
        ("thresholds.latency=40", {"thresholds": {"latency": 40}}),
        ("interval=soon", {"interval": "soon"}),
    ],
)
def test_a_setting_is_parsed_by_its_type(setting: str, parsed: dict[str, object]) -> None:
    assert changes([setting], DESIRED) == parsed


def test_two_thresholds_are_one_change() -> None:
    assert changes(["thresholds.latency=40", "thresholds.cpu_usage=85"], DESIRED) == {
        "thresholds": {"latency": 40, "cpu_usage": 85}
    }


@pytest.mark.parametrize("setting", ["mode", "mood=auto", "thresholds=5.x", "thresholds.x=5", "x.y.z=1", "=1", ".=1"])
def test_an_unknown_setting_is_refused(setting: str) -> None:
    if setting == "thresholds=5.x":
        assert changes([setting], DESIRED) == {"thresholds": "5.x"}  # the gateway says what is wrong with the value
        return
    with pytest.raises(SettingError, match="nms config"):
        changes([setting], DESIRED)


def test_a_log_line_is_shown_once_and_only_if_it_passes_the_filter() -> None:
    lines = Lines(Level.INFO, ServiceName.RCA)
    expected_text = [
        {"timestamp": f"{n}", "service": service, "level": level, "message": "m"}
        for n, (service, level) in enumerate([("rca", "info"), ("rca", "error"), ("network", "info"), ("rca", "info")])
    ]
    assert [line["timestamp"] for line in lines.new(expected_text)] == ["0", "3"]
    assert list(lines.new(expected_text)) == []
