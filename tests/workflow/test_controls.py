"""Run controls from reads to dashboard: what they lack or have too much of fails them, and none gets a report."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from runs import CORES, Run, demo_samples, demo_units, snakemake, tierline, write_project, write_sheet
from tierline.records import ControlVerdict, ResultVerdict
from tierline.tables import read_rows

pytestmark = pytest.mark.slow

PANEL = "hotspot50_tert"
CONTROLS = {"GOOD": PANEL, "LACKS": PANEL, "EMPTY": "", "READS": ""}
EXPECTED = [  # the demo's lung and melanoma, mixed in by make_demo.py
    dict(sample="GOOD", gene="EGFR", change="p.Glu746_Ala750del", min_vaf="0.2", max_vaf="0.5", max_reads=""),
    dict(sample="GOOD", gene="EGFR", change="c.2369C>T", min_vaf="0.05", max_vaf="0.25", max_reads=""),
    dict(sample="LACKS", gene="BRAF", change="c.1799T>A", min_vaf="0.2", max_vaf="0.6", max_reads=""),
    dict(sample="LACKS", gene="TERT", change="c.-124C>T", min_vaf="0.01", max_vaf="0.05", max_reads=""),
    dict(sample="LACKS", gene="EGFR", change="p.Leu858Arg", min_vaf="0.2", max_vaf="0.6", max_reads=""),
    dict(sample="EMPTY", gene="", change="", min_vaf="", max_vaf="", max_reads="10"),
    dict(sample="READS", gene="", change="", min_vaf="", max_vaf="", max_reads="500"),
]


def write_controls(folder: Path, **config: object) -> Path:
    """The demo's bowel case, and its other reads as controls."""
    reads = {row["sample"] + row["unit"]: row for row in demo_units()}
    units = [reads["CRC01TL1"]]
    for name, of in (("GOOD", "LUAD01TL1"), ("LACKS", "MEL01TL1"), ("READS", "MEL01NL1")):
        units.append(reads[of] | dict(sample=name, library=name))
    for mate in ("1", "2"):
        (folder / f"empty_R{mate}.fastq.gz").write_bytes(gzip.compress(b""))
    empty = {f"fq{mate}": str(folder / f"empty_R{mate}.fastq.gz") for mate in ("1", "2")}
    units.append(units[0] | empty | dict(sample="EMPTY", library="EMPTY"))
    samples = [row for row in demo_samples() if row["sample"] == "CRC01T"]
    samples += [dict.fromkeys(samples[0], "") | dict(sample=name, patient=name, kind="control", assay="demo", panels=panel,
                sex="unknown", material="fresh", germline_consent="no") for name, panel in CONTROLS.items()]  # fmt: skip
    write_project(folder, samples, units, **config)
    write_sheet(folder / "config/controls.tsv", EXPECTED)
    return folder


@pytest.fixture(scope="module")
def controlled(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return tierline(
        write_controls(tmp_path_factory.mktemp("controls"), quality={"fail_run": True}), "run", "--cores", CORES
    )


def test_each_control_says_what_it_shows(controlled: Run) -> None:
    results = controlled.folder / "results/multiqc"
    rows = {name: list(read_rows(results / f"{name}.control.tsv", ControlVerdict)) for name in CONTROLS}
    assert {name: [str(row.verdict) for row in own] for name, own in rows.items()} == {
        "GOOD": ["pass", "pass"], "LACKS": ["pass", "fail", "fail"], "EMPTY": ["pass"], "READS": ["fail"]
    }, controlled.output[-5000:]  # fmt: skip
    assert rows["EMPTY"][0].found == "0 mapped reads"
    assert rows["LACKS"][2].found == "not found"
    assert rows["LACKS"][1].expected == "TERT c.-124C>T at 1.0 % to 5.0 %"


def test_failed_controls_are_seen_first_and_fail_the_run(controlled: Run) -> None:
    results = controlled.folder / "results/multiqc"
    table = list(read_rows(results / "verdicts.tsv", ResultVerdict))
    assert [(row.sample, row.result, str(row.verdict)) for row in table[:4]] == [
        ("LACKS", "control", "fail"),
        ("READS", "control", "fail"),
        ("EMPTY", "control", "pass"),
        ("GOOD", "control", "pass"),
    ]
    first = list(json.loads((results / "tierline_results_mqc.json").read_text())["data"])
    assert set(first[:2]) == {"LACKS", "READS"}
    said = {row["sample"]: row["verdict"] for row in json.loads((results / "verdicts.json").read_text())["controls"]}
    assert said == {"GOOD": "pass", "LACKS": "fail", "EMPTY": "pass", "READS": "fail"}
    page = (results / "multiqc.html").read_text()
    assert 0 < page.index('id="tierline_results') < page.index('id="tierline_controls')
    assert controlled.code == 1, controlled.output[-5000:]
    assert "Quality control failed, LACKS: control failed: TERT c.-124C>T" in controlled.output


def test_no_control_gets_a_report(controlled: Run) -> None:
    made = {path.name.split(".")[0] for name in ("interpret", "report") for path in
            (controlled.folder / f"results/{name}").rglob("*") if path.is_file()}  # fmt: skip
    assert made == {"CRC01T"}


def test_another_expectation_judges_anew_and_calls_nothing(controlled: Run) -> None:
    rows = [row | {"max_reads": "20"} if row["sample"] == "EMPTY" else row for row in EXPECTED]
    write_sheet(controlled.folder / "config/controls.tsv", rows)
    run = snakemake(controlled.folder, "--dry-run")
    assert run.code == 0 and "judge_control" in run.output, run.output
    assert "call_mutect2" not in run.output and "interpret_case" not in run.output
