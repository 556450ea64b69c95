"""What there is to say of the API as a whole, before its calls."""

from __future__ import annotations

from collections.abc import Mapping

from services.gateway.api.guard import MAX_BODY

API_VERSION = "1.0.0"
"""The version of the calls, apart from the product's, which `GET /api/status` says."""
SUMMARY = "Current state, incidents, faults and settings of a network that heals itself"
TAGS: Mapping[str, str] = {
    "state": "What is: the network, the loop, its processes, its score.",
    "control": "What is wanted: the campaign of faults, thresholds, mode, and faults on purpose.",
    "incidents": "What is wrong, why, and what is done about it.",
    "actions": "Repairs that wait for a person's word.",
    "probes": "For those who watch the process: liveness, readiness, Prometheus.",
}
ABOUT = f"""\
The window of NMS, a network that breaks, notices, explains and heals itself.

**Answers** are JSON. Times are ISO 8601 in UTC with `Z`; they are network time unless it is said otherwise. A value
that was never measured is null. More fields may come: a client ignores those that it does not know.

**Refusals** are problem details (RFC 9457), `application/problem+json`; `detail` says what is wrong and what to do
about it. What holds for every path is told once, here: an unknown path is 404, a method that a path does not have is
405 with `Allow`, and 500 is a defect. What is no HTTP at all is answered 400 by the server, in plain text.

**Bodies** are JSON of {MAX_BODY // 1024} kB at most, and say so by their Content-Type. An unknown field is refused.

**HEAD** works wherever GET does, but for `/api/start` and `/api/stop`; **OPTIONS** names the methods of a path.

**Lists** of incidents come in pages: `next_cursor` of one answer, sent as `cursor`, brings the next older ones.

**What is carried out elsewhere** answers 202 once the service that owns the thing has agreed; the event that follows,
in the timeline of the incident and on the WebSocket, is the proof.

**Other sites' pages** can read nothing and change nothing here: a request has to name a host of ours, and one that
changes something is refused where a browser says that it comes from elsewhere.

**The WebSocket** `/ws` pushes what changes, as JSON frames `{{"event", "seq", "data"}}`: a snapshot, then
`metrics_update`, `topology_update`, `logs_update`, `incidents_update`, `cycle_update` and `status_update`, in the shape
of the answers here, each with the changed items only, and `approvals_update` with what waits for a person.
`?since=<seq>` goes on where a connection ended. A client asks for one whole by
`{{"event": "request_data", "data": {{"type": "topology"}}}}`, or `metrics`, `logs`, `incidents`.
"""
