import pytest

from components.rollout.intervals import newcombe

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("counts", "expected"),
    [  # Newcombe 1998, table II, method 10
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((10, 10, 0, 20), (0.6791, 1.0)),
        ((0, 10, 0, 20), (-0.1611, 0.2775)),
    ],
)
def test_newcombe_as_published(counts: tuple[int, int, int, int], expected: tuple[float, float]) -> None:
    a, n_a, b, n_b = counts
    interval = newcombe((a, b), (n_a, n_b))
    assert (interval.low, interval.high) == pytest.approx(expected, abs=5e-5)
