"""The page's pure modules, run in the browser: state, ring, filter, address, figures, layout."""

# ruff: noqa: E501, RUF001 - the bodies are JavaScript, and a dash is what the page shows

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from services.gateway.core.catalogue_bodies import catalogue_body

Run = Callable[[str, str], Any]


@pytest.fixture
def run(core: Page) -> Run:
    """Import `/assets/<module>` as `m`, run a JavaScript body and return its result: `run(module, body)`."""

    def running(module: str, body: str) -> Any:
        return core.evaluate(f'async () => {{ const m = await import("/assets/{module}"); {body} }}')

    return running


NODE = (
    '{id: "server-1", type: "server", status: "healthy", cpu_usage: 91.5, memory_usage: 40, latency: 5, '
    'packet_loss: 0, throughput: 10, metrics: {heat: 66}, connections: ["edge-switch-1"]}'
)
SNAPSHOT = f"""
const node = {NODE};
const link = {{id: "edge-switch-1--server-1", source: "edge-switch-1", target: "server-1", capacity: 1000,
  utilization: 20, latency: 1, packet_loss: 0, metrics: {{}}, status: "up"}};
const at = (s) => new Date(Date.UTC(2030, 0, 1, 0, 0, s)).toISOString();
const summary = {{total_nodes: 1, healthy: 1, affected: 0, degraded: 0, down: 0, avg_cpu: 1, avg_memory: 2, avg_latency: 3, avg_packet_loss: 4}};
const stats = {{total_incidents: 3, auto_resolved: 1, manual_intervention: 0, self_cleared: 1, avg_resolution_time: 1, auto_resolution_rate: 0.5}};
const line = (n) => ({{timestamp: at(n), level: "info", message: `line ${{n}}`, service: "detector"}});
const incident = (id, status) => ({{id, status, timestamp: at(1), type: "high_cpu", severity: "critical", node_id: "server-1", cause: null}});
const snapshot = {{event: "snapshot", seq: "a-1", data: {{
  status: {{running: true, cycle_count: 1, mode: "auto", timestamp: at(0), services: {{}}}},
  topology: {{nodes: [node], links: [link], timestamp: at(0)}}, metrics: {{nodes: [node], summary, elements: [], timestamp: at(0)}},
  catalogue: {{metrics: [], faults: [], actions: [], action_states: []}},
  logs: [line(0)], incidents: {{recent_incidents: [incident("i1", "open")], stats, next_cursor: null}},
  approvals: {{approvals: [{{id: "i1.a1", incident: "i1"}}], left_out: 0}}, observations: {{observations: [], left_out: 0}}, cycle: null, cycles: []}}}};
const s = m.empty();
const topics = [...m.fold(s, snapshot)];
"""


def test_a_snapshot_replaces_the_whole_state(run: Run) -> None:
    found = run(
        "core/store.js",
        SNAPSHOT
        + """m.fold(s, {event: "logs_update", seq: "a-2", data: [line(1)]});
        m.fold(s, {...snapshot, seq: "b-1"});
        return {topics: topics.length, nodes: s.nodes.size, links: s.links.size, lines: s.lines.length, seq: s.seq};""",
    )
    assert found == {"topics": 11, "nodes": 1, "links": 1, "lines": 1, "seq": "b-1"}


def test_updates_are_merged_by_id_and_removed_items_are_dropped(run: Run) -> None:
    found = run(
        "core/store.js",
        SNAPSHOT
        + """m.fold(s, {event: "metrics_update", seq: "a-2", data: {nodes: [{...node, cpu_usage: 5}], summary, timestamp: at(1)}});
        m.fold(s, {event: "topology_update", seq: "a-3", data: {nodes: [], links: [{...link, status: "down"}], timestamp: at(2), removed: []}});
        const cpu = s.nodes.get("server-1").cpu_usage, status = s.links.get(link.id).status;
        const changed = [...m.fold(s, {event: "topology_update", seq: "a-4", data: {nodes: [], links: [], timestamp: at(3), removed: ["server-1", link.id]}})];
        return {cpu, status, nodes: s.nodes.size, links: s.links.size, topics: changed, now: s.now === Date.parse(at(3))};""",
    )
    assert found == {"cpu": 5, "status": "down", "nodes": 0, "links": 0, "topics": ["topology", "second"], "now": True}


def test_an_incident_that_is_no_longer_recent_is_kept_only_while_it_is_open(run: Run) -> None:
    found = run(
        "core/store.js",
        SNAPSHOT
        + """const update = (changed, removed) => m.fold(s, {event: "incidents_update", seq: "a-2", data: {recent_incidents: changed, stats, removed, next_cursor: null}});
        update([incident("i2", "resolved")], ["i1"]);
        const open = [...s.incidents.keys()];
        update([incident("i1", "resolved")], ["i2"]);
        update([], ["i1"]);
        return {open, left: [...s.incidents.keys()]};""",
    )
    assert found == {"open": ["i1", "i2"], "left": []}


def test_the_log_and_the_cycles_are_bounded(run: Run) -> None:
    found = run(
        "core/store.js",
        SNAPSHOT
        + """for (let i = 0; i < 60; i++) m.fold(s, {event: "logs_update", seq: "a-2", data: Array.from({length: 100}, (_, n) => line(i * 100 + n))});
        for (let i = 0; i < 500; i++) m.fold(s, {event: "cycle_update", seq: "a-3", data: {cycle: i, phases: {}}});
        return {lines: s.lines.length <= m.KEPT_LINES + 200, newest: s.lines.at(-1).message, cycles: s.cycles.size, first: Math.min(...s.cycles.keys())};""",
    )
    assert found == {"lines": True, "newest": "line 5999", "cycles": 400, "first": 100}


def test_older_lines_are_merged_in_order_and_without_duplicates(run: Run) -> None:
    found = run(
        "core/store.js",
        SNAPSHOT
        + """m.fold(s, {event: "logs_update", seq: "a-2", data: [line(5), line(6)]});
        m.addPast(s, [line(3), line(4), line(5)]);
        return s.lines.map((one) => one.message);""",
    )
    assert found == ["line 0", "line 3", "line 4", "line 5", "line 6"]


def test_a_line_that_the_feed_brings_later_is_shown_once(run: Run) -> None:
    found = run(
        "core/store.js",
        SNAPSHOT
        + """m.fold(s, {event: "logs_update", seq: "a-2", data: [line(5)]});
        m.addPast(s, [line(4), line(5), line(6)]);
        m.fold(s, {event: "logs_update", seq: "a-3", data: [line(6), line(7)]});
        return s.lines.map((one) => one.message);""",
    )
    assert found == ["line 0", "line 4", "line 5", "line 6", "line 7"]


def test_an_unknown_frame_changes_nothing(run: Run) -> None:
    body = SNAPSHOT + 'const changed = m.fold(s, {event: "error", seq: "z", data: {}}); return [changed.size, s.seq];'
    assert run("core/store.js", body) == [0, "a-1"]


def test_a_ring_keeps_the_newest_rows(run: Run) -> None:
    found = run(
        "core/ring.js",
        """const ring = new m.Ring(1, 4);
        for (const t of [1, 2, 3, 3, 2, 4, 5, 6]) ring.push(t, [t * 10]);
        const [times, values] = ring.view();
        const [late] = ring.view(5);
        return {times: [...times], values: [...values], newest: ring.newest, late: [...late]};""",
    )
    assert found == {"times": [3, 4, 5, 6], "values": [30, 40, 50, 60], "newest": 6, "late": [5, 6]}


def test_missing_values_and_distant_times_are_gaps(run: Run) -> None:
    found = run(
        "core/ring.js",
        """const times = [1, 2, 3, 9, 10, 11, 12, 13], values = [1, 1, 1, 1, NaN, NaN, 1, NaN];
        return [m.gaps(times, values, 3), m.gaps(times, values, 3, 1, 3), m.gaps([1, 2], [NaN, 5], 3), m.gaps([], [], 3)];""",
    )
    assert found == [[[3, 9], [9, 12], [12, 13]], [[3, 9]], [[1, 2]], []]


def test_older_lines_get_numbers_of_their_own(run: Run) -> None:
    body = (
        SNAPSHOT
        + """m.fold(s, {event: "logs_update", seq: "a-2", data: [line(3), line(4)]});
        const before = s.lineNumber;
        m.addPast(s, [line(1), line(2), line(3)]);
        return {numbers: s.lines.map((one) => one.n), texts: s.lines.map((one) => one.message), grown: s.lineNumber - before};"""
    )
    found = run("core/store.js", body)
    assert found["texts"] == ["line 0", "line 1", "line 2", "line 3", "line 4"]
    assert len(set(found["numbers"])) == 5
    assert found["grown"] == 0


def test_waiting_actions_are_those_of_the_last_update(run: Run) -> None:
    found = run(
        "core/store.js",
        SNAPSHOT
        + """const first = s.approvals.map((one) => one.id);
        const changed = [...m.fold(s, {event: "approvals_update", seq: "a-2", data: {approvals: [{id: "i2.a1"}], left_out: 3}})];
        return {first, topics: changed, now: s.approvals.map((one) => one.id), more: s.moreApprovals};""",
    )
    assert found == {"first": ["i1.a1"], "topics": ["approvals"], "now": ["i2.a1"], "more": 3}


def test_observations_are_those_of_the_last_update(run: Run) -> None:
    found = run(
        "core/store.js",
        SNAPSHOT
        + """const changed = [...m.fold(s, {event: "observations_update", seq: "a-2", data: {observations: [{id: "o1"}], left_out: 3}})];
        return {topics: changed, now: s.observations.map((one) => one.id), more: s.moreObservations};""",
    )
    assert found == {"topics": ["observations"], "now": ["o1"], "more": 3}


def test_a_snapshot_of_another_system_replaces_the_cycles(run: Run) -> None:
    body = (
        SNAPSHOT
        + """const cycle = (n) => ({cycle: n, timestamp: at(n % 60), phases: {}});
        for (let n = 1000; n < 1500; n++) m.fold(s, {event: "cycle_update", seq: "a-3", data: cycle(n)});
        const kept = s.cycles.size;
        m.fold(s, {...snapshot, seq: "b-1", data: {...snapshot.data, cycles: [cycle(1), cycle(2)]}});
        m.fold(s, {event: "cycle_update", seq: "b-2", data: cycle(3)});
        return {kept, now: [...s.cycles.keys()]};"""
    )
    assert run("core/store.js", body) == {"kept": 400, "now": [1, 2, 3]}


INCIDENT = '{id: "i1", type: "high_cpu", status: "open", node_id: "server-1", member_count: 2}'
LINK = '{id: "edge-1--server-1", source: "edge-1", target: "server-1", capacity: 1000, utilization: 90, metrics: {}, status: "up"}'
LINE = '{message: "high_cpu on server-1", level: "error", service: "rca", n: 1}'


@pytest.mark.parametrize(
    ("text", "node", "link", "incident", "line"),
    [
        ("status:down", False, False, True, True),
        ("state:heal", True, True, True, True),
        ("status:up", True, True, True, True),
        ("status:open", True, True, True, True),
        ("status:resolved", True, True, False, True),
        ("status:nonsense", False, False, False, True),
        ("type:server", True, True, True, True),
        ("type:router", False, True, True, True),
        ("kind:high_cpu", True, True, True, True),
        ("kind:node", True, True, False, True),
        ("level:info", True, True, True, False),
        ("cpu>80", True, True, True, True),
        ("util>95", True, False, True, True),
        ("node:server-1", True, True, True, True),
    ],
)
def test_a_term_ignores_items_without_its_key_or_state(
    run: Run, text: str, node: bool, link: bool, incident: bool, line: bool
) -> None:
    things = f"[{NODE}, {LINK}, {INCIDENT}, {LINE}]"
    found = run("core/filter.js", f"return {things}.map((one) => m.passes(m.parse({text!r}), one));")
    assert found == [node, link, incident, line]


def test_the_overall_status_names_each_count_once(run: Run) -> None:
    found = run(
        "core/derive.js",
        """const stats = (open) => ({total_incidents: open, auto_resolved: 0, manual_intervention: 0, self_cleared: 0});
        return [[1, 2, 3, 1], [0, 2, 3, 1], [0, 2, 3, 0], [0, 0, 3, 0], [0, 0, 0, 0]].map(([down, degraded, affected, open]) =>
          m.sentence(m.overallStatus({summary: {total_nodes: 9, down, degraded, affected}, stats: stats(open), status: {}})));""",
    )
    assert found == [
        "1 down: 2 degraded, 3 affected of 9 nodes",
        "1 incident: 2 degraded, 3 affected of 9 nodes",
        "2 degraded: 3 affected of 9 nodes",
        "3 affected of 9 nodes",
        "All well: all 9 nodes healthy",
    ]


def test_evidence_names_an_element_and_not_one_whose_name_contains_it(run: Run) -> None:
    found = run(
        "core/derive.js",
        """const member = (node) => ({node});
        const detail = {node_id: "core-1", cause: null, members: ["server-1", "server-10", "edge-1"].map(member),
          causes: [{evidence: ["loss at server-10, then at server-1", "edge-1--server-2 is full"]}]};
        const focus = m.focusOf(detail);
        return {evidence: [...focus.evidence], affected: [...focus.affected]};""",
    )
    assert found == {"evidence": ["server-1", "server-10"], "affected": ["edge-1"]}


def test_evidence_names_a_device_with_any_characters(run: Run) -> None:
    found = run(
        "core/derive.js",
        """const member = (node) => ({node});
        const names = ["SW2", "SW2~", "edge a", "edge a b", "core1", "core1.example.net", "Ядро", "核心"];
        const detail = {node_id: "c", cause: null, members: names.map(member), causes: [{evidence: [
          "latency of SW2~ is 3.0 ms where 1.0 ms is expected (limit 2.0)", "edge a b does not answer for 2 s",
          "leaves unexplained what is seen at core1.example.net, Ядро-2, 核心"]}]};
        return [...m.focusOf(detail).evidence];""",
    )
    assert found == ["SW2~", "edge a b", "core1.example.net", "核心"]


def test_a_node_that_is_down_has_no_current_value(run: Run) -> None:
    body = f"""const node = {NODE}, link = {LINK};
    return [m.nowOf(node, "cpu_usage"), m.nowOf({{...node, status: "down"}}, "cpu_usage"), m.nowOf({{...link, status: "down"}}, "utilization")];"""
    assert run("core/derive.js", body) == [91.5, None, 90]


def test_the_filter_by_node_has_the_same_rule_as_the_gateway(run: Run) -> None:
    cases = (Path(__file__).parents[1] / "shared" / "concern.json").read_text()
    wrong = run("core/filter.js", f"return {cases}.filter(([wanted, one, is]) => m.isOf(wanted, one) !== is);")
    assert wrong == []
    body = f"""const filter = (wanted) => m.parse(`node:"${{wanted}}"`);
        return {cases}.filter(([wanted, one, is]) => m.passes(filter(wanted), {{elements: [one]}}) !== is);"""
    assert run("core/filter.js", body) == []
    incident = '{id: "br-1--hq.packet_loss.7", member_count: 2, node_id: "hq", elements: ["hq", "br-1--hq"]}'
    for text, passes in (('node:"br-1"', True), ("node:br", True), ('node:"br"', False), ('-node:"hq"', False),
                         ('Node:"br"', False), ('node:"BR-1"', False), ("node:BR", True), ("node>1", True)):  # fmt: skip
        assert run("core/filter.js", f"return m.passes(m.parse({text!r}), {incident});") is passes, text


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("", True),
        ("server", True),
        ("SERVER-1", True),
        ("router", False),
        ("-server", False),
        ("status:healthy", True),
        ("status:down", False),
        ("-status:down", True),
        ("cpu>90", True),
        ("cpu<90", False),
        ("cpu>=91.5 type:server", True),
        ("cpu>90 type:router", False),
        ("mem>40", False),
        ("heat>70", False),
        ("heat>60", True),
        ("he>70", True),
        ("temp>70", True),
        ("level:error", True),
        ("node:server-1", True),
        ("node:server-2", False),
        ('"server-1"', True),
    ],
)
def test_the_filter_parses_words_keys_and_figures(run: Run, text: str, passes: bool) -> None:
    assert run("core/filter.js", f"return m.passes(m.parse({text!r}), {NODE});") is passes


def test_an_address_survives_writing_and_reading(run: Run) -> None:
    found = run(
        "core/route.js",
        """const options = {};
        const routes = [{view: "", id: "", filter: "", options}, {view: "table", id: "", filter: "cpu>80 a", options},
          {view: "incident", id: "a--b.up.12/é", filter: "", options}, {view: "link", id: "a--b", filter: "x&y=z?", options},
          {view: "table", id: "", filter: "a", options: {of: "links", sort: "latency", down: "1"}},
          {view: "log", id: "", filter: "", options: {levels: "error,warning"}},
          {view: "node", id: "a", filter: "", options: {averages: "600", span: "3600"}}];
        return routes.map((route) => JSON.stringify(m.read(m.write(route))) === JSON.stringify(route));""",
    )
    assert found == [True] * 7
    lost = (
        'return ["", "#", "#/nowhere", "#/incident", "#/table/x", "#/node/%E0%A4%A"].map((hash) => m.read(hash).view);'
    )
    assert run("core/route.js", lost) == [""] * 6


def test_an_address_has_the_options_of_its_own_view_only(run: Run) -> None:
    found = run(
        "core/route.js",
        """const before = {sort: "latency", down: "1", levels: "error", averages: "600"};
        return [m.write({view: "table", options: before}), m.write({view: "score", options: before}),
          m.read("#/log?sort=latency&levels=error&nothing=1").options,
          m.follow(before, m.read("#/table")), m.follow(before, m.read("#/table?sort=cpu_usage"))];""",
    )
    assert found == [
        "#/table?sort=latency&down=1",
        "#/score",
        {"levels": "error"},
        {"levels": "error", "averages": "600"},
        {"sort": "cpu_usage", "levels": "error", "averages": "600"},
    ]


def test_a_time_is_in_utc_with_the_date_of_another_day(run: Run) -> None:
    found = run(
        "core/format.js",
        """const now = Date.parse("2030-01-02T00:30:00Z");
        return [m.clock("2030-01-02T01:59:58+02:00", now), m.clock("2030-01-02T00:29:58Z", now),
          m.clock("2030-01-01T11:59:58Z"), m.clockFine("2030-01-01T11:59:58.250Z")];""",
    )
    assert found == ["2030-01-01T23:59:58Z", "00:29:58Z", "11:59:58Z", "11:59:58.2Z"]


def test_rates_and_figures_are_written_as_the_command_line_writes_them(run: Run) -> None:
    cases = json.loads((Path(__file__).parents[1] / "units.json").read_text())
    found = run(
        "core/format.js",
        f"""const cases = {json.dumps(cases)};
        return {{rate: cases.rate.map(([value]) => m.rate(value)), figure: cases.figure.map(([value, digits]) => m.figure(value, digits)),
          more: [m.rate(0.064), m.quantity(1.5, "Mbit/s", 0), m.quantity(0.04, "ms", 1), m.quantity(0.004, "%", 2),
            m.percent(0.004), m.percent(0.9998, 1), m.percent(1, 1), m.span(0.04), m.span(0), m.rate(null)]}};""",
    )
    assert found["rate"] == [text for _, text in cases["rate"]]
    assert found["figure"] == [text for *_, text in cases["figure"]]
    assert found["more"] == [
        *("64 kbit/s", "1.5 Mbit/s", "0.04 ms", "0.004 %", "0.4 %", "99.98 %", "100.0 %", "<0.1 s", "0.0 s", "–")
    ]


CATALOGUE = json.dumps(catalogue_body().model_dump(mode="json"))


def test_a_metric_is_written_as_the_catalogue_says(run: Run) -> None:
    found = run(
        "core/catalogue.js",
        f"""const all = {CATALOGUE};
        all.metrics.push({{name: "heat", element: "node", label: "Heat", unit: "°C", digits: 2, role: null, threshold: null}});
        const node = {{id: "a", cpu_usage: 12.345, status: "healthy", metrics: {{heat: 41.25, status: 7}}}};
        return {{names: m.metricsOf(all, "node").map((row) => row.name), shown: m.metricsOf(all, "node").slice(-1).map((row) => m.measure(row, m.valueOf(node, row.name))),
          role: m.metricIn(all, "link", "load").name, cpu: m.measure(m.metricIn(all, "node", "work"), node.cpu_usage), further: m.valueOf(node, "status"),
          none: [m.measure(undefined, 3), m.valueOf(undefined, "heat") ?? null], head: m.headOf(all.metrics.at(-1)),
          limits: [...m.limitsOf(all).keys()], at: [m.faultAt(all, "link"), m.faultAt(all, "path") ?? null]}};""",
    )
    assert found["names"][-1] == "heat" and "reachable" not in found["names"]
    assert (found["shown"], found["cpu"], found["head"], found["further"]) == (["41.3 °C"], "12.3 %", "Heat, °C", 7)
    assert (found["role"], found["none"]) == ("utilization", ["3.0", None])
    assert found["limits"] == ["cpu_usage", "memory_usage", "latency", "packet_loss"]
    assert found["at"] == ["link_down", None]


def test_unknown_figures_are_dashes(run: Run) -> None:
    found = run(
        "core/format.js",
        """return [m.figure(null), m.figure(1234567, 0), m.quantity(12.34, "%", 1), m.quantity(undefined, "ms", 1), m.clock("no time"),
          m.span(0.44), m.span(59), m.span(600), m.span(-4), m.readable("high_cpu"), m.count(1, "node"), m.count(2, "anomaly", "anomalies"),
          m.ago("2030-01-01T00:00:00Z", Date.parse("2030-01-01T00:00:07Z")), m.ago("2030-01-01T01:00:00Z", Date.parse("2030-01-01T00:00:00Z"))];""",
    )
    assert found == [
        "–", "1,234,567", "12.3 %", "–", "–", "0.4 s", "59 s", "10 min", "0.0 s", "high CPU", "1 node", "2 anomalies", "7 s ago", "now",
    ]  # fmt: skip


def test_the_layout_is_deterministic_and_no_two_nodes_coincide(run: Run) -> None:
    found = run(
        "map/place.js",
        """const net = (r, s, v) => [
            ...Array.from({length: r}, (_, i) => ({id: `router-${i}`, type: "router", connections: [`router-${(i + 1) % r}`]})),
            ...Array.from({length: s}, (_, i) => ({id: `switch-${i}`, type: "switch", connections: [`router-${i % r}`]})),
            ...Array.from({length: v}, (_, i) => ({id: `server-${i}`, type: "server", connections: [`switch-${i % s}`]}))];
        return [[3, 5, 8], [1, 1, 1], [0, 0, 1], [24, 0, 0], [4, 40, 400], [0, 0, 0], [2, 0, 5], [100, 0, 0]].map(([r, s, v]) => {
          const nodes = net(r, s, v);
          const one = m.place(nodes, 2), two = m.place([...nodes].reverse(), 2);
          const spots = [...one.places.values()].map(({x, y}) => `${x.toFixed(2)} ${y.toFixed(2)}`);
          const same = nodes.every(({id}) => one.places.get(id).x === two.places.get(id).x && one.places.get(id).y === two.places.get(id).y);
          return one.places.size === nodes.length && new Set(spots).size === nodes.length && same && !spots.join().includes("NaN");
        });""",
    )
    assert found == [True] * 8


def test_arrow_keys_reach_every_node(run: Run) -> None:
    found = run(
        "map/place.js",
        """const {place} = await import("/assets/map/place.js");
        const nodes = [..."abc"].map((n) => ({id: `router-${n}`, type: "router", connections: []}))
          .concat([..."defg"].map((n) => ({id: `switch-${n}`, type: "switch", connections: ["router-a"]})))
          .concat([..."hijklmn"].map((n, i) => ({id: `server-${n}`, type: "server", connections: [`switch-${"defg"[i % 4]}`]})));
        const {places} = place(nodes, 2);
        const seen = new Set(["router-a"]), queue = ["router-a"];
        for (const id of queue) for (const way of ["up", "down", "left", "right"]) {
          const next = m.nearest(places, id, way);
          if (!seen.has(next)) seen.add(next), queue.push(next);
        }
        return [seen.size, nodes.length];""",
    )
    assert found[0] == found[1]


def test_five_thousand_nodes_are_drawn_as_few_groups(run: Run) -> None:
    found = run(
        "map/group.js",
        """const nodes = new Map(), links = new Map(), used = (link) => link.utilization;
        const add = (id, type, connections) => nodes.set(id, {id, type, status: id === "server-7" ? "down" : "healthy", connections});
        for (let i = 0; i < 60; i++) add(`router-${i}`, "router", [`router-${(i + 1) % 60}`]);
        for (let i = 0; i < 4940; i++) {
          add(`server-${i}`, "server", [`router-${i % 60}`]);
          nodes.get(`router-${i % 60}`).connections.push(`server-${i}`);
          links.set(`router-${i % 60}--server-${i}`, {id: `router-${i % 60}--server-${i}`, source: `router-${i % 60}`, target: `server-${i}`, capacity: 1000, utilization: 1, status: "up"});
        }
        for (let i = 0; i < 60; i++) links.set(`r${i}`, {id: `r${i}`, source: `router-${i}`, target: `router-${(i + 1) % 60}`, capacity: 1000, utilization: i, status: "up"});
        const all = m.drawn(nodes, links, "", 1, used);
        const group = m.groupOf("server-7");
        const inside = m.drawn(nodes, links, group, 1, used);
        return {groups: all.nodes.length, down: all.nodes.filter((one) => one.status === "down").map((one) => one.id === group),
          ungrouped: [...nodes.keys()].filter((id) => !m.groupOf(id)).length, shown: inside.nodes.some((one) => one.id === "server-7"), lifted: m.lift(new Set(["server-7"])).has(group)};""",
    )
    assert found["groups"] <= 48
    assert (found["down"], found["ungrouped"], found["shown"], found["lifted"]) == ([True], 0, True, True)
