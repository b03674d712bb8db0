"""Control: the only code that moves `champion`. It carries out in registry and ledger what the rules in `governance` decide.

Invariants: `previous` is written before `champion` moves; every move is in the ledger before and after it is made, so a move
cut short is finished by whoever comes next; a checkpoint is verified before it may serve.
"""
