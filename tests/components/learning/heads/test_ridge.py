"""The analytic head's algebra against the plain formulas."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from components.learning.heads import _ridge as ridge
from components.learning.heads.analytic import Analytic
from tests.examples import examples

pytestmark = pytest.mark.unit

EXPECTED_SIGNS = [-1, 1, -1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, 1, -1, 1, 1, -1, -1, -1, -1, 1, -1, 1, 1, -1, 1, 1, -1, -1, 1]


def data(seed: int, n: int = 60, p: int = 8, classes: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    """Features and class columns that depend on them."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, p, generator=generator)
    return x, (x[:, :classes] + 0.5 * torch.randn(n, classes, generator=generator)).argmax(1)


def fitted(parts: list[tuple[torch.Tensor, torch.Tensor]], width: int, order: list[int]) -> Analytic:
    """An analytic head that met the parts in this order, standardised on part 0."""
    head = Analytic(width=width, balance=0.0)
    head.grow([str(c) for c in range(3)], 8)
    head.begin(parts[0][0])
    for i in order:
        x, columns = parts[i]
        head.add(head.phi(x), ridge.one_hot(columns, 3), torch.ones(len(x), dtype=torch.float64))
    head.solve()
    return head


@examples(15)
@given(order=st.permutations(range(4)), seed=st.integers(0, 1000), width=st.sampled_from([0, 24]))
def test_any_order_of_experiences_equals_the_joint_ridge(order: list[int], seed: int, width: int) -> None:
    parts = [data(seed + i) for i in range(4)]
    head = fitted(parts, width, order)
    phi = torch.cat([head.phi(x) for x, _ in parts])
    y = ridge.one_hot(torch.cat([c for _, c in parts]), 3)
    joint = ridge.solve(phi.T @ phi, phi.T @ y, len(phi))
    torch.testing.assert_close(head.statistics.weights, joint.weights, rtol=1e-6, atol=1e-9)
    direct = torch.linalg.solve(phi.T @ phi + joint.penalty * torch.eye(phi.shape[1], dtype=torch.float64), phi.T @ y)
    torch.testing.assert_close(joint.weights, direct, rtol=1e-6, atol=1e-9)


@examples(15)
@given(seed=st.integers(0, 1000), gone=st.sets(st.integers(0, 59), min_size=1, max_size=30), width=st.sampled_from([0, 24]))
def test_erased_rows_were_never_there(seed: int, gone: set[int], width: int) -> None:
    parts = [data(seed), data(seed + 1)]
    head = fitted(parts, width, [0, 1])
    x, columns = parts[1]
    chosen = torch.tensor(sorted(gone))
    head.erase(x[chosen], [str(int(c)) for c in columns[chosen]])
    kept = torch.tensor([i for i in range(60) if i not in gone])
    never = fitted([parts[0], (x[kept], columns[kept])], width, [0, 1])
    torch.testing.assert_close(head.statistics.gram, never.statistics.gram, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(head.statistics.weights, never.statistics.weights, rtol=1e-6, atol=1e-9)
    assert head.statistics.rows == never.statistics.rows


def test_left_out_scores_equal_refitting_without_the_row() -> None:
    x, columns = data(5)
    head = fitted([(x, columns)], 0, [0])
    phi, y = head.phi(x), ridge.one_hot(columns, 3)
    solution = ridge.solve(phi.T @ phi, phi.T @ y, len(x))
    found = solution.left_out(phi, y)
    for i in range(0, 60, 7):
        rest = torch.arange(60) != i
        gram = phi[rest].T @ phi[rest] + solution.penalty * torch.eye(phi.shape[1], dtype=torch.float64)
        torch.testing.assert_close(found[i], phi[i] @ torch.linalg.solve(gram, phi[rest].T @ y[rest]), rtol=1e-8, atol=1e-10)


def test_without_judges_lambda_is_the_grid_point_of_least_gcv() -> None:
    x, columns = data(6)
    phi, y = torch.cat([x, torch.ones(60, 1)], 1).double(), ridge.one_hot(columns, 3)
    gram = phi.T @ phi
    scores = []
    for penalty in ridge.multiples() * torch.linalg.eigvalsh(gram).mean():
        hat = phi @ torch.linalg.solve(gram + penalty * torch.eye(9, dtype=torch.float64), phi.T)
        scores.append(float(((y - hat @ y) ** 2).sum() / 60 / (1 - hat.trace() / 60) ** 2))
    best = float(ridge.multiples()[scores.index(min(scores))] * torch.linalg.eigvalsh(gram).mean())
    assert ridge.solve(gram, phi.T @ y, 60).penalty == pytest.approx(best)


@pytest.mark.parametrize("width", [0, 300])
def test_lambda_is_right_with_fewer_rows_than_features(width: int) -> None:
    """Where every target can be met GCV is a ratio of two things that vanish: against its form in K = phi phi^T."""
    x, columns = data(7, n=30, p=50)
    columns = columns[torch.randperm(30, generator=torch.Generator().manual_seed(3))]  # nothing to learn: shrink
    fixed = ridge.projection(0, 50, width) if width else None
    phi, y = ridge.random_features(x, x.mean(0), x.std(0), fixed), ridge.one_hot(columns, 3)
    gram = phi.T @ phi
    found = ridge.solve(gram, phi.T @ y, 30)
    kernel = phi @ phi.T
    scores = []
    for penalty in ridge.multiples() * torch.linalg.eigvalsh(gram).mean():
        inverse = torch.linalg.inv(kernel + penalty * torch.eye(30, dtype=torch.float64))
        scores.append(float(((inverse @ y) ** 2).sum() * 30 / inverse.trace() ** 2))
    best = float(ridge.multiples()[scores.index(min(scores))] * torch.linalg.eigvalsh(gram).mean())
    assert found.penalty == pytest.approx(best)
    assert best > ridge.multiples()[0] * torch.linalg.eigvalsh(gram).mean(), "interpolating is not always best"


def test_with_judges_lambda_makes_rows_left_out_likeliest() -> None:
    """Against refitting without each row, for every lambda; a few judges or one class fall back on GCV."""
    x, columns = data(8)
    phi, y = torch.cat([x, torch.ones(60, 1)], 1).double(), ridge.one_hot(columns, 3)
    gram, lift = phi.T @ phi, torch.tensor([1.0, 2.0, 0.5], dtype=torch.float64)
    usual = torch.linalg.eigvalsh(gram).mean()
    losses = []
    for multiple in ridge.multiples():
        scores = torch.stack([
            phi[i] @ torch.linalg.solve(
                gram - torch.outer(phi[i], phi[i]) + multiple * usual * torch.eye(9, dtype=torch.float64),
                phi.T @ y - torch.outer(phi[i], y[i]),
            )
            for i in range(60)
        ])  # fmt: skip
        losses.append(
            min(float(torch.nn.functional.cross_entropy(scores * lift * t, columns)) for t in ridge.temperatures()[::5])
        )
    ones = torch.ones(60, dtype=torch.float64)
    found = ridge.solve(gram, phi.T @ y, 60, judges=ridge.Judges(phi, columns, ones, lift))
    assert found.multiple == float(ridge.multiples()[losses.index(min(losses))])
    assert found.penalty == pytest.approx(found.multiple * float(usual))
    plain = ridge.solve(gram, phi.T @ y, 60)
    few = torch.arange(ridge.LEAST_JUDGES - 1)
    alike = torch.where(columns == 0)[0].repeat(3)
    for rows in (few, alike):
        judges = ridge.Judges(phi[rows], columns[rows], ones[:1].expand(len(rows)), lift)
        assert ridge.solve(gram, phi.T @ y, 60, judges=judges).multiple == plain.multiple


def test_packing_halves_and_restores() -> None:
    gram = torch.randn(7, 7, dtype=torch.float64)
    gram = gram + gram.T
    assert ridge.pack(gram).numel() == 28
    assert torch.equal(ridge.unpack(ridge.pack(gram), 7), gram)


def test_the_projection_never_changes() -> None:
    signs = ridge.projection(0, 4, 8) * 2
    assert signs.int().flatten().tolist() == EXPECTED_SIGNS


def test_temperature_recovers_the_scale_of_true_probabilities() -> None:
    generator = torch.Generator().manual_seed(0)
    scores = torch.randn(20000, 4, generator=generator).double()
    truth = torch.multinomial((3 * scores).softmax(-1), 1, generator=generator)[:, 0]
    assert ridge.temperature(scores, truth) == pytest.approx(3, rel=0.08)
