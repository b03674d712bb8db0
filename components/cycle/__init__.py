"""The cycle: its steps with typed inputs and outputs, the records they leave, and the one walk that every driver uses.

Invariants: a step's key is made from its inputs and its code and from nothing else; a decision, once recorded, stands; no package
below imports this one.
"""
