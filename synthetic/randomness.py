"""Random choices that a seed decides, the same on every machine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


def stream(seed: int, name: str) -> Random:
    """An independent random stream for one purpose, so that a change in one part moves no other."""
    return Random(f"thrombectomy-warehouse/{seed}/{name}")


def by_rank(
    rng: Random, values: Sequence[T], driver: Sequence[float], correlation: float
) -> list[T]:
    """Deal ordered ``values`` to patients so that they follow ``driver`` as far as asked.

    A Gaussian copula in small: the marginal distribution stays exactly as given, the order of the
    patients is that of ``correlation`` parts driver and the rest noise. Values come lowest first.
    """
    center = sum(driver) / len(driver)
    spread = math.sqrt(sum((x - center) ** 2 for x in driver) / len(driver)) or 1.0
    noise = math.sqrt(1 - correlation**2)
    keys = [correlation * (x - center) / spread + noise * rng.gauss(0, 1) for x in driver]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    dealt: dict[int, T] = dict(zip(order, values, strict=True))
    return [dealt[index] for index in range(len(values))]


def flags(total: int, count: int) -> list[bool]:
    """``count`` trues among ``total``, falses first: values for :func:`by_rank`."""
    return [False] * (total - count) + [True] * count


def split(rng: Random, total: int, weights: dict[T, float]) -> list[T]:
    """``total`` draws from the weighted keys, each key at least once, in the order of the keys."""
    keys = list(weights)
    drawn = keys + rng.choices(keys, weights=list(weights.values()), k=total - len(keys))
    return sorted(drawn, key=keys.index)


def bounded_gauss(rng: Random, mean: float, sd: float, low: float, high: float) -> float:
    """A normal draw, repeated until it lies within the bounds."""
    while True:
        value = rng.gauss(mean, sd)
        if low <= value <= high:
            return value
