"""Depths of the loci of a panel, from the per-base table of the coverage stage."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pysam

from tierline.callability import Depths
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
