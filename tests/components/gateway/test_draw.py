from collections.abc import Callable

import numpy as np
import pytest

from components.contracts import Experience
from components.errors import UsageError
from components.gateway.replay import draw

pytestmark = pytest.mark.unit


def test_draw_is_bounded_and_repeatable(make_experience: Callable[[int], Experience]) -> None:
    experience = make_experience(50)
    cases = draw(experience, 20, np.random.default_rng(1))
    assert len({case.id for case in cases}) == 20
    assert cases == draw(experience, 20, np.random.default_rng(1))
    assert cases != draw(experience, 20, np.random.default_rng(2))
    assert len(draw(experience, 500, np.random.default_rng(1))) == 50
    with pytest.raises(UsageError, match="no case with a known answer"):
        draw(make_experience(0), 20, np.random.default_rng(1))
