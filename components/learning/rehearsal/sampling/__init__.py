"""How memory rows are drawn for a batch: by name, for every rehearsal that draws.

Invariants
- Randomness comes from `run.rng` only. What a sampler knows is computed again from the run, except its `state`, which snapshots
  keep during training: a kill changes no draw.
- A sampler leaves parameters, gradients and the model's mode as it found them.
"""

from components.learning.rehearsal.sampling import grasp, mir, plain  # noqa: F401  importing a sampler registers it
from components.learning.rehearsal.sampling.sampler import SAMPLINGS, Sampler, get_sampling, register

__all__ = ["SAMPLINGS", "Sampler", "get_sampling", "register"]
