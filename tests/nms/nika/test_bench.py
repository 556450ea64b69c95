"""A run writes a valid result for each case, goes on where it ended, and its report stands beside the peers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from network.lab.plan import LabPlan
from nms.cli import run as nms
from nms.nika import wiring
from nms.nika.bench import BenchRequest, run_cases, write_summary
from nms.nika.cases import NikaCase, read_cases
from nms.nika.course import CourseKind
from nms.nika.mapping import LoopCause
from nms.nika.parts import Arena, CaseLaboratory, CaseLoop
from nms.nika.report import main as report
from nms.nika.report import unexplained, with_results
from nms.nika.runner import CaseRecord
from nms.nika.summary import markdown_of, table
from shared.domain.errors import SettingError
from tests.nms.nika.plans import plan
from tests.nms.nika.scripted import ScriptedLaboratory, ScriptedLoop, ScriptedNetwork
from tests.nms.nika.virtual import run

CASES = """\
seed: 42
cases:
- {id: dns, scenario: small, problem: dns_service_down, inject: {host_name: dns_pod0}, topo_size: s, root_causes: [
    {resource: {kind: node, node: dns_pod0}, fault_type: dns_service_down}]}
- {id: flap, group: rpki, scenario: small, problem: link_flap, topo_size: s, root_causes: [
    {resource: {kind: link, name: 'b:eth2--c:eth0'}, fault_type: link_flap}]}
- {id: quiet, scenario: small, problem: healthy, inject: {}, topo_size: s, root_causes: []}
- {id: elsewhere, scenario: other, problem: link_down, topo_size: s, root_causes: [
    {resource: {kind: link, name: 'a--b'}, fault_type: link_down}]}
- {id: misfit, scenario: small, problem: link_down, topo_size: s, root_causes: [
    {resource: {kind: link, name: 'b:eth2--x:eth0'}, fault_type: link_down}]}
"""
SECONDS = {"type": ["number", "null"], "minimum": 0}
F1 = {"type": ["number", "null"], "minimum": 0, "maximum": 1}
TEXT = {"type": "string", "minLength": 1}


def fields(**properties: object) -> dict[str, object]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


RESOURCE = {
    "oneOf": [
        fields(kind={"const": "node"}, node=TEXT),
        fields(kind={"const": "interface"}, node=TEXT, name=TEXT),
        fields(kind={"const": "link"}, name=TEXT),
    ]
}
SCHEMA = fields(
    id=TEXT,
    is_anomaly={"type": ["boolean", "null"]},
    root_causes={"type": "array", "items": fields(resource=RESOURCE, fault_type=TEXT)},
    rca_f1=F1,
    localization_f1=F1,
    detection={"enum": [0, 1, None]},
    seconds=fields(detect=SECONDS, verdict=SECONDS, repair=SECONDS),
    repaired={"enum": [True, False, "not repairable"]},
    regressions={"type": "array", "items": TEXT},
    actions={
        "type": "array",
        "items": fields(id=TEXT, kind=TEXT, target=TEXT, state=TEXT, started={"type": "boolean"}),
    },
    void={"type": ["string", "null"], "minLength": 1},
)
CAUSES = {
    "dns": (LoopCause("dns/dns_pod0", "dns_service_down"),),
    "flap": (LoopCause("b--c", "link_flap"), LoopCause("a", "node_down")),
    "quiet": (),
}


def arena(built: list[str], scripts: Mapping[str, Mapping[str, Any]] | None = None, loops: bool = True) -> Arena:
    networks: dict[str, ScriptedNetwork] = {}
    scripts = scripts or {}

    def read(case: NikaCase, file: Path) -> LabPlan:
        assert file.name == "small.yaml"
        return plan()

    def laboratory(case: NikaCase, plan: LabPlan) -> CaseLaboratory:
        built.append(case.id)
        network = networks.setdefault(case.id, ScriptedNetwork())
        return ScriptedLaboratory(network, cable="the fault is in the cable" if case.id == "flap" else "")

    def loop(case: NikaCase, plan: LabPlan) -> CaseLoop:
        network = networks.setdefault(case.id, ScriptedNetwork())
        return ScriptedLoop(
            network, **{"causes": CAUSES[case.id], "heals": case.id == "dns", **scripts.get(case.id, {})}
        )

    return Arena(read, laboratory, loop if loops else None)


@pytest.fixture
def request_of(tmp_path: Path) -> Callable[..., BenchRequest]:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "small.yaml").write_text("")
    (tmp_path / "cases.yaml").write_text(CASES)

    def make(**more: Any) -> BenchRequest:
        cases = read_cases([tmp_path / "cases.yaml"])
        return BenchRequest(cases, tmp_path / "scenarios", tmp_path / "out", **{"kind": CourseKind.COLD, **more})

    return make


def done(request: BenchRequest, of: Arena) -> dict[str, Any]:
    records: list[CaseRecord] = []
    run(run_cases(request, of, records.append))
    return {path.stem: json.loads(path.read_text()) for path in sorted(request.out.glob("*.json"))}


def test_every_result_obeys_the_schema(request_of: Callable[..., BenchRequest]) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    results = done(request_of(), arena([]))
    assert list(results) == ["dns", "elsewhere", "flap", "misfit", "quiet"]
    errors = [(name, e.message) for name, one in results.items() for e in Draft202012Validator(SCHEMA).iter_errors(one)]
    assert errors == []


def test_results_have_answer_scores_times_and_repair(request_of: Callable[..., BenchRequest]) -> None:
    results = done(request_of(), arena([]))
    dns, flap, quiet = results["dns"], results["flap"], results["quiet"]
    assert (dns["rca_f1"], dns["localization_f1"], dns["detection"]) == (1.0, 1.0, 1.0)
    assert dns["repaired"] is True
    assert dns["seconds"]["detect"] < dns["seconds"]["verdict"] < dns["seconds"]["repair"]
    assert [action["target"] for action in dns["actions"]] == ["dns/dns_pod0"]
    assert flap["root_causes"] == [{"resource": {"kind": "link", "name": "b:eth2--c:eth0"}, "fault_type": "link_flap"}]
    assert flap["repaired"] == "not repairable"
    assert flap["seconds"]["repair"] is None
    assert (quiet["is_anomaly"], quiet["root_causes"], quiet["rca_f1"]) == (False, [], 1.0)


def test_a_case_that_cannot_be_begun_is_void_and_the_others_go_on(request_of: Callable[..., BenchRequest]) -> None:
    results = done(request_of(), arena([]))
    assert results["elsewhere"]["void"].startswith("no scenario file other.s.yaml or other.yaml")
    assert results["misfit"]["void"].startswith(
        "the case does not fit its scenario: link/b:eth2--x:eth0 is no resource"
    )
    for name in ("elsewhere", "misfit"):
        assert (results[name]["is_anomaly"], results[name]["rca_f1"]) == (None, None)


def test_an_interrupted_run_goes_on_with_what_is_missing(request_of: Callable[..., BenchRequest]) -> None:
    built: list[str] = []
    results = done(request_of(), arena(built))
    (request_of().out / "flap.json").unlink()
    assert done(request_of(resume=True), arena(built)) == results
    assert built == ["dns", "flap", "quiet", "flap"]


def test_a_folder_without_scenarios_is_refused_before_anything_is_built(
    request_of: Callable[..., BenchRequest], tmp_path: Path
) -> None:
    built: list[str] = []
    request = request_of()
    (tmp_path / "scenarios" / "small.yaml").unlink()
    with pytest.raises(SettingError, match=r"such as small\.s\.yaml or small\.yaml"):
        done(request, arena(built))
    assert built == []


def test_the_summary_counts_by_group_and_leaves_out_void_cases(request_of: Callable[..., BenchRequest]) -> None:
    request = request_of()
    done(request, arena([], {"quiet": {"imagines": True, "causes": (LoopCause("a", "ospf_acl_block"),)}}))
    text = write_summary(request.out)
    summary = json.loads((request.out / "report" / "summary.json").read_text())
    assert summary["cases"] == 5
    assert set(summary["void"]) == {"elsewhere", "misfit"}
    assert {name: each["cases"] for name, each in summary["groups"].items()} == {
        "all": 3,
        "core": 2,
        "rpki": 1,
        "faults": 2,
        "healthy": 1,
    }
    assert summary["groups"]["core"]["rca_f1"]["mean"] == 0.5
    assert summary["groups"]["healthy"]["detection"]["mean"] == 0.0
    assert summary["repair"]["actions_on_healthy"] == 1
    assert summary["repair"]["repaired"] == summary["repair"]["not_repairable"] == 1
    assert summary["missed"] == ["quiet"]
    assert (request.out / "report" / "summary.md").read_text() == text
    assert "| Claude Code + Qwen3.8-27B-FP8 | 26 of the test half | .677 | .515 to .830 |" in text
    assert "cold" in text
    assert "open-book" in text


def test_notes_explain_a_result(request_of: Callable[..., BenchRequest]) -> None:
    request = request_of()
    done(request, arena([]))
    notes = json.loads((request.out / "report" / "cases" / "flap.json").read_text())
    assert notes["left_out"] == [
        "node_down at a: no fault id is a node that is off; `frr_service_down` is about routing programs alone"
    ]
    assert notes["not_repairable"] == "the fault is in the cable"
    assert [each["phase"] for each in notes["phases"]][:3] == ["build", "baseline", "remember"]


def test_a_text_cannot_leave_its_cell() -> None:
    assert table(("a",), [("x | y\nz",)]).splitlines() == ["| a |", "| --- |", "| x \\| y z |"]


def test_a_report_replaces_the_results_of_a_page_and_asks_for_explanations(
    request_of: Callable[..., BenchRequest], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    request = request_of()
    done(request, arena([], {"dns": {"names": None}}))
    page = tmp_path / "nika.md"
    page.write_text("# NIKA\n\n## Results\n\nnone yet\n\n## Misses\n\n- `other`: no.\n\n## More\n\n- `dns`\n")
    assert report([str(request.out), str(page)]) == 1
    assert "dns is not fully right: explain it" in capsys.readouterr().err
    text = page.read_text()
    assert "none yet" not in text
    assert "| dns | dns_service_down | an anomaly without a cause | .000 | .000 | 1.000 |" in text
    page.write_text(text.replace("- `other`: no.", "- `dns`: it waits for a second sign."))
    assert report([str(request.out), str(page)]) == 0
    assert page.read_text() == with_results(page.read_text(), markdown_of_folder(request.out))
    with pytest.raises(SystemExit, match="2"):
        report([])
    assert report([str(tmp_path / "nothing")]) == 2
    assert "there is no result in it" in capsys.readouterr().err


def markdown_of_folder(out: Path) -> str:
    from nms.nika.results import read_results

    return markdown_of(read_results(out))


def test_an_explanation_counts_only_in_its_section() -> None:
    page = "## Misses\n\n| dev-0200 | no |\n- dev-021 is late\n\n## Other\n\ndev-020\n"
    assert unexplained(page, ["dev-020", "dev-021"]) == ["dev-020"]


def test_the_command_rehearses(
    request_of: Callable[..., BenchRequest],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    request_of()
    built: list[str] = []
    monkeypatch.setattr(asyncio, "run", run)
    monkeypatch.setattr(wiring, "arena", lambda kind, choice: arena(built, loops=kind is not CourseKind.REHEARSAL))
    command = ["bench", "nika", str(tmp_path / "cases.yaml"), "--out", str(tmp_path / "out")]
    assert nms([*command, "--rehearse", "--only", "dns", "--only", "elsewhere"]) == 0
    out, err = capsys.readouterr()
    assert built == ["dns"]
    assert "| dns | small.yaml | dns_service_down | 0.5 | 0.5 | 1.0 | 0.5 | 2.0 |  |" in out
    assert "elsewhere: void: no scenario file" in err
    assert [path.name for path in (tmp_path / "out").iterdir()] != []
    assert not list((tmp_path / "out").glob("*.json")), "a rehearsal is no result"
    assert nms([*command, "--cold", "--only", "dns"]) == 0
    assert "NIKA 0.2.0, cold: 1 cases, 0 void." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--cold", "--rehearse"), "give one of them"),
        (("--only", "dsn"), "--only dsn: no case has this id; did you mean dns?"),
        (("--scenarios", "/nowhere", "--rehearse"), "--scenarios /nowhere: it has no scenario of these cases"),
    ],
)
def test_the_command_refuses_what_cannot_be(
    arguments: tuple[str, ...],
    says: str,
    request_of: Callable[..., BenchRequest],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    request_of()
    monkeypatch.setattr(wiring, "arena", lambda kind, choice: arena([], loops=False))
    assert nms(["bench", "nika", str(tmp_path / "cases.yaml"), "--out", str(tmp_path / "out"), *arguments]) == 2
    assert says in capsys.readouterr().err
