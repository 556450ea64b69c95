"""Breaks a laboratory on purpose, from outside: a recipe for each kind of fault.

Rules

1. A recipe is a list of *changes*. Each change holds what it does and what was there before, so that
   any process that reads it can undo it. Undoing twice, or undoing what was never done, does no harm.
2. The changes of a fault are in the journal of the laboratory before the first is made. So a process that was killed at
   any moment leaves enough for another to restore everything.
3. A fault of a cable is made in the hidden namespace of the cables: nothing in a node shows it but its effects.
4. Nothing that a node can see names a fault.
"""
