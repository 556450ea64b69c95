"""Recordings made of a running system, and judged again by the same cores; `shared/recordings` is how they are stored.

Modules: `recorder` the shell that writes a recording, `ledger` its folder while it grows, `take` one from begin to end,
`export` journals turned into tables, `replay` the cores fed from a recording, `findings` and `compare` what they find
beside what was recorded.
"""
