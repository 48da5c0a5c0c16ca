"""FreeBayes in its pooled-continuous mode.

Its QUAL judges germline genotypes: a subclonal variant has a low one. So no record is filtered by it here; the
recounted reads decide in ``filters.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

import pysam

from tierline.callers import is_sequence, said, whole
from tierline.records import Call

ARTEFACT: frozenset[str] = frozenset()
HARMLESS: frozenset[str] = frozenset()
COUNTS = (("DP", "AO"),)


def wrote(header: pysam.VariantHeader) -> bool:
    """By the source."""
    return any(name.startswith("freeBayes") for name in said(header, "source"))


def parse(record: pysam.VariantRecord, tumor: str, normal: str | None) -> Iterator[Call]:
    """DP, and AO of the allele, for tumour and normal; an allele without a read in the tumour is left out."""
    mine = record.samples[tumor]
    other = record.samples[normal] if normal else None
    for index, alt in enumerate(record.alts or ()):
        seen = whole(mine, "AO", index)
        if not is_sequence(alt) or not seen:
            continue
        yield Call(
            caller="freebayes",
            chrom=record.chrom,
            pos1=record.pos,
            ref=record.ref or "",
            alt=alt,
            depth=whole(mine, "DP"),
            alt_depth=seen,
            filters=(),
            normal_depth=whole(other, "DP") if other is not None else None,
            normal_alt_depth=whole(other, "AO", index) if other is not None else None,
            phase_set="",
        )
