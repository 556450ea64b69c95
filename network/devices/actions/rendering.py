"""Makes the text that a device gets from a plan. Pure.

Each line is a verb of ours, two numbers, and words that `quoted` has quoted. Nothing else gets into a line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from network.devices.actions.device_scripts import (
    ARM,
    COMMON,
    DURABLE_ROOT,
    RECORDS_KEPT,
    REPORT,
    ROOT,
    SEND,
    WORKER,
)
from network.devices.actions.device_verbs import ROUTING_LINES, VERBS
from network.devices.actions.plans import STEP_SECONDS, DevicePlan, Words, record_name, staged
from network.devices.console import quoted

NAPS_PER_SECOND = 40
"""How often a device looks at its state while the manager waits: it naps 20 ms, and needs some for a look."""
BUILTIN = frozenset({"test", "["})


def todo(plan: DevicePlan) -> str:
    return _lines((("step", number, step.within), step.command) for number, step in enumerate(plan.steps, 1))


def way_back(plan: DevicePlan) -> str:
    backwards = [(number, step) for number, step in enumerate(plan.steps, 1)][::-1]
    return _lines((("back", number, step.within), words) for number, step in backwards for words in step.undo)


def checks(plan: DevicePlan) -> str:
    expected = [("nms_expect", text.expected, text.path) for text in plan.texts]
    stages = [
        ("nms_stage", str(number), text.path, staged(text.path, plan.action_id))
        for number, text in enumerate(plan.texts)
    ]
    every: list[Words] = [*expected, *stages, *plan.checks]
    return _lines((("check", number, STEP_SECONDS), words) for number, words in enumerate(every, 1))


def leftovers(plan: DevicePlan) -> str:
    """Return the lines that remove what a plan has staged and did not use."""
    return "".join(quoted(("rm", "-f", "--", staged(text.path, plan.action_id))) + "\n" for text in plan.texts)


def digest(plan: DevicePlan) -> str:
    parts = (plan.kind, plan.target, todo(plan), way_back(plan), checks(plan), *(text.text for text in plan.texts))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def programs(plan: DevicePlan) -> tuple[str, ...]:
    """Return the programs of the device that a plan needs, sorted."""
    every = [*plan.checks, *(words for step in plan.steps for words in (step.command, *step.undo))]
    return tuple(sorted({name for words in every if (name := program(words))} - BUILTIN))


def program(words: Words) -> str:
    """Return the program that words run, behind the verbs that run other words; empty if a verb does it all."""
    skipped = {"nms_start": 3, "nms_try": 1, "nms_all_back": 1, "nms_one_back": 1}
    while words and words[0].startswith("nms_"):
        words = words[skipped[words[0]] :] if words[0] in skipped else ()
    return words[0] if words else ""


def arming(plan: DevicePlan, within: float) -> str:
    worker = COMMON + ROUTING_LINES + VERBS + WORKER
    head = (root(plan.restarts), record_name(plan.action_id), str(plan.seconds), digest(plan), str(RECORDS_KEPT))
    scripts = (worker, todo(plan), way_back(plan), checks(plan), leftovers(plan))
    texts = (str(int(plan.restarts)), str(len(plan.texts)), *(text.text for text in plan.texts))
    return _subshell((*head, _naps(within), *scripts, *texts, *programs(plan)), COMMON + REPORT + ARM)


def sending(action_id: str, word: str, within: float, *, restarts: bool) -> str:
    words = (root(restarts), record_name(action_id), word, _naps(within))
    return _subshell(words, COMMON + REPORT + SEND)


def root(restarts: bool) -> str:
    return DURABLE_ROOT if restarts else ROOT


def _lines(calls: Iterable[tuple[tuple[str, int, int], Words]]) -> str:
    return "".join(f"{verb} {number} {within} {quoted(words)}\n" for (verb, number, within), words in calls)


def _naps(within: float) -> str:
    return str(max(1, round(within * NAPS_PER_SECOND)))


def _subshell(words: Sequence[str], script: str) -> str:
    """The shell that reads this may serve the whole connection: nothing may end it or read its input."""
    return f"(\nset -- {quoted(words)}\n{script}\n) </dev/null\n"
