"""Coverage from another pipeline: what a file is, what shows before a run, and the depth of every base, by hand."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from tierline.coveragefiles import CALLABLE, GVCF, PER_BASE, QUANTIZED, check_coverage, kind_of, spans, target_depths
from tierline.givencalls import Doubt
from tierline.inputfiles import Cell, Contigs
from tierline.problems import InputError

HERE = Cell("units.tsv", 2, "coverage", "x")
CONTIGS = Contigs({"chr1": 500}, complete=True)
GVCF_TEXT = """##fileformat=VCFv4.2
##contig=<ID=chr1,length=500>
##ALT=<ID=NON_REF,Description="any">
##INFO=<ID=END,Number=1,Type=Integer,Description="end">
##FORMAT=<ID=GT,Number=1,Type=String,Description="g">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="d">
##FORMAT=<ID=MIN_DP,Number=1,Type=Integer,Description="d">
#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT T1
chr1 11 . A <NON_REF> . . END=20 GT:DP:MIN_DP 0/0:90:80
chr1 21 . A T,<NON_REF> 50 . . GT:DP 0/1:70
chr1 22 . A <NON_REF> . . END=30 GT:DP 0/0:60
""".replace(" ", "\t").replace("##FORMAT\t", "##FORMAT ")
TEXTS = {
    PER_BASE: "chr1\t0\t10\t5\nchr1\t10\t15\t100\nchr1\t15\t500\t0\n",
    QUANTIZED: "chr1\t0\t10\t1:20\nchr1\t10\t15\t100:inf\n",
    CALLABLE: "chr1\t0\t10\tLOW_COVERAGE\nchr1\t10\t15\tCALLABLE\nchr1\t15\t16\tHIGH_COVERAGE\n",
    GVCF: GVCF_TEXT,
}
TARGETS = [("chr1", 8, 12), ("chr1", 18, 23)]
DEPTHS = {  # pos1 9-12 and 19-23
    PER_BASE: [5, 5, 100, 100, 0, 0, 0, 0, 0],
    QUANTIZED: [1, 1, 100, 100, 0, 0, 0, 0, 0],
    CALLABLE: [0, 0, 250, 250, 0, 0, 0, 0, 0],
    GVCF: [0, 0, 80, 80, 80, 80, 70, 60, 60],
}


def write(folder: Path, text: str, name: str = "coverage.bed") -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("kind", TEXTS)
def test_depth_of_every_base(tmp_path: Path, kind: str) -> None:
    path = write(tmp_path, TEXTS[kind])
    assert kind_of(path) == kind
    rows = list(target_depths(TARGETS, spans(path, kind, "T1", 250)))
    assert rows == list(zip(["chr1"] * 9, [9, 10, 11, 12, 19, 20, 21, 22, 23], DEPTHS[kind], strict=True))
    zipped = tmp_path / "coverage.bed.gz"
    zipped.write_bytes(gzip.compress(path.read_bytes()))
    assert kind_of(zipped) == kind and list(target_depths(TARGETS, spans(zipped, kind, "T1", 250))) == rows


def test_the_lowest_depth_counts_where_rows_overlap() -> None:
    found = [("chr1", 0, 10, 50), ("chr1", 5, 12, 30), ("chr2", 0, 99, 1), ("chr1", 11, 30, 40)]
    assert [depth for *_, depth in target_depths([("chr1", 3, 13)], found)] == [50, 50, 30, 30, 30, 30, 30, 30, 30, 40]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it has no rows"),
        ("chr1\t0\t10\t93.50\n", "neither depths"),  # mosdepth's regions: a mean hides holes
        ("chr1\t0\t10\tBRAF_e15\n", "neither depths"),
        ("chr1\t0\t10\tNO_COVERAGE\nchr1\t10\t12\tSOMETHING\n", "neither depths"),
        ("chr1\t10\t20\n" + "chr1\t20\t30\t7\n", "neither depths"),
        ("chr1\t10\t20\t15\nchr1\t40\t50\t16\n", "may be a depth or a name"),
        (GVCF_TEXT.replace(",<NON_REF>", "").replace("<NON_REF>", "C"), "is no gVCF"),
    ],
)
def test_what_is_no_coverage_is_refused(tmp_path: Path, text: str, message: str) -> None:
    found = kind_of(write(tmp_path, text))
    assert isinstance(found, Doubt) and message in found.message and found.remedy


def test_a_number_is_a_depth_where_the_name_says_so(tmp_path: Path) -> None:
    text = "chr1\t10\t20\t15\nchr1\t40\t50\t16\n"
    assert kind_of(write(tmp_path, text, "T1.per-base.targets.bed")) == PER_BASE


def test_a_base_that_one_row_calls_uncallable_is_not_callable(tmp_path: Path) -> None:
    path = write(tmp_path, "chr1\t0\t100\tCALLABLE\nchr1\t9\t11\tPOOR_MAPPING_QUALITY\n")
    depths = [depth for *_, depth in target_depths(TARGETS, spans(path, CALLABLE, "T1", 250))]
    assert depths == [250, 0, 0, 250, 250, 250, 250, 250, 250]


def test_a_file_that_is_cut_short_is_told(tmp_path: Path) -> None:
    path = tmp_path / "cut.per-base.bed.gz"
    path.write_bytes(gzip.compress(("".join(f"chr1\t{n}\t{n + 1}\t{n * n % 997}\n" for n in range(5000))).encode())[:-2000])
    with pytest.raises(InputError, match="cut short"):
        list(spans(path, PER_BASE, "T1", None))


def test_a_row_of_another_kind_further_down_is_told_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, TEXTS[QUANTIZED] + "chr1\t20\t30\tCALLABLE\n")
    with pytest.raises(InputError) as refusal:
        list(spans(path, QUANTIZED, "T1", None))
    assert refusal.value.problems[0].row == 3


def problems(path: Path, depth: str = "") -> list[tuple[str, str]]:
    found = check_coverage(path, HERE, "T1", CONTIGS, Cell("units.tsv", 2, "callable_depth", depth))
    return [(problem.column, problem.message) for problem in found]


def test_what_shows_before_a_run(tmp_path: Path) -> None:
    assert problems(write(tmp_path, TEXTS[PER_BASE])) == [] == problems(write(tmp_path, GVCF_TEXT, "x.g.vcf"))
    assert problems(write(tmp_path, TEXTS[CALLABLE]), "250") == []
    [(column, said)] = problems(write(tmp_path, TEXTS[CALLABLE]))
    assert column == "callable_depth" and "says no depth" in said
    [(column, said)] = problems(write(tmp_path, TEXTS[PER_BASE]), "250")
    assert column == "callable_depth" and "its own depths" in said
    [(_, said)] = problems(write(tmp_path, TEXTS[PER_BASE].replace("chr1", "1")))
    assert said == "its contigs are named like 1, those of the genome like chr1"
    assert problems(tmp_path / "absent") == [("coverage", "the file does not exist")]
    two = GVCF_TEXT.replace("\tT1\n", "\ta\tb\n").replace("80\n", "80\t0/0:1:1\n").replace(":70\n", ":70\t0/0:1\n")
    [(_, said)] = problems(write(tmp_path, two.replace(":60\n", ":60\t0/0:1\n"), "two.g.vcf"))
    assert said == "which of its columns is T1? a, b"
