"""How sure a count, a share or a rate is: 95 % intervals and limits, exact where counts are small.

Nothing here knows what is counted. Exposure is whatever the count is set against: participants, site-months.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Z_95 = 1.959963984540054
Z_998 = 3.0902323061678132
_STEPS = 80


@dataclass(frozen=True)
class Interval:
    """A value between a lower and an upper bound; `upper` is infinite where nothing bounds it."""

    value: float
    lower: float
    upper: float


def poisson_rate(count: int, exposure: float) -> Interval:
    """Events per unit of exposure with the exact (Garwood) 95 % interval. Raises ValueError without exposure."""
    if exposure <= 0 or count < 0:
        raise ValueError("A rate needs exposure above zero and a count that is not negative.")
    lower = _solve(lambda mean: 1 - _poisson_below(count, mean) - 0.025, 0.0, float(count)) if count else 0.0
    upper = _solve(lambda mean: 0.025 - _poisson_below(count + 1, mean), float(count), 2.0 * count + 20)
    return Interval(count / exposure, lower / exposure, upper / exposure)


def wilson_share(count: int, total: int) -> Interval:
    """A share with Wilson's 95 % interval. Raises ValueError unless 0 <= count <= total and total > 0."""
    if total <= 0 or not 0 <= count <= total:
        raise ValueError("A share needs a count between nothing and the whole.")
    share, square = count / total, Z_95**2
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = Z_95 * math.sqrt(share * (1 - share) / total + square / (4 * total**2)) / (1 + square / total)
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))


def rate_ratio(before: tuple[int, float], after: tuple[int, float]) -> Interval | None:
    """The second rate divided by the first, from (count, exposure) each; None where nothing was counted before.

    The interval comes from the share of events that fall into the second period (Wilson).
    """
    (first, span), (second, later) = before, after
    if first == 0 or span <= 0 or later <= 0:
        return None
    share = wilson_share(second, first + second)
    odds = [each / (1 - each) if each < 1 else math.inf for each in (share.value, share.lower, share.upper)]
    value, lower, upper = (each * span / later for each in odds)
    return Interval(value, lower, upper)


def count_limits(counts: Sequence[int]) -> Interval:
    """Mean and three-sigma limits of counts in equal spans (a c-chart). Raises ValueError for no counts."""
    if not counts:
        raise ValueError("Limits need counts.")
    mean = sum(counts) / len(counts)
    return Interval(mean, max(0.0, mean - 3 * math.sqrt(mean)), mean + 3 * math.sqrt(mean))


def funnel_limits(rate: float, exposure: float, z: float = Z_95) -> Interval:
    """Between which bounds a rate lies by chance alone at this exposure, if all shared `rate`."""
    half = z * math.sqrt(rate / exposure)
    return Interval(rate, max(0.0, rate - half), rate + half)


def _poisson_below(count: int, mean: float) -> float:
    """The probability of fewer than `count` events."""
    if mean <= 0:
        return 1.0 if count > 0 else 0.0
    return math.fsum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count))


def _solve(rising: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function crosses zero between two bounds."""
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return (low + high) / 2
