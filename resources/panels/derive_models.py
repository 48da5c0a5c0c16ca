"""Models of RefSeq transcripts on GRCh38 from two lists of exons, to place exons and splice sites without an annotation.

``CaMutQC_MSK_v3-hg38.bed.gz`` and ``CaMutQC_FlCDx-hg38.bed.gz`` (CaMutQC, GPL-3.0) have the exons of RefSeq transcripts,
10 bases wider on either side; ``ucladx_exon_targets_grch38.bed`` (ucladx/pancan-panel-design@4af69f83, Apache-2.0) the
coding bases of a gene in any transcript, 2 bases wider. A model is the exons cut with the coding bases: where another
transcript starts translation within these exons it is too long, so a length that is known is held against it.
Nothing of these files is kept.
"""

from __future__ import annotations

import gzip
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tierline.annotation import Transcript, base_id

EXONS = ("CaMutQC_MSK_v3-{}.bed.gz", "CaMutQC_FlCDx-{}.bed.gz")
CODING = "ucladx_exon_targets_grch38.bed"
FAR = 3_000_000  # bases: an exon so far from its gene stands in the coordinates of a patch (PTEN, SMARCB1)


def bed(path: Path) -> Iterator[list[str]]:
    """The cells of each line of a BED or table, plain or gzipped."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else open(path, encoding="utf-8") as handle:
        for line in handle:
            yield line.rstrip("\n").split("\t")


def refseq_exons(folder: Path, build: str) -> dict[str, set[tuple[str, str, int, int]]]:
    """Contig, strand, start0 and end0 of the exons of RefSeq transcripts by id, on ``hg19`` or ``hg38``."""
    exons: dict[str, set[tuple[str, str, int, int]]] = defaultdict(set)
    for name in EXONS:
        for chrom, start, end, label, _, strand in bed(folder / name.format(build)):
            if (match := re.match(r"(NM_\d+\.\d+)_", label)) and "_" not in chrom:
                exons[match[1]].add((chrom, strand, int(start) + 10, int(end) - 10))
    return exons


def derived_models(folder: Path, refseq: dict[str, str]) -> dict[str, Transcript]:
    """A model of each gene's RefSeq transcript (``refseq``: its id by gene; the version may differ), where it is there."""
    exons = refseq_exons(folder, "hg38")
    by_base = {base_id(name): name for name in exons}
    coding = defaultdict(list)
    for chrom, start, end, label in bed(folder / CODING):
        coding[label.split(":")[0], chrom].append((int(start) + 2, int(end) - 2))
    models = {}
    for gene, wanted in refseq.items():
        if (name := by_base.get(base_id(wanted))) is None:
            continue
        ((chrom, sign),) = {(chrom, sign) for chrom, sign, _, _ in exons[name]}
        first, last = min(coding[gene, chrom])[0] - FAR, max(coding[gene, chrom])[1] + FAR
        order = 1 if sign == "+" else -1
        blocks = sorted((start0, end0) for _, _, start0, end0 in exons[name] if first < start0 and end0 < last)
        cds = sorted(
            (max(s, start), min(e, end)) for s, e in blocks for start, end in coding[gene, chrom] if s < end and start < e
        )
        models[gene] = Transcript(gene, name, chrom, order, tuple(blocks[::order]), tuple(cds[::order]))
    return models
