"""Targets that are undercovered for the bases they are made of: AT and GC drop-out. Pure.

Picard's definition (CollectHsMetrics, AT_DROPOUT and GC_DROPOUT): targets are binned by their GC content in whole percent.
Of each bin that is rich in AT (50 % or less) or in GC (50 % or more) the share of the reads is taken from the share of the
targets' bases, and what is missing is added up. Picard would be started once more for each sample to read what mosdepth has
read already: the mean depths of the targets. ``tests/workflow/test_dropout.py`` holds the figures against Picard's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tierline.annotation import Fetch
from tierline.assays import Target
from tierline.quality import Measured

LEAST_TARGETS = 20
"""Of fewer, one target with few reads of its own would look like a drop-out."""


def gc_percent(bases: str) -> int | None:
    """GC content in whole percent, of the bases that are known; None where none is."""
    known = Counter(bases.upper())
    strong, weak = known["G"] + known["C"], known["A"] + known["T"]
    return round(100 * strong / (strong + weak)) if strong + weak else None


def drop_out(depths: Iterable[tuple[Target, float]], fetch: Fetch) -> dict[str, Measured]:
    """Both drop-outs as fractions of the reads, from the mean depth of each target and the genome's bases there."""
    territory: Counter[int] = Counter()
    covered: dict[int, float] = {}
    number = 0
    for (chrom, start0, end0), depth in depths:
        if (gc := gc_percent(fetch(chrom, start0, end0))) is not None:
            number += 1
            territory[gc] += end0 - start0
            covered[gc] = covered.get(gc, 0.0) + depth * (end0 - start0)
    total, reads = territory.total(), sum(covered.values())
    if number < LEAST_TARGETS or not reads:
        why = "no target is covered" if number >= LEAST_TARGETS else f"{number} targets are too few"
        return {name: Measured(None, number, "targets", why) for name in ("at_dropout", "gc_dropout")}
    missing = {gc: max(0.0, bases / total - covered[gc] / reads) for gc, bases in territory.items()}
    return {
        "at_dropout": Measured(sum(part for gc, part in missing.items() if gc <= 50), number, "targets"),
        "gc_dropout": Measured(sum(part for gc, part in missing.items() if gc >= 50), number, "targets"),
    }
