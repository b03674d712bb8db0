"""Control: the only code that moves `champion`. It carries out in registry and ledger what the rules in `governance` decide.

Invariants: `previous` is written before `champion` moves; every move is in the ledger before and after it is made, so the next
process finishes a move that was cut short; a checkpoint is verified before it may serve.
"""
