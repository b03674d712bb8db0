"""The steps of the cycle, one per file: what each depends on, what it does, and what it must leave behind.

Invariants: a step writes into its own folder of the cycle and into the stores of the workspace, and nowhere else; what it
returns is small and holds no texts and no times; running it twice does no harm.
"""

from typing import Any

from components.cycle.step import Step
from components.cycle.steps.evaluate import EVALUATE
from components.cycle.steps.ingest import INGEST
from components.cycle.steps.judge import JUDGE
from components.cycle.steps.learn import LEARN
from components.cycle.steps.monitor import MONITOR
from components.cycle.steps.promote import PROMOTE
from components.cycle.steps.register import REGISTER
from components.cycle.steps.rollout import ROLLOUT

#: In the order in which a cycle walks them
STEPS: tuple[Step[Any, Any], ...] = (INGEST, LEARN, EVALUATE, JUDGE, REGISTER, ROLLOUT, PROMOTE, MONITOR)
