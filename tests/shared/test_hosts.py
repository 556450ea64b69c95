"""The parsing of `Host` headers and of host names in settings."""

from __future__ import annotations

import pytest

from shared.platform.hosts import canonical, host_of, is_loopback, parse_hosts


@pytest.mark.parametrize(
    ("entry", "header"),
    [
        ("nms.example.org", "nms.example.org"),
        ("nms.example.org", "NMS.example.org:8443"),
        ("nms.example.org:8443", "nms.example.org:8443"),
        ("nms.example.org:8443", "nms.example.org"),
        ("NMS.Example.ORG.", "nms.example.org."),
        ("nms.example.org", "nms.example.org.:443"),
        ("münchen.example", "xn--mnchen-3ya.example"),
        ("MÜNCHEN.example:8443", "XN--mnchen-3ya.EXAMPLE:8443"),
        ("[::1]:5000", "[::1]:5000"),
        ("::1", "[0:0:0:0:0:0:0:1]"),
        ("[2001:DB8::1]", "[2001:db8:0::1]:80"),
        ("192.0.2.1:80", "192.0.2.1"),
        ("my_gateway", "my_gateway:5000"),
        (" a , b:1 ,", "b"),
    ],
)
def test_a_name_in_a_setting_matches_the_one_in_a_header(entry: str, header: str) -> None:
    host = host_of(header)
    assert host is not None
    assert host in parse_hosts(entry)


@pytest.mark.parametrize(
    ("entry", "remedy"),
    [
        ("https://nms.example.org", "write the name alone"),
        ("nms.example.org/nms", "write the name alone"),
        ("operator@nms.example.org", "what follows the @"),
        ("*.example.org", "name each host"),
        ("a.example b.example", "put commas"),
        ("a.example;b.example", "put commas"),
        ("nms.example.org:", "a port is a number"),
        ("nms.example.org:99999", "a port is a number"),
        ("nms.example.org:0", "a port is a number"),
        ("nms.example.org:https", "a port is a number"),
        ("[::1]5000", "neither a name nor an address"),
        ("[::1", "neither a name nor an address"),
        ("1.2.3", "neither a name nor an address"),
        ("999.1.1.1", "neither a name nor an address"),
        ("-a.example", "neither a name nor an address"),
        ("a..example", "neither a name nor an address"),
        ("a%41.example", "neither a name nor an address"),
        (f"{'a' * 64}.example", "neither a name nor an address"),
        ("straße.example", "xn--"),
    ],
)
def test_an_impossible_name_is_refused_with_the_remedy(entry: str, remedy: str) -> None:
    with pytest.raises(ValueError, match=remedy):
        parse_hosts(f"nms.example,{entry}")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost", "LOCALHOST."])
def test_loopback_addresses_are_recognised(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "0", "127.1", "192.0.2.1", "localhost.example", "", "nms"])
def test_other_addresses_are_no_loopback(host: str) -> None:
    assert not is_loopback(host)


def test_an_address_is_normalised() -> None:
    assert canonical("2001:DB8:0::1") == canonical("[2001:db8::1]") == "2001:db8::1"
    assert canonical("a b") is None
