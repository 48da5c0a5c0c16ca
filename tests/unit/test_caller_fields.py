"""What each caller's fields mean, on records written as the caller writes them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pysam
import pytest
from tierline.callers import artefacts, freebayes, is_sequence, mutect2, objections
from tierline.problems import InputError
from tierline.records import Call
from tierline.vcfio import read_calls

HEADER = """##fileformat=VCFv4.2
##contig=<ID=chr7,length=1000>
##contig=<ID=chr5,length=1000>
##FILTER=<ID=PASS,Description="passed">
##FILTER=<ID=germline,Description="g">
##FILTER=<ID=weak_evidence,Description="w">
##FILTER=<ID=strand_bias,Description="s">
##FILTER=<ID=clustered_events,Description="c">
##FILTER=<ID=orientation,Description="o">
##INFO=<ID=AS_FilterStatus,Number=A,Type=String,Description="f">
##FORMAT=<ID=GT,Number=1,Type=String,Description="g">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="a">
##FORMAT=<ID=AO,Number=A,Type=Integer,Description="a">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="d">
##FORMAT=<ID=PID,Number=1,Type=String,Description="p">
##FORMAT=<ID=PGT,Number=1,Type=String,Description="p">
"""


def records(folder: Path, rows: Iterable[str], samples: str = "T1 N1") -> list[pysam.VariantRecord]:
    """VCF rows with blanks for tabs, read by pysam."""
    path = folder / "calls.vcf"
    columns = "#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT " + samples
    path.write_text(HEADER + "\n".join("\t".join(row.split()) for row in (columns, *rows)) + "\n")
    with pysam.VariantFile(str(path)) as vcf:
        return list(vcf)


def filters_of(folder: Path, alts: str, filter_: str, status: str) -> dict[str, tuple[str, ...]]:
    """What Mutect2's parser makes of FILTER and AS_FilterStatus, by ALT."""
    counts = ",".join(["50"] * (alts.count(",") + 2))
    info = f"AS_FilterStatus={status}" if status else "."
    [record] = records(folder, [f"chr7 100 . A {alts} . {filter_} {info} GT:AD:DP 0/1:{counts}:100 0/0:{counts}:40"])
    return {call.alt: call.filters for call in mutect2.parse(record, "T1", "N1")}


def test_mutect2_takes_counts_of_tumour_and_normal_by_name(tmp_path: Path) -> None:
    row = "chr7 100 . A T . PASS AS_FilterStatus=SITE GT:AD:DP:PID:PGT 0/0:40,1:41:.:. 0|1:70,30:101:100_A_T:0|1"
    [record] = records(tmp_path, [row], samples="N1 T1")
    assert list(mutect2.parse(record, "T1", "N1")) == [
        Call("mutect2", "chr7", 100, "A", "T", 101, 30, (), 41, 1, "100_A_T:0|1")
    ]
    [alone] = mutect2.parse(record, "T1", None)
    assert (alone.normal_depth, alone.normal_alt_depth) == (None, None)


@pytest.mark.parametrize(
    ("alts", "filter_", "status", "expected"),
    [
        ("T", "PASS", "SITE", {"T": ()}),
        ("T", ".", "", {"T": ()}),
        ("T", "germline", "SITE", {"T": ("germline",)}),
        ("T", "weak_evidence;strand_bias", "weak_evidence,strand_bias", {"T": ("weak_evidence", "strand_bias")}),
        # one allele of two: its own filters only, and those of the site where it says SITE
        ("T,C", "PASS", "SITE|weak_evidence,strand_bias", {"T": (), "C": ("weak_evidence", "strand_bias")}),
        ("T,C", "PASS", "weak_evidence|SITE", {"T": ("weak_evidence",), "C": ()}),
        ("T,C", "clustered_events", "SITE|strand_bias", {"T": ("clustered_events",), "C": ("strand_bias",)}),
        ("T,C,G", "PASS", "a,b|SITE|c", {"T": ("a", "b"), "C": (), "G": ("c",)}),
        # an allele that is no sequence is left out, and the others keep their places
        ("*,T", "PASS", "weak_evidence|SITE", {"T": ()}),
        ("T,*", "PASS", "strand_bias|SITE", {"T": ("strand_bias",)}),
        # fewer fields than alleles: the site speaks for the rest
        ("T,C", "germline", "SITE", {"T": ("germline",), "C": ("germline",)}),
    ],
)
def test_mutect2_filters_are_those_of_the_allele(
    tmp_path: Path, alts: str, filter_: str, status: str, expected: dict[str, tuple[str, ...]]
) -> None:
    assert filters_of(tmp_path, alts, filter_, status) == expected


def test_mutect2_counts_of_each_allele(tmp_path: Path) -> None:
    row = "chr7 100 . A T,*,C . PASS AS_FilterStatus=SITE|SITE|SITE GT:AD:DP 0/1/2/3:60,30,5,10:105 0/0:40,0,1,2:43"
    [record] = records(tmp_path, [row])
    found = [(c.alt, c.alt_depth, c.normal_alt_depth, c.depth) for c in mutect2.parse(record, "T1", "N1")]
    assert found == [("T", 30, 0, 105), ("C", 10, 2, 105)]


def test_mutect2_without_counts_says_so(tmp_path: Path) -> None:
    [record] = records(tmp_path, ["chr7 100 . A T . PASS AS_FilterStatus=SITE GT 0/1 0/0"])
    [call] = mutect2.parse(record, "T1", "N1")
    assert (call.depth, call.alt_depth, call.normal_depth, call.normal_alt_depth) == (None, None, None, None)


def test_what_mutect2_filters_mean(tmp_path: Path) -> None:
    call = Call("mutect2", "chr7", 1, "A", "T", 9, 3, ("germline", "orientation", "weak_evidence"), None, None, "")
    assert artefacts(call) == ("orientation",)
    assert objections(call) == ("orientation", "weak_evidence")


def test_freebayes_counts_each_allele_and_leaves_out_what_no_read_shows(tmp_path: Path) -> None:
    row = "chr7 100 . AC TC,A,AT 0.1 . . GT:DP:AO 0/1:90:12,7,0 0/0:40:0,1,3"
    [record] = records(tmp_path, [row])
    assert list(freebayes.parse(record, "T1", "N1")) == [
        Call("freebayes", "chr7", 100, "AC", "TC", 90, 12, (), 40, 0, ""),
        Call("freebayes", "chr7", 100, "AC", "A", 90, 7, (), 40, 1, ""),
    ]


def test_freebayes_without_counts_in_the_tumour_gives_nothing(tmp_path: Path) -> None:
    rows = ["chr7 100 . A T 0.1 . . GT:DP:AO .:.:. 0/1:40:20", "chr7 200 . A T 50 . . GT:DP:AO 0/1:60:30 .:.:."]
    first, second = records(tmp_path, rows)
    assert list(freebayes.parse(first, "T1", "N1")) == []
    [call] = freebayes.parse(second, "T1", "N1")
    assert (call.depth, call.alt_depth, call.normal_depth, call.normal_alt_depth) == (60, 30, None, None)


@pytest.mark.parametrize("allele", ["A", "ACGT", "n"])
def test_alleles_written_in_bases(allele: str) -> None:
    assert is_sequence(allele)


@pytest.mark.parametrize("allele", ["*", "<NON_REF>", "", "A*"])
def test_alleles_that_are_no_sequence(allele: str) -> None:
    assert not is_sequence(allele)


def test_a_file_is_read_contig_by_contig_and_must_hold_its_samples(tmp_path: Path) -> None:
    rows = [f"{c} {p} . A T . PASS AS_FilterStatus=SITE GT:AD:DP 0/1:5,5:10 0/0:9,0:9" for c, p in
            (("chr7", 100), ("chr7", 200), ("chr5", 300))]  # fmt: skip
    records(tmp_path, rows)
    found = [(chrom, [c.pos1 for c in calls]) for chrom, calls in read_calls(tmp_path / "calls.vcf", "mutect2", "T1", None)]
    assert found == [("chr7", [100, 200]), ("chr5", [300])]
    with pytest.raises(InputError) as refusal:
        list(read_calls(tmp_path / "calls.vcf", "mutect2", "T2", "N1"))
    [problem] = refusal.value.problems
    assert (problem.value, problem.remedy) == ("T2", "It holds T1, N1.")
