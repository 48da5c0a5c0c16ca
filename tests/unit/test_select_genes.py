"""Which genes of an annotation lie near the targets; every distance is worked out by hand."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from tierline.annotation import lines_of_genes_near

GENES = {  # gene: contig, and the intervals of its lines, 1-based and closed as in a GTF
    "A": ("chr1", [(101, 200), (101, 120), (181, 200)]),
    "B": ("chr1", [(1001, 1100)]),
    "C": ("chr2", [(101, 200)]),
    "SPREAD": ("chr1", [(301, 310), (901, 910)]),
}


def line(gene: str, start1: int, end1: int, quoted: str = '"') -> str:
    contig = GENES[gene][0]
    return (
        f"{contig}\tx\texon\t{start1}\t{end1}\t.\t+\t.\tgene_id {quoted}{gene}{quoted}; transcript_id {quoted}T{quoted};\n"
    )


def annotation(quoted: str = '"') -> list[str]:
    return [line(gene, *interval, quoted) for gene, (_, intervals) in GENES.items() for interval in intervals]


def kept(gtf: Path, targets: list[tuple[str, int, int]], margin: int = 0) -> set[str]:
    return {part.split('gene_id "')[1].split('"')[0] for part in lines_of_genes_near(gtf, targets, margin)}


@pytest.fixture
def gtf(tmp_path: Path) -> Path:
    path = tmp_path / "genes.gtf"
    path.write_text("#!genome-build made up\n\n" + "".join(annotation()))
    return path


@pytest.mark.parametrize(
    ("target", "margin", "expected"),
    [
        (("chr1", 199, 210), 0, {"A"}),  # gene A is [100, 200): its last base
        (("chr1", 200, 210), 0, set()),  # the base after it
        (("chr1", 205, 210), 5, set()),
        (("chr1", 205, 210), 6, {"A"}),
        (("chr1", 90, 100), 0, set()),
        (("chr1", 90, 101), 0, {"A"}),
        (("chr1", 600, 601), 0, {"SPREAD"}),  # between its exons: a gene counts from end to end
        (("chr2", 150, 151), 0, {"C"}),
        (("chr3", 150, 151), 1000, set()),
        (("chr1", 0, 1), 5000, {"A", "B", "SPREAD"}),
    ],
)
def test_genes_that_touch_a_target(gtf: Path, target: tuple[str, int, int], margin: int, expected: set[str]) -> None:
    assert kept(gtf, [target], margin) == expected


def test_a_gene_is_kept_whole_and_in_order(gtf: Path) -> None:
    lines = list(lines_of_genes_near(gtf, [("chr2", 0, 10**6), ("chr1", 110, 111), ("chr1", 50, 60)], 0))
    assert lines == [line("A", 101, 200), line("A", 101, 120), line("A", 181, 200), line("C", 101, 200)]


def test_gzip_names_without_quotes_and_lines_without_a_gene(tmp_path: Path) -> None:
    path = tmp_path / "genes.gtf.gz"
    stray = "chr9\tx\texon\t1\t9\t.\t+\t.\ttranscript_id T9;\n"
    path.write_bytes(gzip.compress(("".join(annotation("")) + stray).encode()))
    assert list(lines_of_genes_near(path, [("chr2", 150, 151)], 0)) == [line("C", 101, 200, ""), stray]
