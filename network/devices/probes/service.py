"""Asks a service of the network as a client would: from a device, with its programs. Each result is a value.

Rules
1. A client that cannot ask (no program, no SSH) gives NoAnswer: that is no failure of the service.
2. What a device must have: `curl` for http (or `wget`), `dig` for dns, `nc` for tcp, and `python3` with the rights of
   root for dhcp.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from network.devices.console import Answer, Console, NoAnswer, Trouble
from network.devices.inventory.device import DeviceService, ServiceKind
from network.devices.probes.dhcp import DHCP_SCRIPT
from shared.domain.printable import printable

WITHIN = 3
"""Seconds that a service has for its answer."""
MARGIN = 4.0
CURL_STATUS = re.compile(r"\n?(?P<status>\d{3}) (?P<seconds>[\d.]+)\s*$")
WGET_STATUS = re.compile(r"HTTP/[\d.]+ (?P<status>\d{3})")
DIG_STATUS = re.compile(r"status: (?P<status>[A-Z]+)")
DIG_TIME = re.compile(r"Query time: (?P<time>\d+) msec")
DIG_ANSWER = re.compile(r"^\S+\s+\d+\s+IN\s+(?:A|AAAA)\s+(?P<address>\S+)", re.MULTILINE)
CURL_FAILURES = {
    6: "the name is not resolved",
    7: "the connection is refused",
    28: "no answer in time",
    52: "an empty answer",
}
FIRST_BAD_STATUS = 400
MAX_DETAIL = 200


@dataclass(frozen=True)
class ServiceAnswer:
    """`correct`: the answer is the expected one. `milliseconds`: None without an answer. `detail`: for the operator."""

    service: str
    device: str
    client: str
    answered: bool
    correct: bool
    milliseconds: float | None
    detail: str


@dataclass(frozen=True)
class ServiceOutcome:
    """The part of `ServiceAnswer` that the answer says."""

    answered: bool
    correct: bool
    milliseconds: float | None
    detail: str


async def ask_service(
    device: str, service: DeviceService, console: Console, tools: frozenset[str], interface: str = ""
) -> ServiceAnswer | NoAnswer:
    """`console`: of the client. `interface`: of the client, for dhcp."""
    asking = _request(service, tools, interface)
    if isinstance(asking, str):
        return NoAnswer(Trouble.REFUSED, f"{console.device} cannot ask {service.name} of {device}: {asking}")
    words, root, understood = asking
    began = time.monotonic()
    answer = await console.run(words, root=root, within=WITHIN + MARGIN)
    took = (time.monotonic() - began) * 1000
    if isinstance(answer, NoAnswer):
        return answer
    if answer.status in (126, 127):
        return NoAnswer(Trouble.REFUSED, f"{console.device} cannot run {words[0]}: {answer.text[:MAX_DETAIL].strip()}")
    return answer_of(device, service, console.device, understood(service, answer, took))


def answer_of(device: str, service: DeviceService, client: str, found: ServiceOutcome) -> ServiceAnswer:
    detail = printable(found.detail[:MAX_DETAIL])
    return ServiceAnswer(service.name, device, client, found.answered, found.correct, found.milliseconds, detail)


Understood = Callable[[DeviceService, Answer, float], ServiceOutcome]


def _request(service: DeviceService, tools: frozenset[str], interface: str) -> tuple[list[str], bool, Understood] | str:
    """Return the words, whether they need root, and how the answer is read; or why the client cannot ask."""
    if service.kind is ServiceKind.HTTP:
        if "curl" in tools:
            report = "\n%{http_code} %{time_total}"
            words = [
                "curl",
                "-s",
                "-S",
                "-o",
                "/dev/null",
                "--max-time",
                str(WITHIN),
                "-w",
                report,
                "--",
                url_of(service),
            ]
            return words, False, curl_outcome
        if "wget" in tools:
            return ["wget", "-S", "-T", str(WITHIN), "-O", "/dev/null", "--", url_of(service)], False, wget_outcome
        return "it has neither curl nor wget; install curl"
    if service.kind is ServiceKind.DNS:
        words = ["dig", "+time=2", "+tries=1", "-p", str(service.port), f"@{service.address}", "-q", service.probe]
        return (words, False, dig_outcome) if "dig" in tools else "it has no dig; install dnsutils"
    if service.kind is ServiceKind.DHCP:
        words = ["python3", "-I", "-c", DHCP_SCRIPT, interface, str(WITHIN)]
        if not interface:
            return "no interface of it is known to be in the network of that service"
        return (words, True, dhcp_outcome) if "python3" in tools else "it has no python3; install it"
    words = ["nc", "-z", "-w", str(WITHIN), service.address, str(service.port)]
    return (words, False, tcp_outcome) if "nc" in tools else "it has no nc; install netcat"


def url_of(service: DeviceService) -> str:
    """Return the URL of `probe`; a path alone is of the address and port of the service."""
    if "://" in service.probe:
        return service.probe
    host = f"[{service.address}]" if ":" in service.address else service.address
    port = "" if service.port == 80 else f":{service.port}"
    return f"http://{host}{port}/{service.probe.lstrip('/')}"


def curl_outcome(service: DeviceService, answer: Answer, took: float) -> ServiceOutcome:
    found = CURL_STATUS.search(answer.text)
    if found is None or found["status"] == "000":
        why = CURL_FAILURES.get(answer.status) or (answer.text.strip().splitlines() or ["curl fails"])[0]
        return ServiceOutcome(False, False, None, why)
    return status_outcome(service, int(found["status"]), _number(found["seconds"], took / 1000) * 1000)


def wget_outcome(service: DeviceService, answer: Answer, took: float) -> ServiceOutcome:
    """`wget` does not say how long it took, so the time is that of the whole command."""
    found = WGET_STATUS.findall(answer.text)
    if found:
        return status_outcome(service, int(found[-1]), took)
    if answer.status == 0:
        return status_outcome(service, 200, took)
    return ServiceOutcome(False, False, None, (answer.text.strip().splitlines() or ["wget fails"])[-1])


def status_outcome(service: DeviceService, status: int, milliseconds: float) -> ServiceOutcome:
    good = str(status) == service.expected if service.expected else status < FIRST_BAD_STATUS
    wanted = f", expected {service.expected}" if service.expected and not good else ""
    return ServiceOutcome(True, good, milliseconds, f"HTTP status {status}{wanted}")


def dig_outcome(service: DeviceService, answer: Answer, took: float) -> ServiceOutcome:
    found = DIG_STATUS.search(answer.text)
    if found is None:
        return ServiceOutcome(False, False, None, "no answer in time" if answer.status == 9 else "dig fails")
    query = DIG_TIME.search(answer.text)
    return dns_outcome(
        service, found["status"], DIG_ANSWER.findall(answer.text), _number(query and query["time"], took)
    )


def dns_outcome(service: DeviceService, status: str, addresses: list[str], milliseconds: float) -> ServiceOutcome:
    shown = ", ".join(addresses) or "no address"
    if status != "NOERROR":
        return ServiceOutcome(True, False, milliseconds, f"{service.probe}: {status}")
    good = service.expected in addresses if service.expected else bool(addresses)
    wanted = f", expected {service.expected}" if service.expected and not good else ""
    return ServiceOutcome(True, good, milliseconds, f"{service.probe} is {shown}{wanted}")


def tcp_outcome(service: DeviceService, answer: Answer, took: float) -> ServiceOutcome:
    good = answer.status == 0
    return ServiceOutcome(good, good, took if good else None, "connected" if good else "no connection")


def dhcp_outcome(service: DeviceService, answer: Answer, took: float) -> ServiceOutcome:
    """Each offer has to agree with the stated options: a second server with other options is what to find."""
    offers = _offers(answer.text)
    if offers is None:
        return ServiceOutcome(False, False, None, (answer.text.strip().splitlines() or ["no output"])[-1])
    if not offers:
        return ServiceOutcome(False, False, None, "no offer in time")
    wrong = [
        f"{offer.get('server', '?')} offers {name} {offer.get(name, 'none')}, expected {wanted}"
        for offer in offers
        for name, wanted in service.options.items()
        if offer.get(name) != wanted
    ]
    first = min(_number(offer.get("milliseconds"), took) for offer in offers)
    shown = "; ".join(wrong) or ", ".join(f"{each.get('address', '?')} by {each.get('server', '?')}" for each in offers)
    return ServiceOutcome(True, not wrong, first, shown)


def _offers(text: str) -> list[dict[str, str]] | None:
    """Return the offers that the script found; None if its output is none of the script."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        return None
    return [{str(key): str(value) for key, value in each.items()} for each in found]


def _number(text: str | None, otherwise: float) -> float:
    try:
        return otherwise if text is None else float(text)
    except ValueError:
        return otherwise
