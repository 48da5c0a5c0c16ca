"""DRAGEN's small variant caller, somatic: tumour only, or tumour and normal.

Filters as Illumina's pages name them: Post Somatic Calling Filtering (DRAGEN 3.8, 4.2), VCF outputs (DRAGEN Dx).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pysam

from tierline.callers import by_depth, four, haplotype, said
from tierline.records import Call

ARTEFACT = frozenset({
    "artifact_in_normal", "base_quality", "filtered_reads", "fragment_length", "low_frac_info_reads", "mapping_quality",
    "no_reliable_supporting_read", "noisy_normal", "panel_of_normals", "read_position", "strand_artifact",
})  # fmt: skip
HARMLESS = frozenset({"alt_allele_in_normal", "germline_risk", "multiallelic", "non_homref_normal"})
COUNTS = (("DP", "AD"),)


def wrote(header: pysam.VariantHeader) -> bool:
    """By its version line, or by the source."""
    sources = said(header, "source")
    return bool(said(header, "DRAGENVersion")) or any(name.startswith("DRAGEN") for name in sources)


def parse(record: pysam.VariantRecord, tumor: str, normal: str | None) -> Iterator[Call]:
    """DP, AD of the allele, SB (reads by strand), and PS with a phased GT."""
    mine = record.samples[tumor]
    for number, call in by_depth("dragen", record, tumor, normal):
        yield replace(call, phase_set=haplotype(mine, number), strands=four(mine, record, "SB"))
