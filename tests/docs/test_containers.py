"""The pages about containers agree with docker-compose.yml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest
import yaml

from nms.extras.documents.configuration import READERS, page
from shared.domain.kinds import ServiceName
from shared.platform.settings import ServiceSettings
from tests.docs.blocks import ROOT, blocks

CONTAINERS = "docs/how-to/run-in-containers.md"
MONITOR = "docs/how-to/monitor-with-prometheus.md"
EVERYWHERE = "0.0.0.0"
PASSED_ON = re.compile(r"\$\{(\w+):-")
SETTING = re.compile(r"^\| `([A-Z_]+)` \|", re.MULTILINE)
NAMED = re.compile(r"`([A-Z_]+)`")


@cache
def services() -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return found


def scraped_by_name() -> Iterator[tuple[str, str]]:
    for block in blocks(MONITOR):
        jobs = yaml.safe_load(block.text)["scrape_configs"] if block.what == "prometheus" else []
        for job in jobs:
            for target in (target for config in job["static_configs"] for target in config["targets"]):
                host, _, port = target.partition(":")
                if host != "127.0.0.1":
                    yield host, port


def test_targets_that_prometheus_scrapes_by_name_listen_on_the_network() -> None:
    targets = dict(scraped_by_name())
    assert set(targets) == set(ServiceName)
    for host, port in targets.items():
        environment = services()[host]["environment"]
        assert (environment["NMS_HEALTH_HOST"], environment["NMS_HEALTH_PORT"]) == (EVERYWHERE, port), host
        assert "loop" in services()[host]["networks"]


def test_no_container_publishes_its_probes() -> None:
    published = [port for service in services().values() for port in service.get("ports", ())]
    assert published
    assert [port for port in published if str(port).rpartition(":")[2] == "8080"] == []


def test_a_documented_setting_is_passed_on_or_documented_as_not() -> None:
    documented = set(SETTING.findall(page().partition("### In docker-compose.yml")[0]))
    passed = {name for service in services().values() for name in PASSED_ON.findall(str(service.get("environment")))}
    paragraphs = (ROOT / CONTAINERS).read_text().split("\n\n")
    (not_passed,) = [set(NAMED.findall(text)) for text in paragraphs if text.startswith("Not passed on")]
    assert passed <= documented
    assert not passed & not_passed
    assert documented - passed == not_passed


@pytest.mark.parametrize("model", READERS)
def test_a_setting_that_is_passed_on_empty_counts_as_unset(
    model: type[ServiceSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    unset = model.load()
    for service in services().values():
        for name in PASSED_ON.findall(str(service.get("environment"))):
            monkeypatch.setenv(name, "")
    assert model.load() == unset
