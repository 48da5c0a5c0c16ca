"""Compute where the coding sequence of every tumour suppressor ends into ``oncogenicity/coding_ends.tsv``.

Usage: python resources/knowledge/distil_coding_ends.py ../shared/data/panels

Exons of RefSeq transcripts (CaMutQC, 10 bases wider on either side) are cut with the coding bases of the gene in any
transcript (ucladx/pancan-panel-design, 2 bases wider). The reported transcript counts (resources/transcripts); of a gene
without one, among the transcripts whose coding length is whole codons, the most frequent length, else the longest. A
gene with one coding exon is left out: it has no decay to escape.
"""

from __future__ import annotations

import gzip
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

from tierline.annotation import load_transcripts
from tierline.knowledge import KNOWLEDGE, load_gene_roles
from tierline.knowledge._oncogenicity import CODING_ENDS, CodingEnd
from tierline.paths import RESOURCES
from tierline.tables import write_rows

TABLE = KNOWLEDGE / "oncogenicity" / CODING_ENDS
DECAY_BASES = 50  # a stop within so many bases before the last junction escapes decay, as one behind it does
HEADER = """\
# Where the coding sequence of tumour suppressors ends. Computed by distil_coding_ends.py from exons of RefSeq transcripts
# (as CaMutQC lists them) and coding bases (ucladx/pancan-panel-design@4af69f83, Apache-2.0), GRCh38. decay_codon: a stop
# from here on escapes nonsense-mediated decay (last exon, or the last 50 bases before it).
"""
Block = tuple[str, int, int]


def coding_blocks(folder: Path) -> dict[str, list[Block]]:
    """Coding bases by gene: contig, start0, end0."""
    found: defaultdict[str, list[Block]] = defaultdict(list)
    for line in (folder / "ucladx_exon_targets_grch38.bed").read_text().splitlines():
        chrom, start, end, names = line.split("\t")
        for name in names.split(","):
            if name.endswith(":CDS"):
                found[name.removesuffix(":CDS")].append((chrom, int(start) + 2, int(end) - 2))
    return found


def transcripts(folder: Path) -> dict[tuple[str, str, str], set[tuple[int, int]]]:
    """Exons by RefSeq transcript, contig and strand: start0, end0."""
    found: defaultdict[tuple[str, str, str], set[tuple[int, int]]] = defaultdict(set)
    for name in ("CaMutQC_MSK_v3-hg38.bed.gz", "CaMutQC_FlCDx-hg38.bed.gz"):
        with gzip.open(folder / name, "rt") as handle:
            for line in handle:
                chrom, start, end, label, _, strand = line.rstrip("\n").split("\t")[:6]
                refseq = re.match(r"(NM_\d+\.\d+)_", label)
                if refseq and "_" not in chrom:
                    found[refseq[1], chrom, strand].add((int(start) + 10, int(end) - 10))
    return found


def main(source: str) -> None:
    coding, known = coding_blocks(Path(source)), transcripts(Path(source))
    reported = load_transcripts(RESOURCES / "transcripts" / "GRCh38.tsv")
    by_contig: defaultdict[str, list[tuple[str, str, set[tuple[int, int]]]]] = defaultdict(list)
    for (refseq, chrom, strand), exons in known.items():
        by_contig[chrom].append((refseq, strand, exons))
    rows = []
    for gene, role in sorted(load_gene_roles().items()):
        if not role.is_tumour_suppressor or not coding[gene]:
            continue
        ends = []
        own = reported[gene].refseq.partition(".")[0] if gene in reported else ""
        for refseq, strand, exons in by_contig[coding[gene][0][0]]:
            if own and refseq.partition(".")[0] != own:
                continue
            cut = [
                [(max(a, start), min(b, end)) for _, start, end in coding[gene] if a < end and start < b]
                for a, b in sorted(exons)
            ]
            lengths = [sum(end - start for start, end in blocks) for blocks in cut if blocks]
            if len(lengths) > 1 and sum(lengths) % 3 == 0:
                ends.append((sum(lengths), lengths[-1] if strand == "+" else lengths[0]))
        if not ends:
            continue
        (total, last), _ = max(Counter(ends).items(), key=lambda item: (item[1], item[0]))
        rows.append(CodingEnd(gene, total // 3 - 1, max(1, (total - last - DECAY_BASES) // 3 + 1)))
    count = write_rows(TABLE, CodingEnd, rows)
    TABLE.write_text(HEADER + TABLE.read_text(encoding="utf-8"), encoding="utf-8")
    print(f"{count} rows to {TABLE.name}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
