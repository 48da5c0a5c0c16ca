"""A sequencing run arrives: file names, read headers and sample sheets as Illumina's software writes them."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from tierline import arrival
from tierline.arrival import from_folder, from_sample_sheet, read_sample_sheet, write_sheets
from tierline.cli import app
from tierline.problems import InputError
from tierline.sheets import load_project
from typer.testing import CliRunner


def fastq(path: Path, *, flowcell: str = "HXYZ01", lane: int = 1, index: str = "ACGTACGT+TTGGAACC", mate: int = 1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    header = f"@A00001:42:{flowcell}:{lane}:1101:1000:2000 {mate}:N:0:{index}"
    with gzip.open(path, "wt") as handle:
        handle.write(f"{header}\nACGT\n+\nFFFF\n")
    return path


def pair(folder: Path, sample: str, number: int = 1, lane: int | None = 1, **given) -> None:  # type: ignore[no-untyped-def]
    for mate in (1, 2):
        lanes = "" if lane is None else f"_L{lane:03}"
        fastq(folder / f"{sample}_S{number}{lanes}_R{mate}_001.fastq.gz", lane=lane or 1, mate=mate, **given)


def why(arrived: arrival.Arrived) -> dict[str, str]:
    return {Path(item.what).name: item.why for item in arrived.left_out}


def test_lanes_become_units_of_one_library(tmp_path: Path) -> None:
    for lane in (1, 2):
        pair(tmp_path / "Project", "MEL01-T", lane=lane)
    arrived = from_folder(tmp_path)
    assert arrived.left_out == ()
    assert [(p.sample, p.unit, p.library, p.flowcell, p.lane) for p in arrived.pairs] == [
        ("MEL01-T", "HXYZ01-L1", "MEL01-T_ACGTACGT-TTGGAACC", "HXYZ01", "1"),
        ("MEL01-T", "HXYZ01-L2", "MEL01-T_ACGTACGT-TTGGAACC", "HXYZ01", "2"),
    ]
    files = [path.name for path in (arrived.pairs[0].fq1, arrived.pairs[0].fq2)]
    assert files == [f"MEL01-T_S1_L001_R{mate}_001.fastq.gz" for mate in (1, 2)]


def test_a_second_flowcell_of_the_same_library_is_one_more_unit(tmp_path: Path) -> None:
    pair(tmp_path / "run1", "S1", flowcell="AAA")
    pair(tmp_path / "run2", "S1", flowcell="BBB")
    arrived = from_folder(tmp_path)
    assert [(p.unit, p.library) for p in arrived.pairs] == [
        ("AAA-L1", "S1_ACGTACGT-TTGGAACC"),
        ("BBB-L1", "S1_ACGTACGT-TTGGAACC"),
    ]


def test_joined_lanes_have_no_lane(tmp_path: Path) -> None:
    pair(tmp_path, "a_b", lane=None)
    (one,) = from_folder(tmp_path).pairs
    assert (one.sample, one.unit, one.lane) == ("a_b", "HXYZ01", "all")


def test_files_cut_into_parts_are_units_of_their_own(tmp_path: Path) -> None:
    for part in ("001", "002"):
        for mate in (1, 2):
            fastq(tmp_path / f"S1_S1_L001_R{mate}_{part}.fastq.gz", mate=mate)
    assert [p.unit for p in from_folder(tmp_path).pairs] == ["HXYZ01-L1-001", "HXYZ01-L1-002"]


def test_reads_without_an_index_are_of_the_library_of_their_sample(tmp_path: Path) -> None:
    pair(tmp_path, "S1", index="N")
    assert from_folder(tmp_path).pairs[0].library == "S1"


def test_everything_that_does_not_fit_is_named_with_its_reason(tmp_path: Path) -> None:
    pair(tmp_path, "good")
    pair(tmp_path, "Undetermined", number=0)
    fastq(tmp_path / "good_S1_L001_I1_001.fastq.gz")
    fastq(tmp_path / "umi_S2_L001_R3_001.fastq.gz")
    fastq(tmp_path / "alone_S3_L001_R1_001.fastq.gz")
    fastq(tmp_path / "a.b_S4_L001_R1_001.fastq.gz")
    fastq(tmp_path / "lane_S5_L003_R1_001.fastq.gz", lane=2)
    fastq(tmp_path / "other.fastq.gz")
    fastq(tmp_path / "again/good_S1_L001_R1_001.fastq.gz")
    fastq(tmp_path / "it's/q_S1_L001_R1_001.fastq.gz")
    (tmp_path / "cut_S6_L001_R1_001.fastq.gz").write_bytes(gzip.compress(b"@A:1:F:1:1:1:1 1:N:0:A\n")[:15])
    (tmp_path / "text_S7_L001_R1_001.fastq.gz").write_bytes(gzip.compress(b"@SRR1.1\nA\n+\nF\n"))
    arrived = from_folder(tmp_path)
    assert arrived.samples == ("good",)
    expected = {
        "Undetermined_S0_L001_R1_001.fastq.gz": "reads of no sample",
        "Undetermined_S0_L001_R2_001.fastq.gz": "reads of no sample",
        "good_S1_L001_I1_001.fastq.gz": "index reads",
        "umi_S2_L001_R3_001.fastq.gz": "read 3 of its fragments",
        "alone_S3_L001_R1_001.fastq.gz": "read 2 of its pairs is not there",
        "a.b_S4_L001_R1_001.fastq.gz": "the sample name 'a.b' cannot be used",
        "lane_S5_L003_R1_001.fastq.gz": "its name says lane 3, its first read lane 2",
        "other.fastq.gz": "does not fit the pattern",
        "good_S1_L001_R1_001.fastq.gz": "is already in",
        "q_S1_L001_R1_001.fastq.gz": "its path holds quotes",
        "cut_S6_L001_R1_001.fastq.gz": "it cannot be read",
        "text_S7_L001_R1_001.fastq.gz": "has no Illumina name",
    }
    told = why(arrived)
    assert told.keys() == expected.keys()
    assert all(expected[name] in told[name] for name in expected), told
    as_always = {name for name in expected if "Undetermined" in name or "_I1_" in name}
    assert {Path(item.what).name for item in arrived.left_out if item.expected} == as_always


def test_names_by_a_pattern_of_ones_own(tmp_path: Path) -> None:
    for mate in (1, 2):
        fastq(tmp_path / f"PAT7-{mate}.fq.gz", mate=mate)
    arrived = from_folder(tmp_path, re.compile(r"(?P<sample>PAT\d+)-(?P<mate>[12])\.fq\.gz"))
    assert [(p.sample, p.lane) for p in arrived.pairs] == [("PAT7", "all")]


V1 = """[Header],,
IEMFileVersion,4,

[Reads],,
151,,

[Data],,,,
Lane,Sample_ID,Sample_Name,index,Sample_Project
1,S-01,Anna,ACGT,P
2,S-02,Bert,TTGG,P
"""
V2 = """[Header]
FileFormatVersion,2
[BCLConvert_Settings]
SoftwareVersion,4.0
[BCLConvert_Data]
Sample_ID,Index,Index2
S-01,ACGT,CCCC
S-02,TTGG,AAAA
[Cloud_Data]
Sample_ID,ProjectName
S-09,x
"""


def test_sheets_of_both_versions(tmp_path: Path) -> None:
    for text, expected in (
        (V1, [("S-01", "Anna", "1"), ("S-02", "Bert", "2")]),
        (V2, [("S-01", "", ""), ("S-02", "", "")]),
    ):
        (tmp_path / "SampleSheet.csv").write_text("\ufeff" + text.replace("\n", "\r\n"))
        entries = read_sample_sheet(tmp_path / "SampleSheet.csv")
        assert [(e.sample, e.other_name, e.lane) for e in entries] == expected


def test_files_are_found_by_id_or_by_name_and_what_is_missing_is_told(tmp_path: Path) -> None:
    (tmp_path / "SampleSheet.csv").write_text(V1)
    pair(tmp_path / "P/S-01", "Anna")
    pair(tmp_path / "P", "S-01", lane=2)  # the sheet has it in lane 1 only
    pair(tmp_path / "P", "Carl")
    arrived = from_sample_sheet(tmp_path / "SampleSheet.csv", tmp_path)
    assert [(p.sample, p.lane) for p in arrived.pairs] == [("S-01", "1")]
    told = why(arrived)
    assert told["S-01_S1_L002_R1_001.fastq.gz"] == "the sheet has S-01 not in lane 2"
    assert told["Carl_S1_L001_R1_001.fastq.gz"] == "the sheet has no sample Carl"
    assert told["SampleSheet.csv, row 10"] == "there is no FASTQ of S-02"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", (None, "")),
        ("[Header]\n[Data]\n", (2, "Sample_ID")),
        ("[Data]\nSample_Name\nx\n", (2, "Sample_ID")),
        ("[Data]\nSample_ID\n", (1, "")),
        ("[Data]\nSample_ID,Lane\nok,1\nnot ok,1\n", (4, "Sample_ID")),
        ("[Data]\nSample_ID,Lane\nok,one\n", (3, "Lane")),
    ],
)
def test_a_faulty_sheet_is_refused_with_its_place(tmp_path: Path, text: str, place: tuple[int | None, str]) -> None:
    (tmp_path / "sheet.csv").write_text(text)
    with pytest.raises(InputError) as error:
        read_sample_sheet(tmp_path / "sheet.csv")
    (problem,) = error.value.problems
    assert (problem.row, problem.column) == place and problem.remedy


def test_no_tumour_type_is_guessed_and_the_check_asks_for_what_is_empty(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)
    pair(Path("run"), "MEL01-T")
    given = ["--assay", "demo", "--panels", "hotspot50", "--material", "FFPE", "--patient", "^(.*)-[TN]$"]
    result = CliRunner().invoke(app, ["samples", "from-dir", "run", *given])
    assert result.exit_code == 0, result.output
    assert (
        "config/samples.tsv: 1 samples" in result.output
        and "Fill in: kind, tumor_type. Then: tierline check" in result.output
    )
    header, row = (line.split("\t") for line in Path("config/samples.tsv").read_text().splitlines())
    cells = dict(zip(header, row, strict=True))
    assert (cells["patient"], cells["kind"], cells["tumor_type"], cells["assay"]) == ("MEL01", "", "", "demo")
    Path("config/config.yaml").write_text("reference: {preset: ''}\n")
    with pytest.raises(InputError) as error:
        load_project("config/config.yaml")
    told = {(problem.file.rpartition("/")[2], problem.column) for problem in error.value.problems}
    assert ("samples.tsv", "kind") in told
    assert not any(file == "units.tsv" for file, _ in told), error.value.problems


def test_sheets_with_rows_are_not_touched(tmp_path: Path) -> None:
    pair(tmp_path / "run", "S1")
    arrived = from_folder(tmp_path / "run")
    write_sheets(arrived, tmp_path / "config", {})
    before = {path: path.read_bytes() for path in (tmp_path / "config").iterdir()}
    assert {path.name for path in before} == {"samples.tsv", "units.tsv"}
    with pytest.raises(InputError) as error:
        write_sheets(arrived, tmp_path / "config", {})
    assert len(error.value.problems) == 2
    assert {path: path.read_bytes() for path in (tmp_path / "config").iterdir()} == before


def test_the_command_ends_with_1_where_something_did_not_fit_and_2_on_a_faulty_option(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)
    fastq(Path("run/alone_S3_L001_R1_001.fastq.gz"))
    result = CliRunner().invoke(app, ["samples", "from-dir", "run"])
    assert result.exit_code == 1 and "nothing is written" in result.output and "read 2 of its pairs" in result.output
    assert not Path("config").exists()
    for option, value in (("--pattern", "("), ("--pattern", "(?P<sample>.*)"), ("--patient", "(")):
        pair(Path("run"), "S1")
        result = CliRunner().invoke(app, ["samples", "from-dir", "run", option, value])
        assert isinstance(result.exception, InputError) and result.exception.problems[0].column == option
        assert not Path("config").exists()
