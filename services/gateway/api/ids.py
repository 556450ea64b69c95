"""Ids in a path: `{incident_id:id}` matches ids with slashes, such as those of incidents of the switch `acc-1/1`.

A server receives the path with `%2F` decoded. Rule: the id of an incident or an action ends in `.<word>`, so its last
dot comes after every slash of a name, and the next slash behind that starts the rest of the path.
"""

from __future__ import annotations

from starlette.convertors import Convertor, register_url_convertor


class IdConvertor(Convertor[str]):
    """Matches a path segment, or several that end in one with a dot."""

    regex = r"(?:.+\.)?[^/]+"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        """Return an id as it is written in a path."""
        return value


register_url_convertor("id", IdConvertor())
INCIDENT = "/incidents/{incident_id:id}"
ACTION = "/actions/{action_id:id}"
