# SPDX-License-Identifier: Apache-2.0
"""Whether two lots of times can be told apart."""

import bisect
import math


def mann_whitney(one, other):
    """How likely it is that two samples of the same thing differ so much in
    where they lie (normal approximation; for a dozen each and more)."""
    both = sorted(one + other)
    ranks = [(bisect.bisect_left(both, x) + bisect.bisect_right(both, x) + 1)
             / 2 for x in one]
    n, m = len(one), len(other)
    u = sum(ranks) - n * (n + 1) / 2
    ties = sum(t ** 3 - t for t in (both.count(x) for x in set(both)))
    spread = math.sqrt(n * m / 12 * (
        n + m + 1 - ties / ((n + m) * (n + m - 1))))
    return math.erfc(abs(u - n * m / 2) / spread / math.sqrt(2))


def kolmogorov_smirnov(one, other):
    """The same for how they are spread; asymptotic."""
    one, other = sorted(one), sorted(other)
    n, m = len(one), len(other)
    distance = max(abs(bisect.bisect_right(one, x) / n
                       - bisect.bisect_right(other, x) / m)
                   for x in one + other)
    root = math.sqrt(n * m / (n + m))
    x = (root + 0.12 + 0.11 / root) * distance
    return min(1, max(0, 2 * sum(
        (-1) ** (k - 1) * math.exp(-2 * k * k * x * x)
        for k in range(1, 101)))) if x > 0.2 else 1.0
