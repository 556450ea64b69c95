"""Title, tags and introduction of the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping

from services.gateway.api.guard import MAX_BODY

API_VERSION = "1.0.0"
"""The version of the API. `GET /api/status` returns the version of the product, which is a different number."""
SUMMARY = "Current state, incidents, faults and settings of an autonomous network management system"
TAGS: Mapping[str, str] = {
    "state": "The current state: network, loop, processes, scorecard.",
    "control": "The desired state: campaign, thresholds, mode; and injected faults.",
    "incidents": "Incidents, their causes and their actions.",
    "actions": "Repairs that wait for approval.",
    "probes": "Liveness, readiness, Prometheus.",
}
ABOUT = f"""\
The API of NMS, an autonomous network management system that detects, diagnoses and repairs faults.

**Answers** are JSON. Times are ISO 8601 in UTC with `Z`; they are network time unless stated otherwise. A value
that was never measured is null. Fields may be added: a client ignores unknown ones.

**Errors** are problem details (RFC 9457), `application/problem+json`; `detail` says what is wrong and what to do
about it. On every path: an unknown path is 404, a method that a path does not have is 405 with `Allow`, and 500 is a
defect. Input that is not HTTP is answered 400 by the server, in plain text.

**Bodies** are JSON of {MAX_BODY // 1024} kB at most, with a Content-Type of JSON. An unknown field is refused.

**HEAD** works wherever GET does, except for `/api/start` and `/api/stop`; **OPTIONS** returns the methods of a path.

**Lists** of incidents and observations have pages: `next_cursor` of one answer, sent as `cursor`, returns the next
older ones.

**Requests that another service carries out** answer 202 when that service has accepted them; the event that follows,
in the timeline of the incident and on the WebSocket, is the proof.

**Pages of other sites** can read and change nothing here: a request has to name an accepted host, and one that
changes something is refused if the browser reports another origin.

**The WebSocket** `/ws` sends updates, as JSON frames `{{"event", "seq", "data"}}`: a snapshot, then
`metrics_update`, `topology_update`, `logs_update`, `incidents_update`, `cycle_update` and `status_update`, in the shape
of the answers here, each with the changed items only, `approvals_update` with what waits for a person, and
`observations_update` with the loads that are unusual and harm nobody.
`?since=<seq>` resumes after a lost connection. A client requests a complete body by
`{{"event": "request_data", "data": {{"type": "topology"}}}}`, or `metrics`, `logs`, `incidents`.
"""
