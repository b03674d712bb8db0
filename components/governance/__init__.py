"""The ledger of every decision, and the pure rules by which a person's wishes in the registry are carried out.

Invariants: an entry is never changed or removed, and a chain that was tampered with does not verify; the rules use no clock, no
network and no MLflow; recording or carrying out something twice is the same as doing it once.
"""
