"""MLflow, in one place: versions with their evidence, the aliases that say what serves, and every move of them.

Invariants: `previous` is written before `champion` moves; every move is in the ledger before and after it is made, so a
move cut short is finished by whoever comes next; a checkpoint is checked against its digests before it may serve; no text
of an event goes to MLflow but the few examples on the evidence page; no pickle.
"""
