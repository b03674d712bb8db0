"""The report's pictures as small inline SVG: no scripts, fonts or other files."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

#: Colour-blind-safe (Okabe and Ito 2008), in a fixed order of experiences.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#6b6b6b", "#8a6d00")

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 300, 44, 110, 14, 34


def colour(index: int) -> str:
    return COLOURS[index % len(COLOURS)]


def curves(names: Sequence[str], matrix: Sequence[Sequence[float | None]]) -> str:
    """Forgetting curves: one curve per experience, with its accuracy after each cycle since the one that learned it."""
    plot_width, plot_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    steps = max(len(matrix) - 1, 1)

    def x(row: int) -> float:
        return LEFT + plot_width * row / steps

    def y(value: float) -> float:
        return TOP + plot_height * (1 - value)

    parts = [_open(WIDTH, HEIGHT, "Accuracy of each experience's held-out cases after every cycle")]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:.2f}</text>')
    for row, name in enumerate(names):
        parts.append(f'<text class="tick" x="{x(row):.1f}" y="{HEIGHT - 12}" text-anchor="middle">{escape(name)}</text>')
    ends: list[tuple[float, int]] = []
    for column in range(len(names)):
        points = [(row, line[column]) for row, line in enumerate(matrix) if row >= column and line[column] is not None]
        path = " ".join(f"{x(row):.1f},{y(value):.1f}" for row, value in points if value is not None)
        parts.append(f'<polyline fill="none" stroke="{colour(column)}" stroke-width="2" points="{path}"/>')
        for row, value in points:
            if value is None:
                continue
            title = f"{names[column]} after {names[row]}: {value:.3f}"
            parts.append(
                f'<circle cx="{x(row):.1f}" cy="{y(value):.1f}" r="3" fill="{colour(column)}">'
                f"<title>{escape(title)}</title></circle>"
            )
        if points and points[-1][1] is not None:
            ends.append((y(points[-1][1]), column))
    for position, column in _spread(sorted(ends), 14):
        parts.append(
            f'<text class="name" x="{WIDTH - RIGHT + 10}" y="{position + 4:.1f}" fill="{colour(column)}">'
            f"{escape(names[column])}</text>"
        )
    return "".join([*parts, "</svg>"])


#: (name, loss, its bounds) of each candidate, worst bound last
Losses = Sequence[tuple[str, float, float, float]]


def losses(points: Losses, budget: float) -> str:
    """What past cases lost since each task was served best, for each candidate with its interval, and the lifetime budget."""
    height, plot = 180, 180 - TOP - BOTTOM
    highest = max([budget * 1.4, *(high for *_, high in points)])
    lowest = min([0.0, *(low for _, _, low, _ in points)])

    def y(value: float) -> float:
        return TOP + plot * (highest - value) / (highest - lowest)

    def x(number: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (number + 0.5) / max(1, len(points))

    parts = [_open(WIDTH, height, "Accuracy lost on past cases since each task was served best, and the lifetime budget")]
    for value, name in ((0.0, "none"), (budget, "budget")):
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:.2f}</text>')
        parts.append(f'<text class="name" x="{WIDTH - RIGHT + 10}" y="{y(value) + 4:.1f}">{name}</text>')
    for number, (name, loss, low, high) in enumerate(points):
        shade_of = colour(1) if loss > budget else colour(0)
        parts.append(
            f'<line x1="{x(number):.1f}" x2="{x(number):.1f}" y1="{y(high):.1f}" y2="{y(low):.1f}" stroke="{shade_of}"/>'
            f'<circle cx="{x(number):.1f}" cy="{y(loss):.1f}" r="3.5" fill="{shade_of}">'
            f"<title>{escape(f'{name}: {loss:+.3f} [{low:+.3f}, {high:+.3f}]')}</title></circle>"
        )
        if len(points) <= 12:
            parts.append(f'<text class="tick" x="{x(number):.1f}" y="{height - 12}" text-anchor="middle">{escape(name)}</text>')
    return "".join([*parts, "</svg>"])


def bars(rows: Sequence[tuple[str, Sequence[tuple[str, float]]]], kinds: Sequence[str]) -> str:
    """Stacked horizontal bars: for each row, (kind, seconds) pieces, with the total at the end."""
    height = 24 * len(rows) + 30
    widest = max((sum(value for _, value in pieces) for _, pieces in rows), default=1.0) or 1.0
    scale = (WIDTH - 150 - 70) / widest
    parts = [_open(WIDTH, height, "Seconds of each step of each cycle")]
    for index, kind in enumerate(kinds):
        left = 150 + index * 70
        parts.append(f'<rect x="{left}" y="4" width="10" height="10" fill="{colour(index)}"/>')
        parts.append(f'<text class="tick" x="{left + 14}" y="13">{escape(kind)}</text>')
    for number, (name, pieces) in enumerate(rows):
        top, position = 24 + 24 * number, 150.0
        parts.append(f'<text class="tick" x="142" y="{top + 14}" text-anchor="end">{escape(name)}</text>')
        for kind, value in pieces:
            width = value * scale
            title = f"{name}, {kind}: {value:.1f} s"
            parts.append(
                f'<rect x="{position:.1f}" y="{top}" width="{width:.1f}" height="18" fill="{colour(list(kinds).index(kind))}">'
                f"<title>{escape(title)}</title></rect>"
            )
            position += width
        parts.append(f'<text class="tick" x="{position + 6:.1f}" y="{top + 14}">{sum(value for _, value in pieces):.1f} s</text>')
    return "".join([*parts, "</svg>"])


def shade(value: float | None) -> str:
    """Background of a matrix cell: from white at 0 to deep blue at 1."""
    if value is None:
        return "transparent"
    mix = max(0.0, min(1.0, value))
    red, green, blue = (round(255 + (end - 255) * mix) for end in (0, 114, 178))
    return f"rgb({red},{green},{blue})"


def _open(width: int, height: int, label: str) -> str:
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}" xmlns="http://www.w3.org/2000/svg">'


def _spread(positions: Sequence[tuple[float, int]], gap: float) -> list[tuple[float, int]]:
    """Move labels down until none overlaps the one above."""
    placed: list[tuple[float, int]] = []
    for position, column in positions:
        lowest = placed[-1][0] + gap if placed else position
        placed.append((max(position, lowest), column))
    return placed
