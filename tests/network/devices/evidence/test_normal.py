"""Normalises answers of real devices, and what is left of them: garbage gives missing parts, and no difference."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.devices.evidence.collecting import Section, reading_lines, sections_of
from network.devices.evidence.difference import compared
from network.devices.evidence.meaning import evidence_of
from network.devices.evidence.normal import normalised
from network.devices.evidence.snapshot import joined, parts
from tests.network.devices.evidence.captured import NAMES, SERVICES, stored, with_section

RAW = {name: stored(name) for name in NAMES}
WHOLE = {name: normalised(raw) for name, raw in RAW.items()}
names = st.sampled_from(NAMES)
texts = st.text(max_size=300) | st.sampled_from(
    ["{}", "[]", "[{}]", "null", "table inet x {", "}", "a b c\n" * 3, "lease {"]
)


def test_a_router_in_lines() -> None:
    facts = WHOLE["r2"].facts
    assert facts["link/eth2/master"] == "br0"
    assert facts["address/br0/10.87.2.1/24"] == "global"
    assert facts["route/100/10.8.0.0/16"] == "via 10.87.2.10 dev br0"
    assert facts["route/main/10.7.0.0/16"] == "unreachable"
    assert facts["rule/100"] == "from 10.9.0.0/16 lookup 100"
    assert facts["neighbour/br0/10.87.2.77"] == "02:00:00:00:00:77"
    assert facts["nft/inet edge/set blocked/element/192.0.2.0/24"] == "present"
    assert facts["nft/inet edge/chain in/rule/ip saddr @blocked counter drop"] == "2"
    assert facts["qdisc/eth1/root"] == "handle 1: htb r2q 10 default 0x10 direct_qlen 1000"
    assert facts["class/eth1/1:10"].startswith("htb root prio 0 rate 1Gbit")
    assert facts["sysctl/net/ipv4/ip_forward"] == "1"
    assert facts["listen/tcp 0.0.0.0:179"] == "bgpd"
    assert facts["process/ospfd"] == "running"
    assert facts["frr/bgpd/router bgp 65002 > address-family ipv4 unicast > network 10.87.2.0/24"] == "present"
    assert facts["frr/ospfd/interface eth1 > ip ospf hello-interval 2"] == "present"
    assert WHOLE["r2"].observed["ospf/neighbour/eth1/10.87.0.1"] == "Full"
    assert WHOLE["r2"].observed["ospf/interface/eth1/area"] == "0.0.0.0"
    assert WHOLE["r2"].observed["bgp/neighbour/10.87.12.1"] == "Established"
    assert WHOLE["r2"].observed["isis/neighbour/eth3/0000.0000.0001"] == "Up"


def test_a_server_in_lines() -> None:
    facts = WHOLE["s1"].facts
    assert facts["route/main/default"] == "via 10.87.2.1 dev eth0"
    assert facts["resolver/nameserver/1"] == "10.87.2.10"
    assert facts["service/dns/record/db.example.lab/web1 A"] == "10.87.2.10"
    assert facts["service/dns/record/db.example.lab/@ SOA"] == "ns1 admin 3600 900 604800 60"
    assert facts["service/dns/file/named.conf/options > recursion no"] == "present"
    assert facts["service/dhcp/subnet/10.87.2.0 netmask 255.255.255.0/option routers"] == "10.87.2.1"
    assert facts["service/http/file/nginx.conf/http > server > listen 80"] == "present"


def test_what_dhcp_and_routing_protocols_taught_is_no_fact() -> None:
    assert WHOLE["c1"].facts["route/main/default"] == "by DHCP dev eth0"
    assert WHOLE["c1"].facts["resolver/nameserver/1"] == "by DHCP"
    assert not [path for path in WHOLE["c1"].facts if path.startswith("address/eth0/")]
    assert [path for path in WHOLE["r1"].facts if path.startswith("route/")] == []


def test_a_lease_that_is_gone_is_no_difference_of_the_client() -> None:
    lapsed = with_section(with_section(RAW["c1"], "route", ""), "resolver", "")
    assert compared(WHOLE["c1"], normalised(lapsed)) == ()


def test_two_readings_are_the_same_and_have_a_stable_sequence() -> None:
    for name in NAMES:
        again = normalised(stored(name))
        assert list(again.facts.items()) == list(WHOLE[name].facts.items())
        assert compared(WHOLE[name], again) == ()


@given(names, st.data())
def test_garbage_in_a_section_never_raises(name: str, data: st.DataObject) -> None:
    raw = RAW[name]
    section = data.draw(st.sampled_from(sorted(raw.sections)))
    damaged = with_section(raw, section, data.draw(texts), data.draw(st.sampled_from([0, 0, 0, 1, 127, 13, 44])))
    evidence_of(WHOLE[name], normalised(damaged), SERVICES.get(name, ()))


@given(names, st.data())
def test_a_program_that_failed_gives_no_difference(name: str, data: st.DataObject) -> None:
    raw = RAW[name]
    chosen = data.draw(st.sets(st.sampled_from(sorted(raw.sections)), min_size=1))
    sections = {key: Section(127, "not found") if key in chosen else value for key, value in raw.sections.items()}
    assert compared(WHOLE[name], normalised(replace(raw, sections=sections))) == ()


@given(st.sampled_from(["r1", "r2"]), st.data())
def test_a_part_of_an_answer_of_vtysh_gives_no_difference(name: str, data: st.DataObject) -> None:
    raw = RAW[name]
    assert raw.routing is not None
    cut = raw.routing[: data.draw(st.integers(0, len(raw.routing)))]
    assert compared(WHOLE[name], normalised(replace(raw, routing=cut))) == ()


@given(st.sampled_from(["r1", "r2"]), texts)
def test_garbage_from_vtysh_never_raises(name: str, text: str) -> None:
    found = normalised(replace(RAW[name], routing=text))
    assert [each for each in compared(WHOLE[name], found) if each.path.startswith(("frr/", "saved/"))] == []


@given(names, st.data())
def test_an_answer_that_was_cut_gives_no_difference(name: str, data: st.DataObject) -> None:
    raw = RAW[name]
    whole = "".join(f"{each.text}\n@t {key} {each.status}\n" for key, each in raw.sections.items())
    assert sections_of(whole, "@t") == raw.sections
    cut = whole[: data.draw(st.integers(0, len(whole)))]
    found = normalised(replace(raw, sections=sections_of(cut, "@t")))
    assert compared(WHOLE[name], found) == ()


@given(names, st.data())
def test_a_ruleset_or_configuration_that_was_cut_is_missing(name: str, data: st.DataObject) -> None:
    text = RAW["r2"].sections["nft"].text
    cut = text[: data.draw(st.integers(1, len(text) - 2))]
    # Between two tables a ruleset can end; elsewhere a brace is missing.
    found = normalised(with_section(RAW["r2"], "nft", cut))
    assert not found.knows("nft") or cut.count("{") == cut.count("}")


def test_a_file_cannot_forge_a_section() -> None:
    lines = reading_lines("@token", SERVICES["s1"])
    assert "mark=@token" in lines and "/etc/bind/named.conf" in lines
    forged = sections_of("@other route 0\nx\n@token hosts 0\n", "@token")
    assert list(forged) == ["hosts"] and "@other route 0" in forged["hosts"].text


def test_paths_of_files_are_words() -> None:
    services = (replace(SERVICES["s1"][0], files=("/etc/$(reboot); x'y",)),)
    assert """file='/etc/$(reboot); x'"'"'y'""" in reading_lines("@t", services)


@given(st.lists(st.text(min_size=1), min_size=2, max_size=5))
def test_parts_are_the_inverse_of_joined(path: list[str]) -> None:
    assert parts(joined(*path), len(path)) == tuple(path)


@pytest.mark.parametrize("name", ["r1", "r2"])
def test_lines_of_a_daemon_that_does_not_run_are_missing(name: str) -> None:
    text = RAW[name].sections["process"].text
    raw = with_section(RAW[name], "process", "\n".join(line for line in text.splitlines() if "(bgpd)" not in line))
    assert raw.routing is not None
    config, end, rest = raw.routing.partition("router ospf")
    found = normalised(replace(raw, routing=config.partition("router bgp")[0] + end + rest))
    assert not found.knows("frr/bgpd/anything")
    assert [each.path for each in compared(WHOLE[name], found)] == ["process/bgpd"]
