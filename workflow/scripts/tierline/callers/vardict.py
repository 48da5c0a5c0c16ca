"""VarDict, by var2vcf_valid.pl (tumour only) or var2vcf_paired.pl.

STATUS is not read: what the normal's own counts show decides. Without -M the paired script passes what only the normal
passes; the panel's thresholds then hold it back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pysam

from tierline.callers import by_depth, said, whole
from tierline.records import Call

ARTEFACT = frozenset({"AMPBIAS", "Bias", "InGap", "InIns"})
HARMLESS: frozenset[str] = frozenset()
COUNTS = (("DP", "AD"),)


def wrote(header: pysam.VariantHeader) -> bool:
    """By the source, or by the reads per strand that it writes."""
    return any(name.startswith("VarDict") for name in said(header, "source")) or {"ALD", "VD"} <= set(header.formats)


def parse(record: pysam.VariantRecord, tumor: str, normal: str | None) -> Iterator[Call]:
    """DP, AD of the allele, and reads by strand from RD (reference) and ALD (variant)."""
    strands = _strands(record.samples[tumor])
    for _, call in by_depth("vardict", record, tumor, normal):
        yield replace(call, strands=strands)


def _strands(sample: pysam.VariantRecordSample) -> tuple[int, int, int, int] | None:
    counts = [whole(sample, field, place) for field in ("RD", "ALD") for place in (0, 1)]
    known = [count for count in counts if count is not None]
    return (known[0], known[1], known[2], known[3]) if len(known) == 4 else None
