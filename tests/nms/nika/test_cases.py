"""Cases are read as published, a wrong one is refused at its place, and each finds the file of its network."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from network.lab.scenarios.pack import plan_from
from nms.nika.cases import NikaCase, find_scenario, read_cases, scenario_files
from nms.nika.resources import NikaPair, interface, refusal_of, resources_of
from shared.domain.errors import SettingError
from tests.nms.nika.plans import DATA, NEEDS_DATA

ONE = """\
scenario: dc_clos
problem: dns_lookup_latency
inject:
  delay_ms: '1000'
  host_name: dns_pod0
topo_size: s
root_causes:
- resource:
    kind: interface
    node: dns_pod0
    name: eth0
  fault_type: dns_lookup_latency
"""
HEALTHY = "scenario: isp_pdh\nproblem: healthy\ninject: {}\ntopo_size: s\nigp: ospf\nbgp_mode: ebgp\nroot_causes: []\n"


def file(folder: Path, text: str, name: str = "dev.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def listed(*cases: str) -> str:
    return "".join("- " + "  ".join(case.splitlines(keepends=True)) for case in cases)


def test_one_case_is_named_after_its_file(tmp_path: Path) -> None:
    (case,) = read_cases([file(tmp_path, ONE, "slow-dns.yaml")])
    assert (case.id, case.scenario, case.size, case.group) == ("slow-dns", "dc_clos", "s", "core")
    assert case.inject == {"delay_ms": "1000", "host_name": "dns_pod0"}
    assert case.truth == (NikaPair(interface("dns_pod0", "eth0"), "dns_lookup_latency"),)


@pytest.mark.parametrize("head", ["", "seed: 42\ncases:\n"])
def test_a_published_list_counts_its_cases(head: str, tmp_path: Path) -> None:
    first, second = read_cases([file(tmp_path, head + listed(ONE, HEALTHY))])
    assert (first.id, second.id) == ("dev-001", "dev-002")
    assert second.healthy
    assert second.truth == ()


def test_a_given_id_and_group_are_kept(tmp_path: Path) -> None:
    (case,) = read_cases([file(tmp_path, f"id: dev-017\ngroup: rpki\n{ONE}")])
    assert (case.id, case.group) == ("dev-017", "rpki")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (ONE.replace("kind: interface", "kind: port"), "line 9: root_causes.0.resource.kind"),
        (ONE.replace("    name: eth0\n", ""), "exactly the fields"),
        (ONE.replace("fault_type: dns_lookup_latency", "fault_type: dns_latency"), "did you mean dns_lookup_latency?"),
        (ONE.replace("problem: dns_lookup_latency", "problem: dns"), "'dns' is no fault id of NIKA"),
        (ONE.replace("problem: dns_lookup_latency", "problem: healthy"), "no root causes if its problem is healthy"),
        (ONE.replace("scenario: dc_clos\n", ""), "line 1: scenario: Field required"),
        (ONE.replace("topo_size: s", "topo_size: huge"), "line 6: topo_size"),
        (f"{ONE}colour: red\n", "line 13: colour: Extra inputs are not permitted"),
        (f"id: ../up\n{ONE}", "cannot name a file"),
        ("cases:\n  a: {}\nseed: 42\n", "line 2: cases: write a list of cases"),
        ("- just a text\n", "line 1: this is no case"),
        ("cases: []\n", "no case in"),
        ("seed: 42\n  cases: [\n", "not YAML"),
        (listed(ONE) + listed(ONE).replace("problem: dns_lookup_latency", "problem: nothing"), "line 13: "),
    ],
)
def test_a_wrong_case_is_refused_at_its_place(text: str, says: str, tmp_path: Path) -> None:
    path = file(tmp_path, text)
    with pytest.raises(SettingError) as caught:
        read_cases([path])
    assert str(path) in str(caught.value)
    assert says in str(caught.value)


def test_two_cases_with_one_id_are_refused(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    paths = [file(tmp_path, ONE), file(tmp_path / "more", ONE)]
    with pytest.raises(SettingError, match="has the id dev too: rename one"):
        read_cases(paths)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"none\.yaml: No such file"):
        read_cases([tmp_path / "none.yaml"])


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"scenario": "dc_clos", "size": "m"}, ("dc_clos.m.yaml", "dc_clos.yaml")),
        ({"scenario": "isp_ta1", "size": "m", "igp": "ospf", "bgp_mode": "none"}, ("isp_ta1.ospf.none.yaml",)),
        ({"scenario": "x_rtbh", "size": "s"}, ("x_rtbh.s.yaml", "x_rtbh.yaml")),
        ({"scenario": "min3clos"}, ("min3clos.yaml",)),
    ],
)
def test_the_file_of_a_case(fields: dict[str, str], names: tuple[str, ...]) -> None:
    assert scenario_files(NikaCase(id="x", group="core", problem="healthy", **fields)) == names


def test_a_scenario_cannot_lead_out_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "secret.yaml").write_text("")
    case = NikaCase("x", "core", "../secret", "healthy")
    assert find_scenario(case, tmp_path / "scenarios") is None


@NEEDS_DATA
def test_the_published_cases_have_their_networks() -> None:
    cases = read_cases([DATA / "dev.yaml"])
    assert len(cases) == 29
    files = [find_scenario(case, DATA / "scenarios") for case in cases]
    for case, path in zip(cases, files, strict=True):
        assert path is not None, case.id
        head = yaml.safe_load(path.read_text())
        assert (head["scenario"], head["size"]) == (case.scenario, case.size), case.id
        plan = plan_from(path.read_text(), path.name)
        assert refusal_of(case.truth, resources_of(plan)) == "", case.id
        assert {"igp": case.igp, "bgp_mode": case.bgp_mode}.items() <= head["variant"].items() or not case.igp
