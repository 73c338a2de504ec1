"""Sizes of paper, in millimetres and in PDF points (1/72 inch)."""

from dataclasses import dataclass

POINTS_PER_MILLIMETRE = 72 / 25.4


@dataclass(frozen=True)
class Paper:
    """A sheet, upright."""

    name: str
    width: float
    """Millimetres."""
    height: float
    """Millimetres."""


A4 = Paper("A4", 210, 297)
LETTER = Paper("Letter", 215.9, 279.4)


def points(millimetres: float) -> float:
    """The same length in PDF points."""
    return millimetres * POINTS_PER_MILLIMETRE


def millimetres(points_: float) -> float:
    """The same length in millimetres."""
    return points_ / POINTS_PER_MILLIMETRE
