"""The eight steps of the cycle: for each, what it depends on, what it does, and what it must leave behind.

Invariants: a step writes into its own folder of the cycle and into the stores of the workspace, nowhere else; what it
returns is small JSON without texts and without times; running it twice does no harm.
"""

from components.cycle.run import Step
from components.cycle.steps.evaluate import EVALUATE, JUDGE
from components.cycle.steps.learn import INGEST, LEARN
from components.cycle.steps.promote import MONITOR, PROMOTE, REGISTER, ROLLOUT

STEPS: tuple[Step, ...] = (INGEST, LEARN, EVALUATE, JUDGE, REGISTER, ROLLOUT, PROMOTE, MONITOR)
