"""How much of a gene could be seen, counted by hand on a gene of two exons, on either strand."""

from dataclasses import replace

import pytest
from tierline.annotation import Transcript
from tierline.callability import Depths
from tierline.codingcoverage import PARTS, CodingExon, coding_coverage, coding_exons
from tierline.panels import Thresholds
from tierline.records import Hole
from tierline.report.sections.coding import _outside
from tierline.sensitivity import Sensitivity, limit_by_formula

NAMES = Thresholds.__dataclass_fields__
THRESHOLDS = Thresholds(**{**dict.fromkeys(NAMES, 0), "min_vaf": 0.02, "min_alt_reads": 5, "claimed_lod_snv": 0.1})
SENSITIVITY = Sensitivity(THRESHOLDS)
DEEP, SHALLOW = Depths(200, 200), Depths(30, 40)
MAPPED_BADLY = Depths(10, 300)
FOR_5_PERCENT, FOR_10_PERCENT = 181, 89  # by sums of math.comb(n, k) f^k (1 - f)^(n - k), 5 fragments asked for


def exons(strand: str) -> list[CodingExon]:
    """Codons 1 to 3 and the first base of codon 4 in exon 2, the rest of codon 4 and the stop in exon 3."""
    first, second = (100, 110), (200, 205)
    if strand == "-":
        first, second = (200, 210), (100, 105)
    model = Transcript("GENE", "T1.1", "chr1", 1 if strand == "+" else -1,
                       ((50, 60) if strand == "+" else (300, 310), first, second),
                       (first, second))  # fmt: skip
    return list(coding_exons(model))


@pytest.mark.parametrize("strand", ["+", "-"])
def test_coding_exons_are_numbered_in_the_transcripts_direction(strand: str) -> None:
    rows = exons(strand)
    assert [(row.exon, row.first_c, row.end0 - row.start0) for row in rows] == [(2, 1, 10), (3, 11, 5)]
    assert {row.strand for row in rows} == {strand}


def test_the_depths_asked_for_are_those_of_the_limit() -> None:
    for depth, fraction in ((FOR_5_PERCENT, 0.05), (FOR_10_PERCENT, 0.1)):
        at, below = limit_by_formula(depth, 0.02, 5), limit_by_formula(depth - 1, 0.02, 5)
        assert at is not None and below is not None and at <= fraction < below
        assert Sensitivity(replace(THRESHOLDS, claimed_lod_snv=fraction)).depth_for(("snv",)) == depth


def test_shares_and_holes_on_the_plus_strand() -> None:
    first = [DEEP] * 4 + [SHALLOW, SHALLOW] + [Depths(FOR_10_PERCENT, 100)] * 2 + [None, None]
    row, holes = coding_coverage(exons("+"), [first, [MAPPED_BADLY] * 5], SENSITIVITY)
    assert (row.coding_bases, row.in_assay, row.seen_at_5_percent, row.seen_at_claim) == (15, 13, 4, 6)
    assert (row.claimed_vaf, row.depth_for_claim) == (0.1, FOR_10_PERCENT)
    assert row.median_depth == 30  # 5 bases of 10, 2 of 30, 2 of 89, 4 of 200
    assert row.exons == ((1, 4), (4, 5))
    assert row.profile == (200,) * 4 + (30,) * 2 + (89,) * 2 + (None,) * 2 + (10,) * 5
    assert holes == [
        Hole("GENE", 2, 2, 2, False, "chr1", 105, 106, "depth", 30),
        Hole("GENE", 2, 3, 4, False, "chr1", 109, 110, "outside_assay", None),
        Hole("GENE", 3, 4, 5, True, "chr1", 201, 205, "quality", 10),
    ]


def test_the_same_gene_on_the_minus_strand_is_read_from_its_other_end() -> None:
    first = [None, None] + [Depths(FOR_10_PERCENT, 100)] * 2 + [SHALLOW, SHALLOW] + [DEEP] * 4  # ascending on the contig
    row, holes = coding_coverage(exons("-"), [first, [MAPPED_BADLY] * 5], SENSITIVITY)
    assert row.profile == (200,) * 4 + (30,) * 2 + (89,) * 2 + (None,) * 2 + (10,) * 5
    assert [(hole.first_codon, hole.last_codon, hole.start1, hole.end1, hole.reason) for hole in holes] == [
        (2, 2, 205, 206, "depth"),
        (3, 4, 201, 202, "outside_assay"),
        (4, 5, 101, 105, "quality"),
    ]


def test_a_gene_without_a_target_is_one_hole_an_exon() -> None:
    row, holes = coding_coverage(exons("+"), [[None] * 10, [None] * 5], SENSITIVITY)
    assert (row.in_assay, row.seen_at_claim, row.median_depth) == (0, 0, None)
    assert [(hole.exon, hole.whole_exon, hole.reason) for hole in holes] == [
        (2, True, "outside_assay"),
        (3, True, "outside_assay"),
    ]


def test_a_long_gene_has_a_profile_of_equal_parts_with_the_lowest_depth_of_each() -> None:
    long = CodingExon("LONG", "T", 1, "chr1", 0, 60 * 7, "+", 1)
    depths: list[Depths | None] = [DEEP] * (60 * 7)
    depths[7 * 3 + 2] = Depths(11, 11)
    row, _ = coding_coverage([long], [depths], SENSITIVITY)
    assert len(row.profile) == PARTS
    assert [n for n, depth in enumerate(row.profile) if depth != 200] == [3] and row.profile[3] == 11


def test_whole_exons_in_a_row_are_named_together() -> None:
    whole = Hole("G", 1, 1, 9, True, "chr1", 1, 27, "outside_assay", None)
    part = replace(whole, exon=4, first_codon=30, last_codon=33, whole_exon=False)
    row = [whole, replace(whole, exon=2), part, part, replace(whole, exon=6), replace(whole, exon=8)]
    assert _outside(row) == "exons 1–2, 6, 8; part of exon 4"
    assert _outside([replace(part, exon=n) for n in (3, 4)]) == "part of exons 3–4"
    assert _outside([]) == ""
