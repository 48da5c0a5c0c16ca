"""Depths of the loci and coding exons of a panel, from the per-base table of the coverage stage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pysam

from tierline.callability import Depths
from tierline.codingcoverage import CodingExon
from tierline.records import Locus


def locus_depths(path: str | Path, loci: Iterable[Locus]) -> dict[str, Depths]:
    """The lowest usable and raw depth over the bases of each locus that lies in the assay, by locus_id.

    ``path`` is ``results/coverage/<sample>.depth.tsv.gz`` (contig, 1-based position, usable fragments, all reads), with
    its tabix index. A base that the table lacks has depth 0.
    """
    found = {}
    with pysam.TabixFile(str(path)) as table:
        for locus in loci:
            if not locus.in_assay:
                continue
            usable, raw = [], []
            for start0, end0 in locus.intervals:
                rows = []
                if locus.chrom in table.contigs:
                    rows = [line.split("\t") for line in table.fetch(locus.chrom, start0, end0)]
                missing = [0] * (end0 - start0 - len(rows))
                usable += [int(row[2]) for row in rows] + missing
                raw += [int(row[3]) for row in rows] + missing
            found[locus.locus_id] = Depths(min(usable), min(raw))
    return found


def exon_depths(path: str | Path, exons: Iterable[CodingExon]) -> Iterator[list[Depths | None]]:
    """The depths of every coding base of each exon, ascending on the contig; None where the table lacks the base.

    The table, as for ``locus_depths``, holds every base of the assay's targets: what it lacks is outside the assay.
    """
    with pysam.TabixFile(str(path)) as table:
        for exon in exons:
            bases: list[Depths | None] = [None] * (exon.end0 - exon.start0)
            if exon.chrom in table.contigs:
                for line in table.fetch(exon.chrom, exon.start0, exon.end0):
                    _, pos1, usable, raw = line.split("\t")
                    bases[int(pos1) - 1 - exon.start0] = Depths(int(usable), int(raw))
            yield bases
