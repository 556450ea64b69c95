"""Ids in a path: `{incident_id:id}` takes one with slashes in it, as that of an incident of the switch `acc-1/1` has.

A server is given the path with `%2F` decoded. Rule: the id of an incident or an action ends in `.<word>`, so its last
dot comes after every slash of a name, and what follows a slash behind it is the rest of the path.
"""

from __future__ import annotations

from starlette.convertors import Convertor, register_url_convertor


class IdConvertor(Convertor[str]):
    """Matches a segment of a path, or several that end in one with a dot."""

    regex = r"(?:.+\.)?[^/]+"

    def convert(self, value: str) -> str:
        """Return the id."""
        return value

    def to_string(self, value: str) -> str:
        """Return how the id stands in a path."""
        return value


register_url_convertor("id", IdConvertor())
INCIDENT = "/incidents/{incident_id:id}"
ACTION = "/actions/{action_id:id}"
