"""Learning: `learn` turns (parent checkpoint, experience, recipe, seed) into a checkpoint; `shared_bases.load` serves one.

Invariants: the trainer knows no method by name, it calls the hooks of `method.Method`; equal inputs give equal digests on one
kind of machine, however often the process was killed; validation rows are taken from the training share, never from held-out
cases; nothing is published unless it is finite, finished and digested.
"""
