"""What is kept of past experiences, and the rule that decides it.

Invariants
- A memory is a value: `add`, `drop` and `resize` return a new one and leave the old one as it was, so the memory of a
  refused checkpoint is never seen by the next.
- Everything the next `add` depends on (rows, seen-counts, policy state, generator state) is saved with the checkpoint.
- A row with `priority: safety` is never displaced by a normal row.
- Nothing offered and not kept stays referenced: a memory is as large as its rows.
"""

from components.memory import class_balanced, gdumb, herding, priority, reservoir, ring  # noqa: F401  importing makes them known
from components.memory.policies import POLICIES, Lane, Placement, get_policy, policy
from components.memory.store import Memory

__all__ = ["POLICIES", "Lane", "Memory", "Placement", "get_policy", "policy"]
