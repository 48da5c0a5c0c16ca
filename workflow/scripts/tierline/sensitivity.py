"""The smallest allele fraction that is seen with 95 % probability: by a formula, and by what simulated reads showed of it.

The formula: the smallest fraction f with P(alternate fragments >= k) >= 0.95, alternate ~ Binomial(n, f), where n is the
usable depth and k the fragments that the panel's thresholds ask for at that depth. It knows nothing of callers and their
filters; ``bench/limit`` measures what these cost, and where that is more, it rules.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path

from tierline.panels import Thresholds
from tierline.paths import RESOURCES
from tierline.records import MeasuredLimit
from tierline.tables import read_rows

MEASURED = RESOURCES / "assays" / "measured_limits.tsv"
POWER = 0.95
CLASSES = ("snv", "mnv", "indel")
ASKED_AT = {"exon": CLASSES}  # classes of variants that a locus of a type asks; of any other type substitutions


def load_measured(path: str | Path = MEASURED) -> tuple[MeasuredLimit, ...]:
    """What was measured, ascending by depth."""
    return tuple(sorted(read_rows(path, MeasuredLimit), key=lambda row: row.depth))


def reads_needed(depth: int, min_vaf: float, min_alt_reads: int) -> int:
    """Alternate fragments that a call takes at a usable depth: max(min_alt_reads, ceil(min_vaf * depth))."""
    return max(min_alt_reads, math.ceil(min_vaf * depth - 1e-9))


@cache
def limit_by_formula(depth: int, min_vaf: float, min_alt_reads: int) -> float | None:
    """Smallest VAF (0-1) that the thresholds let pass with 95 % probability at ``depth`` usable fragments; None: none.

    500 fragments with ``min_vaf`` 0.05 give 0.067: a threshold must lie well under the limit that is claimed.
    """
    needed = reads_needed(depth, min_vaf, min_alt_reads)
    if depth < needed:
        return None
    low, high = 0.0, 1.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        if _at_least(needed, depth, middle) >= POWER:
            high = middle
        else:
            low = middle
    return high


def _at_least(k: int, n: int, f: float) -> float:
    """P(X >= k) for X ~ Binomial(n, f)."""
    if f <= 0 or f >= 1:
        return float(f >= 1 or k <= 0)
    total = 0.0
    for i in range(k):
        log_choose = math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1)
        total += math.exp(log_choose + i * math.log(f) + (n - i) * math.log1p(-f))
    return 1 - total


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What can be seen under a panel's thresholds, by class of variant. ``measured`` ascends by depth."""

    thresholds: Thresholds
    measured: tuple[MeasuredLimit, ...] = ()

    def limit(self, depth: int, variant_class: str) -> float | None:
        """Smallest VAF (0-1) of a class of ``CLASSES`` that is seen with 95 % probability; None: none can be."""
        found = limit_by_formula(depth, self.thresholds.min_vaf, self.thresholds.min_alt_reads)
        found = None if found is None else found * self.times(depth, variant_class)
        return None if found is None or found > 1 else found

    def times(self, depth: int, variant_class: str) -> float:
        """What the formula is multiplied by: the larger of what the next lower and the next higher measured depth took.

        Measurements under these thresholds count; where there are none, those under any others.
        """
        all_of_class = [row for row in self.measured if row.variant_class == variant_class]
        own = list(filter(self._is_under_these, all_of_class)) or all_of_class
        lower = [row.depth for row in own if row.depth <= depth][-1:]
        higher = [row.depth for row in own if row.depth >= depth][:1]
        return max((row.times for row in own if row.depth in (*lower, *higher)), default=1.0)

    def _is_under_these(self, row: MeasuredLimit) -> bool:
        return (row.min_vaf, row.min_alt_reads) == (self.thresholds.min_vaf, self.thresholds.min_alt_reads)

    def in_words(self) -> str:
        """What the limits of detection rest on, as a sentence."""
        if not self.measured:
            return "Limits of detection are those of a formula; what callers and filters cost was not measured."
        own = list(filter(self._is_under_these, self.measured))
        times = sorted({row.times for row in own or self.measured})
        by_class = f" to {times[-1]:g} by class of variant and depth" if len(times) > 1 else ""
        said = (
            f"Limits of detection are those of a formula, times {times[0]:g}{by_class}: what callers and filters cost in "
            f"simulated reads (measured {max(row.date for row in self.measured)})"
        )
        return f"{said}." if own else f"{said}, under other thresholds than those of this panel."

    def claimed(self, variant_class: str) -> float:
        """The fraction down to which the panel claims to find the class."""
        claims: float = getattr(self.thresholds, f"claimed_lod_{variant_class}")
        return claims

    def sees(self, depth: int, fraction: float, variant_class: str = "snv") -> bool:
        """Whether a variant of ``fraction`` is seen with 95 % probability."""
        limit = self.limit(depth, variant_class)
        return limit is not None and limit <= fraction

    def unseen(self, depth: int, locus_type: str) -> str:
        """The first class asked at a locus of this type that is not seen down to the claim; "" where all are."""
        return next((c for c in asked_at(locus_type) if not self.sees(depth, self.claimed(c), c)), "")

    def depth_for(self, variant_classes: tuple[str, ...]) -> int | None:
        """The usable depth from which on all these classes are seen down to the claim; None where no depth suffices.

        Where one read more is asked for the limit rises a little, so some lesser depths may show them too.
        """
        return _depth_for(self, variant_classes)

    def next_step(self, depth: int) -> int:
        """The first depth above ``depth`` at which one alternate fragment more is asked for."""
        needed = reads_needed(depth, self.thresholds.min_vaf, self.thresholds.min_alt_reads)
        return math.floor(needed / self.thresholds.min_vaf + 1e-9) + 1


@cache
def _depth_for(sensitivity: Sensitivity, variant_classes: tuple[str, ...]) -> int | None:
    least = sensitivity.thresholds.min_vaf  # whatever the depth, the limit lies above it
    if any(least * sensitivity.times(sys.maxsize, c) >= sensitivity.claimed(c) for c in variant_classes):
        return None
    after_measured = [row.depth + n for row in sensitivity.measured for n in (0, 1)]  # here the multiples change

    def seen(depth: int) -> bool:
        return all(sensitivity.sees(depth, sensitivity.claimed(c), c) for c in variant_classes)

    def seen_from(depth: int) -> bool:  # the limit falls but at these depths, and from step to step it falls too
        begins = [depth, *(d for d in after_measured if d > depth)]
        return all(seen(d) and seen(sensitivity.next_step(d)) for d in begins)

    return next(d for d in count(1) if seen_from(d))


def asked_at(locus_type: str) -> tuple[str, ...]:
    """The classes of variants that decide over a negative answer at a locus of this type."""
    return ASKED_AT.get(locus_type, ("snv", "mnv"))
