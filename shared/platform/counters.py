"""The Prometheus counters of every process."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

published = Counter("nms_published", "events confirmed by their stream", ["subject"])
repeated = Counter("nms_published_repeats", "events that their stream had already")
retried = Counter("nms_publish_retries", "publications that had to be repeated")
dropped = Counter("nms_dropped", "telemetry and log lines given up because the window was full")
handled = Counter("nms_handled", "messages handled", ["subject"])
failed = Counter("nms_handler_failures", "messages whose handler failed", ["subject"])
malformed = Counter("nms_malformed", "messages that could not be understood", ["family"])
outdated = Counter("nms_commands_outdated", "commands refused since another remediator has taken the action over")
dead_letters = Counter("nms_dead_letters", "messages set aside with a reason")
reread = Counter("nms_consumers_recreated", "reads that restarted after the last message")
refused = Counter("nms_permission_violations", "things that the broker does not let us do")
slow = Counter("nms_slow_consumer", "messages dropped because a subscription was full")
reconnects = Counter("nms_reconnects", "times that the broker was found again")
connected = Gauge("nms_connected", "1 while connected to the broker")
leased = Gauge("nms_leased_partitions", "partitions that this replica owns")
