"""DRAGEN's small variant caller, somatic: tumour only, or tumour and normal.

Filters as Illumina's pages name them: Post Somatic Calling Filtering (DRAGEN 3.8, 4.2), VCF outputs (DRAGEN Dx).
"""

from __future__ import annotations

from collections.abc import Iterator

import pysam

from tierline.callers import filters_of, four, haplotype, is_sequence, said, whole
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
    other = record.samples[normal] if normal else None
    for index, alt in enumerate(record.alts or ()):
        if is_sequence(alt):
            yield Call(
                caller="dragen",
                chrom=record.chrom,
                pos1=record.pos,
                ref=record.ref or "",
                alt=alt,
                depth=whole(mine, "DP"),
                alt_depth=whole(mine, "AD", index + 1),
                filters=filters_of(record),
                normal_depth=whole(other, "DP") if other is not None else None,
                normal_alt_depth=whole(other, "AD", index + 1) if other is not None else None,
                phase_set=haplotype(mine, index + 1),
                strands=four(mine, record, "SB"),
            )
