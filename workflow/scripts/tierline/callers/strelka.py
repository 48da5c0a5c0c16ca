"""Strelka, somatic (its files somatic.snvs and somatic.indels; columns NORMAL and TUMOR).

Counts are those of tier 1, and the depth is the two alleles' together: the user guide of Strelka 2 (section Somatic)
reckons the allele frequency so, from ``AU``, ``CU``, ``GU``, ``TU`` of a substitution and ``TAR``, ``TIR`` of an indel.
"""

from __future__ import annotations

from collections.abc import Iterator

import pysam

from tierline.callers import filters_of, is_sequence, said, whole
from tierline.records import Call

ARTEFACT: frozenset[str] = frozenset()
HARMLESS: frozenset[str] = frozenset()
COUNTS = (("AU", "CU", "GU", "TU"), ("TAR", "TIR"))


def wrote(header: pysam.VariantHeader) -> bool:
    """By the source, or by counts that no other caller writes."""
    return "strelka" in said(header, "source") or any(all(f in header.formats for f in group) for group in COUNTS)


def parse(record: pysam.VariantRecord, tumor: str, normal: str | None) -> Iterator[Call]:
    """Reads of both alleles at tier 1, of tumour and normal."""
    ref = record.ref or ""
    for alt in record.alts or ():
        if is_sequence(alt):
            depth, alt_depth = _counts(record.samples[tumor], ref, alt)
            others = _counts(record.samples[normal], ref, alt) if normal else (None, None)
            yield Call("strelka", record.chrom, record.pos, ref, alt, depth, alt_depth, filters_of(record), *others, "")


def _counts(sample: pysam.VariantRecordSample, ref: str, alt: str) -> tuple[int | None, int | None]:
    """(depth, alternate depth)."""
    fields = (f"{ref}U", f"{alt}U") if len(ref) == len(alt) == 1 else ("TAR", "TIR")
    of_ref, of_alt = (whole(sample, field) for field in fields)
    return (None if of_ref is None or of_alt is None else of_ref + of_alt), of_alt
