"""No rehearsal."""

from __future__ import annotations

from typing import ClassVar

from components.learning.axes import Rehearsal
from components.learning.method import register


@register("rehearsal", "none")
class NoRehearsal(Rehearsal):
    """Nothing is kept: a memory that the parent had is dropped."""

    rereads: ClassVar[bool] = False
