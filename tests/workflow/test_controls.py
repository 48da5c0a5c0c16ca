"""Run controls from reads to dashboard: what they lack or have too much of fails them, and none gets a report.

What a failed one withholds is withheld of the samples on its flow cell, in every output, and of no other.
"""

from __future__ import annotations

import gzip
import json
import shutil
from html import unescape
from pathlib import Path

import pytest
from outputs import disagreements
from runs import CORES, Run, demo_samples, demo_units, planned, snakemake, tierline, write_project, write_sheet
from tierline.case import from_json
from tierline.metrics import OF_CONTROLS
from tierline.records import ControlVerdict, LocusAnswer, ResultVerdict, State, Verdict
from tierline.tables import read_rows

pytestmark = pytest.mark.slow

PANEL = "hotspot50_tert"
BESIDE_BAD, BESIDE_GOOD = "CRC01T.hotspot50", "MEL01T.hotspot50_tert"
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
    """The demo's bowel case beside controls that fail, a lane of its melanoma beside sound ones."""
    reads = {row["sample"] + row["unit"]: row for row in demo_units()}
    bad, good = {"flowcell": "FCBAD"}, {"flowcell": "FCGOOD"}
    units = [reads["CRC01TL1"] | bad, reads["MEL01TL2"] | good]
    for name, of, flowcell in (("GOOD", "LUAD01TL1", good), ("LACKS", "MEL01TL1", bad), ("READS", "MEL01NL1", bad)):
        units.append(reads[of] | dict(sample=name, library=name) | flowcell)
    for mate in ("1", "2"):
        (folder / f"empty_R{mate}.fastq.gz").write_bytes(gzip.compress(b""))
    empty = {f"fq{mate}": str(folder / f"empty_R{mate}.fastq.gz") for mate in ("1", "2")}
    units.append(units[0] | empty | dict(sample="EMPTY", library="EMPTY") | good)
    samples = [row for row in demo_samples() if row["sample"] in ("CRC01T", "MEL01T")]
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
    assert made == {"CRC01T", "MEL01T"}


def loci_of(run: Run, case: str) -> list[LocusAnswer]:
    return list(read_rows(run.folder / f"results/interpret/{case}.loci.tsv", LocusAnswer))


def test_beside_failed_controls_no_negative_is_given_in_any_output(controlled: Run) -> None:
    results = controlled.folder / "results"
    case = from_json((results / f"interpret/{BESIDE_BAD}.json").read_text())
    assert {row.result: row.verdict for row in case.results} == {
        "findings": "warn", "hotspot_negatives": "fail", "coding_negatives": "fail"
    }, case.results  # fmt: skip
    loci = loci_of(controlled, BESIDE_BAD)
    assert not any(row.state is State.NOT_DETECTED for row in loci)
    withheld = [row for row in loci if row.reason == "failed_qc"]
    assert len(withheld) > 100 and {row.note for row in withheld} == {"positive_controls; no_template_controls"}
    found = {item.finding.hgvsp for item in case.findings}
    assert "p.Gly12Asp" in found, "what was found stays"
    page = unescape((results / f"report/{BESIDE_BAD}.html").read_text())
    assert "LACKS: TERT c.-124C>T at 1.0 % to 5.0 %: found at" in page
    assert "READS: at most 500 mapped reads" in page and "may have been carried over" in page
    assert "p.Gly12Asp" in (results / f"report/{BESIDE_BAD}.maf").read_text()
    row = json.loads((results / "multiqc/tierline_results_mqc.json").read_text())["data"][BESIDE_BAD]
    assert (row["verdict"], row["findings"], row["hotspot_negatives"]) == ("fail", "warn", "fail")
    assert f"Quality control failed, {BESIDE_BAD}: positive controls" in controlled.output
    assert disagreements(results, BESIDE_BAD) == disagreements(results, BESIDE_GOOD) == []


def test_beside_sound_controls_nothing_is_withheld(controlled: Run) -> None:
    verdicts = {row.metric: row for row in read_rows(controlled.folder / "results/multiqc/MEL01T.verdicts.tsv", Verdict)}
    told = [(verdicts[name].value, verdicts[name].measured_on, verdicts[name].verdict) for name in OF_CONTROLS]
    assert told == [(0, 2, "pass"), (0, 1, "pass")]
    assert any(row.state is State.NOT_DETECTED for row in loci_of(controlled, BESIDE_GOOD))


def test_what_somebody_lets_pass_is_reported_and_told(controlled: Run, tmp_path: Path) -> None:
    """Only the cases beside the failed controls are made anew; nothing is aligned or called."""
    folder = tmp_path / "run"
    shutil.copytree(controlled.folder, folder, symlinks=True)
    rows = [dict(sample="CRC01T", metric=name, person="Dr A", reason="controls repeated and sound", date="2026-01-20")
            for name in OF_CONTROLS]  # fmt: skip
    write_sheet(folder / "config/overrides.tsv", rows)
    jobs = planned(snakemake(folder, "--dry-run"))
    assert {name: jobs[name] for name in ("judge_sample", "interpret_case", "render_report")} == {
        "judge_sample": 1, "interpret_case": 1, "render_report": 1
    }, jobs  # fmt: skip
    assert not {"align_reads", "call_mutect2", "judge_control"} & set(jobs)
    run = snakemake(folder, f"results/report/{BESIDE_BAD}.html")
    assert run.code == 0, run.output[-3000:]
    case = from_json((folder / f"results/interpret/{BESIDE_BAD}.json").read_text())
    assert {str(row.verdict) for row in case.results} == {"warn"}
    assert any(row.state is State.NOT_DETECTED for row in case.loci)
    page = unescape((folder / f"results/report/{BESIDE_BAD}.html").read_text())
    assert "let pass by Dr A, 2026-01-20: controls repeated and sound" in page


def test_another_expectation_judges_anew_and_calls_nothing(controlled: Run) -> None:
    rows = [row | {"max_reads": "20"} if row["sample"] == "EMPTY" else row for row in EXPECTED]
    write_sheet(controlled.folder / "config/controls.tsv", rows)
    run = snakemake(controlled.folder, "--dry-run")
    assert run.code == 0 and "judge_control" in run.output, run.output
    jobs = planned(run)
    assert jobs["judge_control"] == jobs["interpret_case"] == 1, "EMPTY is beside one of the two cases"
    assert "call_mutect2" not in jobs
