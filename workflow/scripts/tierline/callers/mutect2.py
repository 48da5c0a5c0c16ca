"""Mutect2 with FilterMutectCalls (GATK 4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pysam

from tierline.callers import by_depth, four, said
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
    phase = f"{mine.get('PID')}:{mine.get('PGT')}" if mine.get("PID") else ""
    for number, call in by_depth("mutect2", record, tumor, normal):
        status = by_allele[number - 1].split(",") if number <= len(by_allele) else ["SITE"]
        own = tuple(name for name in status if name and name not in PASSED)
        if len(record.alts or ()) == 1 or "SITE" in status:
            own = tuple(dict.fromkeys(own + site))
        yield replace(call, filters=own, phase_set=phase, strands=four(mine, record, "SB"))
