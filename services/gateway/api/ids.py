"""The path parameter `{incident_id:id}`, which matches ids with slashes, such as `acc-1/1.<metric>.5141`.

A web server passes the path with `%2F` decoded, so it has to find the end of an id itself. Rule: the id of an incident
or an action ends in `.<word>`. No slash of a name follows the last dot, so the next slash after that dot ends the id.
"""

from __future__ import annotations

from starlette.convertors import Convertor, register_url_convertor


class IdConvertor(Convertor[str]):
    """Matches one path segment, or several segments of which the last has a dot."""

    regex = r"(?:.+\.)?[^/]+"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("id", IdConvertor())
INCIDENT = "/incidents/{incident_id:id}"
ACTION = "/actions/{action_id:id}"
