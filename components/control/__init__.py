"""Control: the only hand on `champion`. It carries out decisions in registry and ledger; what to decide is in `governance`.

Invariants: `previous` is written before `champion` moves; every move is in the ledger before and after it is made, so a move
cut short is finished by whoever comes next; a checkpoint is verified before it may serve.
"""
