"""VCFs with the header, FORMAT and FILTER of each caller, written by hand: who wrote them, whose column, which counts.

The fields are those that var2vcf_valid.pl and var2vcf_paired.pl (VarDict), Strelka 2.9, DRAGEN 4.2, GATK 4 and
FreeBayes 1.3 write; the numbers are invented.
"""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Callable
from pathlib import Path

import pysam
import pytest
from tierline.callers import caller_of, lacks_counts
from tierline.givencalls import Columns, Doubt, check_given_vcf, columns_of, open_given, pairing_doubt, stated_counts
from tierline.inputfiles import Cell, Contigs
from tierline.records import Call, ReadCounts
from tierline.vcfio import read_calls

HERE = Path(__file__).parent / "caller_vcfs"
CELL = Cell("config/units.tsv", 2, "vcf", "calls.vcf")
CONTIGS = Contigs({"chr7": 1000}, complete=True)
FASTA = {100: "A", 101: "C", 200: "GA", 300: "ACT", 400: "C", 500: "G", 600: "A"}
"""What the invented genome holds from these positions on, by pos1."""


def fetch(chrom: str, start0: int, end0: int) -> str:
    at, bases = next((at, bases) for at, bases in FASTA.items() if at <= start0 + 1 < at + len(bases))
    return bases[start0 + 1 - at :][: end0 - start0]


def header(name: str) -> pysam.VariantHeader:
    with pysam.VariantFile(str(HERE / f"{name}.vcf")) as vcf:
        return vcf.header.copy()


def bgzip(content: bytes) -> bytes:
    with tempfile.NamedTemporaryFile(suffix=".gz") as file:
        with pysam.BGZFile(file.name, "wb") as out:
            out.write(content)
        return Path(file.name).read_bytes()


def read(name: str, normal: str | None = None) -> list[Call]:
    """The calls of a file as the consensus reads them, of the tumour T1."""
    given = open_given(HERE / f"{name}.vcf", "T1", normal, alone=True)
    rows = read_calls(given.path, given.caller, given.columns.tumor, given.columns.normal, own=False)
    return [call for _, calls in rows for call in calls]


def call(
    caller: str, pos1: int, ref: str, alt: str, counts: str, filters: str = "", phase: str = "", strands: str = ""
) -> Call:
    """``counts``: depth, alternate depth, the same in the normal (``-`` for none); ``strands`` in the order of ``Call``."""
    numbers = [None if text == "-" else int(text) for text in counts.split()]
    depth, alt_depth, *normal = [*numbers, None, None][:4]
    sides = tuple(int(text) for text in strands.split()) or None
    return Call(caller, "chr7", pos1, ref, alt, depth, alt_depth, tuple(filters.split()), *normal, phase, sides)  # type: ignore[arg-type]


EXPECTED: dict[str, tuple[str | None, list[Call]]] = {
    "strelka_snvs": ("N1", [  # tier 1; the depth is 77 + 40, not DP
        call("strelka", 100, "A", "T", "117 40 59 1"),
        call("strelka", 200, "G", "C", "80 5 50 0", "LowEVS"),
    ]),
    "strelka_indels": ("N1", [call("strelka", 300, "ACT", "A", "200 40 150 0")]),
    "vardict_tumor_only": (None, [
        call("vardict", 100, "A", "T", "400 100", strands="150 149 52 48"),
        call("vardict", 200, "GA", "CT", "300 30", "Bias", strands="130 140 30 0"),
    ]),
    "vardict_paired": ("N1", [
        call("vardict", 100, "A", "T", "400 100 200 1", strands="150 149 52 48"),
        call("vardict", 400, "C", "G", "380 190 210 104", strands="95 95 95 95"),
    ]),
    "dragen_tumor_only": (None, [
        call("dragen", 100, "A", "T", "41 8", phase="100:1", strands="17 16 4 4"),
        call("dragen", 101, "C", "G", "40 7", phase="100:1", strands="17 16 4 3"),
        call("dragen", 500, "G", "C", "168 1", "weak_evidence", strands="78 89 1 0"),
    ]),
    "dragen_paired": ("N1", [call("dragen", 100, "A", "T", "100 20 60 0", strands="40 40 10 10")]),
    "mutect2_tumor_only": (None, [
        call("mutect2", 100, "A", "T", "401 100", strands="150 150 52 48"),
        call("mutect2", 600, "A", "C", "400 200", "germline", strands="100 100 100 100"),
    ]),
    "mutect2_unfiltered": (None, [call("mutect2", 100, "A", "T", "401 100", "unfiltered", strands="150 150 52 48")]),
    "plain_ad": (None, [
        call("plain", 100, "A", "T", "101 30"),
        call("plain", 100, "A", "G", "101 5"),
        call("plain", 200, "G", "C", "43 3", "weak"),  # no DP: the sum of AD
        call("plain", 300, "A", "C", "- -"),
    ]),
    "plain_ao": (None, [call("plain", 100, "A", "T", "90 30")]),
    "freebayes": (None, [call("freebayes", 100, "A", "T", "90 30"), call("freebayes", 200, "A", "T", "90 5", "weak")]),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_a_callers_fields_become_calls(name: str) -> None:
    normal, calls = EXPECTED[name]
    assert read(name, normal) == calls


@pytest.mark.parametrize("name", [*EXPECTED, "no_counts"])
def test_the_header_says_who_wrote_it(name: str) -> None:
    expected = "plain" if name == "no_counts" else name.split("_")[0]
    assert caller_of(header(name)) == expected
    assert bool(lacks_counts(header(name), expected)) == (name == "no_counts")


@pytest.mark.parametrize("compress", [gzip.compress, bgzip])
def test_index_and_bgzip_are_not_asked_for(tmp_path: Path, compress: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "calls.vcf.gz"
    path.write_bytes(compress((HERE / "vardict_paired.vcf").read_bytes()))
    assert check_given_vcf(path, CELL, "T1", "N1", CONTIGS, fetch) == []
    given = open_given(path, "T1", "N1", alone=True)
    rows = read_calls(path, given.caller, "T1", "N1", own=False)
    assert [call for _, calls in rows for call in calls] == EXPECTED["vardict_paired"][1]


def test_a_vcf_of_two_callers_is_read_by_the_words_of_the_specification() -> None:
    both = header("mutect2_tumor_only")
    both.add_line("##source=VarDict_v1.8.2")
    assert caller_of(both) == "plain"


def pair(named: str) -> tuple[str, str]:
    """What is written as vcf_tumor and vcf_normal."""
    tumor, _, normal = named.partition(" ")
    return tumor, normal


@pytest.mark.parametrize(
    ("samples", "lines", "normal", "named", "expected"),
    [
        ("T1", "", None, "", ("T1", None)),
        ("anything", "", None, "", ("anything", None)),  # the only one
        ("anything", "", "N1", "", ("anything", None)),
        ("NORMAL TUMOR", "", "N1", "", ("TUMOR", "NORMAL")),
        ("NORMAL TUMOR", "", None, "", ("TUMOR", "NORMAL")),
        ("b a", "##tumor_sample=a ##normal_sample=b", "N1", "", ("a", "b")),
        ("T1 x", "", "N1", "", ("T1", None)),  # it may be another tumour
        ("x N1", "", "N1", "", ("x", "N1")),
        ("x y", "", "N1", "y x", ("y", "x")),
        ("T1 x", "", None, "", ("T1", None)),  # a VCF of several patients
        ("x T1 N1 z", "", "N1", "", ("T1", "N1")),
        ("x T1 y z", "", "N1", "", ("T1", None)),
        ("T1 x", "", None, "x", ("x", None)),  # what is named goes before the name
    ],
)
def test_columns_are_told(
    samples: str, lines: str, normal: str | None, named: str, expected: tuple[str, str | None]
) -> None:
    given = pysam.VariantHeader()
    for line in lines.split():
        given.add_line(line)
    for sample in samples.split():
        given.add_sample(sample)
    assert columns_of(given, "T1", normal, pair(named)) == Columns(*expected)


@pytest.mark.parametrize(
    ("samples", "normal", "named", "message"),
    [
        ("", None, "", "the VCF has no column of a sample"),
        ("a b", None, "", "which of its columns is T1? a, b"),
        ("a b c", "N1", "", "which of its columns is T1? a, b, c"),
        ("NORMAL", None, "", "which of its columns is T1? NORMAL"),
        ("a b", None, "d", "the VCF has no column d: a, b"),
        ("a b", None, "a d", "the VCF has no column d: a, b"),
    ],
)
def test_columns_that_cannot_be_told_are_no_guess(samples: str, normal: str | None, named: str, message: str) -> None:
    given = pysam.VariantHeader()
    for sample in samples.split():
        given.add_sample(sample)
    found = columns_of(given, "T1", normal, pair(named))
    assert isinstance(found, Doubt) and found.message == message and found.remedy


def test_a_pair_is_a_pair_in_vcf_and_sheet() -> None:
    assert pairing_doubt(Columns("T1", "N1"), "N1") is None and pairing_doubt(Columns("T1", None), None) is None
    lacking, unknown = pairing_doubt(Columns("T1", None), "N1"), pairing_doubt(Columns("TUMOR", "NORMAL"), None)
    assert lacking and "no column of the patient's normal N1" in lacking.message
    assert unknown and "the VCF has a normal (NORMAL)" in unknown.message


def test_counts_are_of_one_source_and_it_is_named() -> None:
    without, first, second = (
        call("strelka", 100, "A", "T", "- -"), call("vardict", 100, "A", "T", "400 100 200 1", strands="150 149 52 48"),
        call("plain", 100, "A", "T", "90 30"),
    )  # fmt: skip
    counts = ("vardict", ReadCounts(400, 100, 52, 48, 150, 149), ReadCounts(200, 1, None, None, None, None))
    assert stated_counts([without, first, second]) == counts
    assert stated_counts([without]) == ("strelka", None, None)


# --------------------------------------------------------------------------- before a run


def faults(name: str, normal: str | None = None, **more: object) -> list[str]:
    problems = check_given_vcf(HERE / f"{name}.vcf", CELL, "T1", normal, CONTIGS, fetch, **more)  # type: ignore[arg-type]
    assert all(problem.remedy and problem.column == "vcf" for problem in problems)
    return [problem.message for problem in problems]


@pytest.mark.parametrize("name", [name for name in EXPECTED if name not in ("mutect2_unfiltered", "freebayes")])
def test_a_sound_vcf_has_no_problem(name: str) -> None:
    assert faults(name, EXPECTED[name][0]) == []


def test_what_shows_before_a_run_is_told_all_at_once(tmp_path: Path) -> None:
    assert faults("mutect2_unfiltered") == ["no call of it was filtered: FILTER is empty (.)"]
    assert faults("mutect2_unfiltered", alone=False) == []
    [counts] = faults("no_counts")
    assert counts.startswith("its FORMAT states no counts of reads that can be read")
    assert faults("freebayes") == ["chr7:200 is A in the VCF, G in the genome"]
    assert faults("strelka_snvs") == ["the VCF has a normal (NORMAL), the patient has none in the table of samples"]
    text = (HERE / "no_counts.vcf").read_text().replace("T1", "a\tb").replace("chr7\t100\t.\tA", "chr7\t100\t.\tC")
    (tmp_path / "bad.vcf").write_text(text.replace("PASS", ".").replace("112,32", "112,32\t0/0:1:1,0"))
    found = check_given_vcf(tmp_path / "bad.vcf", CELL, "T1", None, CONTIGS, fetch)
    assert len(found) == 4, found  # REF, columns, counts, FILTER


def test_another_naming_of_contigs_and_no_vcf(tmp_path: Path) -> None:
    (tmp_path / "plain.vcf").write_text((HERE / "plain_ao.vcf").read_text().replace("chr7", "7"))
    [problem] = check_given_vcf(tmp_path / "plain.vcf", CELL, "T1", None, CONTIGS, fetch)
    assert problem.message == "its contigs are named like 1, those of the genome like chr1"
    (tmp_path / "no.vcf").write_text("chr7\t1\t2\n")
    for name, message in (("no", "this cannot be read as VCF"), ("absent", "the file does not exist")):
        [problem] = check_given_vcf(tmp_path / f"{name}.vcf", CELL, "T1", None, CONTIGS, fetch)
        assert problem.message.startswith(message)
