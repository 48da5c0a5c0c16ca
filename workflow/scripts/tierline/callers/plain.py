"""Any other VCF: AD (one number an allele, reference first) with DP or without, or AO with DP.

Where DP is absent the depth is the sum of AD. An AD of one number, as VarScan writes it, is not read.
"""

from __future__ import annotations

from collections.abc import Iterator

import pysam

from tierline.callers import filters_of, haplotype, is_sequence, whole
from tierline.records import Call

ARTEFACT: frozenset[str] = frozenset()
HARMLESS: frozenset[str] = frozenset()
COUNTS = (("AD",), ("DP", "AO"))


def wrote(header: pysam.VariantHeader) -> bool:
    """Never said of a file: it is what remains."""
    return False


def parse(record: pysam.VariantRecord, tumor: str, normal: str | None) -> Iterator[Call]:
    """Counts as above, and PS with a phased GT."""
    mine = record.samples[tumor]
    other = record.samples[normal] if normal else None
    for index, alt in enumerate(record.alts or ()):
        if is_sequence(alt):
            depth, alt_depth = _counts(mine, index)
            others = _counts(other, index) if other is not None else (None, None)
            yield Call(
                "plain", record.chrom, record.pos, record.ref or "", alt, depth, alt_depth, filters_of(record), *others,
                haplotype(mine, index + 1),
            )  # fmt: skip


def _counts(sample: pysam.VariantRecordSample, index: int) -> tuple[int | None, int | None]:
    """(depth, alternate depth) of the ALT at ``index``."""
    by_allele = sample.get("AD")
    if isinstance(by_allele, tuple) and len(by_allele) > index + 1 and None not in by_allele:
        depth = whole(sample, "DP")
        return (sum(by_allele) if depth is None else depth), by_allele[index + 1]
    return whole(sample, "DP"), whole(sample, "AO", index)
