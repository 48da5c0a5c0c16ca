"""Depths of loci from the table per base: the lowest of their bases, and 0 where a base is not in the table."""

from __future__ import annotations

from pathlib import Path

import pysam
import pytest
from tierline.callability import Depths
from tierline.depth import locus_depths
from tierline.records import Locus

ROWS = [("chr1", 11, 90, 100), ("chr1", 12, 80, 120), ("chr1", 13, 85, 95), ("chr1", 21, 40, 50), ("chr2", 1, 7, 8)]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    plain = tmp_path / "T1.depth.tsv"
    plain.write_text("".join("\t".join(map(str, row)) + "\n" for row in ROWS))
    path = tmp_path / "T1.depth.tsv.gz"
    pysam.tabix_compress(str(plain), str(path))
    pysam.tabix_index(str(path), seq_col=0, start_col=1, end_col=1)
    return path


def locus(chrom: str, *intervals: tuple[int, int], in_assay: bool = True) -> Locus:
    return Locus("G:p.1", "G", "codon", chrom, intervals, in_assay, "", "+")


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (locus("chr1", (10, 13)), Depths(80, 95)),  # the lowest of each, not of one base
        (locus("chr1", (10, 11)), Depths(90, 100)),
        (locus("chr1", (11, 12), (20, 21)), Depths(40, 50)),  # a codon across two exons
        (locus("chr1", (12, 14)), Depths(0, 0)),  # base 14 is not in the table
        (locus("chr1", (9, 11)), Depths(0, 0)),
        (locus("chr1", (30, 33)), Depths(0, 0)),
        (locus("chr2", (0, 1)), Depths(7, 8)),
        (locus("chrX", (0, 1)), Depths(0, 0)),  # a contig without a row
    ],
)
def test_the_lowest_of_its_bases(table: Path, where: Locus, expected: Depths) -> None:
    assert locus_depths(table, [where]) == {"G:p.1": expected}


def test_what_the_assay_leaves_out_is_not_measured(table: Path) -> None:
    assert locus_depths(table, [locus("chr1", (10, 13), in_assay=False)]) == {}
