"""A few numbers as a line of the size of a word, for an inline SVG. No database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 72, 20
EDGE = 2  # room for the stroke


@dataclass(frozen=True, slots=True)
class Sparkline:
    """`points` of a polyline, and where it ends; `numbers` are what it shows, for whoever reads."""

    points: str
    x: float
    y: float
    numbers: tuple[int, ...]


def sparkline(numbers: Sequence[int], top: int = 0) -> Sparkline:
    """From left to right; `top` is the number that touches the upper edge, at least the largest."""
    highest = max([top, 1, *numbers])
    step = (WIDTH - 2 * EDGE) / max(len(numbers) - 1, 1)
    places = [
        (round(EDGE + place * step, 1), round(HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * number / highest, 1))
        for place, number in enumerate(numbers)
    ]
    x, y = places[-1] if places else (0.0, 0.0)
    return Sparkline(" ".join(f"{across},{down}" for across, down in places), x, y, tuple(numbers))
