"""Assays and their BED files: what is refused, and what is merged."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from tierline.assays import Limits, bases_inside, bases_of, load_assay, merge_targets, read_bed, without_primers
from tierline.paths import RESOURCES
from tierline.problems import InputError

CONTIGS = {"chr1": 1000, "chr2": 0}
Write = Callable[..., Path]


def bed_faults(path: Path, contigs: dict[str, int] | None = None) -> list[tuple[int | None, str, str]]:
    with pytest.raises(InputError) as caught:
        read_bed(path, contigs)
    return [(p.row, p.column, p.message) for p in caught.value.problems]


def test_a_sound_bed(tmp_path: Path) -> None:
    path = tmp_path / "t.bed"
    path.write_bytes(b"\xef\xbb\xbftrack name=x\r\n#c\r\n\r\nchr1\t5\t9\tname\t0\t+\r\nchr1\t0\t3\r\nchr2\t7\t8\r\n")
    assert read_bed(path, CONTIGS) == [("chr1", 5, 9), ("chr1", 0, 3), ("chr2", 7, 8)]


def test_every_fault_of_a_bed_is_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "t.bed"
    path.write_text(
        "chr1 5 9\nchr1\t9\t9\nchr1\t1,000\t1,100\nchr1\t5\t9 \n1\t5\t9\nchr1\t990\t1001\nchrX\t1\t2\nchr1\t1\t2\n"
    )
    assert bed_faults(path, CONTIGS) == [
        (1, "", "the row has fewer than three columns"),
        (2, "end", "the interval ends at or before its start 9"),
        (3, "start", "the position is not a whole number"),
        (4, "end", "the position is not a whole number"),
        (5, "chrom", "the genome names its contigs differently"),
        (6, "end", "the interval ends beyond the 1000 bases of chr1"),
        (7, "chrom", "the genome has no such contig"),
    ]


def test_an_absent_or_empty_bed(tmp_path: Path) -> None:
    assert "does not exist" in bed_faults(tmp_path / "t.bed")[0][2]
    (tmp_path / "t.bed").write_text("# nothing\n")
    assert bed_faults(tmp_path / "t.bed") == [(None, "", "the BED file has no interval")]


def test_overlapping_and_touching_targets_merge() -> None:
    targets = [("chr2", 5, 9), ("chr1", 1, 5), ("chr1", 5, 8), ("chr1", 9, 10), ("chr1", 2, 3), ("chr10", 1, 2)]
    assert merge_targets(targets) == (("chr1", 1, 8), ("chr1", 9, 10), ("chr10", 1, 2), ("chr2", 5, 9))
    assert merge_targets([]) == ()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def _write(**keys: object) -> Path:
        folder = tmp_path / "mine"
        folder.mkdir(exist_ok=True)
        (folder / "t.bed").write_text("chr1\t5\t9\nchr1\t7\t20\n")
        (folder / "p.bed").write_text("chr1\t1\t5\n")
        document = {"assay": "mine", "version": "1.0", "title": "T", "chemistry": "amplicon", "targets": {"x": "t.bed"}}
        document |= {"primers": {"x": "p.bed"}, "qc": {"mean_depth": {"warn": 200, "fail": 100}}} | keys
        (folder / "assay.yaml").write_text(yaml.safe_dump({k: v for k, v in document.items() if v is not None}))
        return folder

    return _write


def faults(folder: Path, build: str = "x") -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        load_assay(folder, build, CONTIGS)
    return [(p.column, p.message) for p in caught.value.problems]


def test_a_sound_assay(write: Write) -> None:
    assay = load_assay(write(), "x", CONTIGS)
    assert (assay.chemistry, assay.umi, assay.expected_depth) == ("amplicon", None, None)
    assert (assay.targets, assay.target_length) == ((("chr1", 5, 20),), 15)
    assert assay.qc == {"mean_depth": Limits(200.0, 100.0, "negatives")}
    assert (Path(assay.bed).name, Path(assay.primers).name) == ("t.bed", "p.bed")


def test_faults_of_an_assay(write: Write) -> None:
    assert faults(write(assay="other", chemistry="capture")) == [
        ("assay", "the assay is not named as its folder 'mine'"),
        ("primers", "a capture assay has no primers"),
    ]
    assert faults(write(), "y") == [("targets", "the assay has no targets for this genome build")]
    limits = {"mean_depth": {"warn": 100, "fail": 200}, "duplicate_fraction": {"warn": 0.9, "fail": 0.5}}
    assert faults(write(qc=limits)) == [
        ("qc.duplicate_fraction", "a sample would fail before it warns"),
        ("qc.mean_depth", "a sample would fail before it warns"),
    ]
    limits = {"oxidation_rate": {"warn": 100, "fail": 500}}
    assert faults(write(qc=limits)) == [("qc.oxidation_rate", "it is measured of capture assays only")]
    assert load_assay(write(qc=limits, chemistry="capture", primers=None), "x").qc.keys() == limits.keys()
    assert faults(write(umi="duplex", targets=None, chem="x")) == [
        ("chem", "the key is not known"),
        ("targets", "the key is missing"),
        ("umi", "the value is not known"),
        ("targets", "the assay has no targets for this genome build"),
    ]
    assert faults(write(targets={"x": "absent.bed"}))[0][1].startswith("the file does not exist")


def test_shipped_colo829() -> None:
    assay = load_assay(RESOURCES / "assays" / "colo829", "GRCh38")
    assert assay.chemistry == "capture"
    assert [chrom for chrom, _, _ in assay.targets] == ["chr5", "chr7"]


def test_bases_under_primers_are_no_targets() -> None:
    targets = [("chr1", 100, 200), ("chr2", 50, 60)]
    primers = [("chr1", 90, 120), ("chr1", 185, 210)]
    assert without_primers(targets, primers) == (("chr1", 120, 185), ("chr2", 50, 60))


def test_bases_inside_other_intervals() -> None:
    blocks = [("chr1", 30, 40), ("chr1", 10, 20), ("chr2", 0, 5)]
    asked = [("chr1", 5, 12), ("chr1", 15, 35), ("chr1", 38, 50), ("chr2", 1, 5), ("chr3", 7, 9)]
    assert bases_of(asked) == 7 + 20 + 12 + 4 + 2
    assert bases_inside(asked, blocks) == 2 + (5 + 5) + 2 + 4
    assert bases_inside(asked, []) == 0
