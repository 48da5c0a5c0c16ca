"""Mutect2 with FilterMutectCalls (GATK 4)."""

from __future__ import annotations

from collections.abc import Iterator

import pysam

from tierline.callers import four, is_sequence, said
from tierline.records import Call

ARTEFACT = frozenset({
    "base_qual", "contamination", "duplicate", "fragment", "low_allele_frac", "map_qual", "n_ratio", "normal_artifact",
    "orientation", "panel_of_normals", "position", "possible_numt", "slippage", "strand_bias", "strict_strand",
})  # fmt: skip
HARMLESS = frozenset({"clustered_events", "germline", "haplotype", "multiallelic"})
PASSED = {"SITE", "PASS", "."}
COUNTS = (("DP", "AD"),)


def wrote(header: pysam.VariantHeader) -> bool:
    """By the source, or by GATK's line of its command."""
    commands = [record.get("ID") for record in header.records if record.key == "GATKCommandLine"]
    return "Mutect2" in said(header, "source") or "Mutect2" in commands


def parse(record: pysam.VariantRecord, tumor: str, normal: str | None) -> Iterator[Call]:
    """AD and DP are read per sample; filters are the site's own and those that AS_FilterStatus gives the allele.

    AS_FilterStatus holds one field for each ALT, joined by ``|``; inside a field filters are joined by ``,``, and
    ``SITE`` means "see FILTER". pysam splits at every comma, so the value is joined again first.
    """
    site = tuple(str(name) for name in record.filter if name not in PASSED)
    declared = "AS_FilterStatus" in record.header.info  # not in raw calls; pysam raises
    raw = (record.info.get("AS_FilterStatus") if declared else None) or ()
    by_allele = (raw if isinstance(raw, str) else ",".join(raw)).split("|")
    mine = record.samples[tumor]
    other = record.samples[normal] if normal else None
    alleles = record.alts or ()
    for index, alt in enumerate(alleles):
        if not is_sequence(alt):
            continue
        status = by_allele[index].split(",") if index < len(by_allele) else ["SITE"]
        own = tuple(name for name in status if name and name not in PASSED)
        if len(alleles) == 1 or "SITE" in status:
            own = tuple(dict.fromkeys(own + site))
        phase = f"{mine.get('PID')}:{mine.get('PGT')}" if mine.get("PID") else ""
        yield Call(
            caller="mutect2",
            chrom=record.chrom,
            pos1=record.pos,
            ref=record.ref or "",
            alt=alt,
            depth=mine.get("DP"),
            alt_depth=_count(mine, index),
            filters=own,
            normal_depth=other.get("DP") if other is not None else None,
            normal_alt_depth=_count(other, index) if other is not None else None,
            phase_set=phase,
            strands=four(mine, record, "SB"),
        )


def _count(sample: pysam.VariantRecordSample, index: int) -> int | None:
    counts = sample.get("AD")
    return counts[index + 1] if counts and len(counts) > index + 1 else None
