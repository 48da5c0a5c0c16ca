"""What jobs and samples have cost, read from benchmark files that are written here by hand."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from tierline.cost import busy, cost_until, job_costs, kept_bytes, sample_costs, wildcards_of_rules
from tierline.dashboard import cost_table
from tierline.figures import duration
from tierline.records import SampleCost

HEAD = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


def bench(folder: Path, name: str, seconds: float, memory: object, processor: object, ended: float) -> None:
    path = folder / "benchmarks" / f"{name}.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{HEAD}{seconds}\t0:00:00\t{memory}\t0\t0\t0\t0\t0\t0\t{processor}\n")
    os.utime(path, (ended, ended))


def put(folder: Path, name: str, size: int, dated: float = 0.0) -> None:
    path = folder / "results" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    os.utime(path, (dated, dated))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """T1 of two lanes, reported twice; N1; and what is of no sample."""
    bench(tmp_path, "align_reads/T1.L1", 100, 2048, 350, ended=1100)
    bench(tmp_path, "align_reads/T1.L2", 50, 1024, 20, ended=1120)  # while L1 ran, and 20 s longer
    bench(tmp_path, "render_report/T1.mini", 10, "NA", "NA", ended=1620)
    bench(tmp_path, "align_reads/N1.L1", 36, 512, 36, ended=1000)
    bench(tmp_path, "model_genes/T1", 5, 1, 5, ended=900)  # a panel that is called like the sample
    bench(tmp_path, "draw_dashboard", 5, 1, 5, ended=2000)
    (tmp_path / "benchmarks" / "torn.tsv").write_text(HEAD)
    put(tmp_path, "align/T1.bam", 3000)
    put(tmp_path, "report/T1.mini.html", 200, dated=9000)
    put(tmp_path, "report/archive/T1.mini.1.html", 100, dated=1720)
    put(tmp_path, "report/archive/T1.mini.0.html", 50, dated=500)  # of reads that have been replaced since
    put(tmp_path, "reference/panels/T1.genes.tsv", 7)
    put(tmp_path, "align/T10.bam", 7)
    return tmp_path


def test_jobs_by_their_wildcards(folder: Path) -> None:
    jobs = {(job.rule, job.sample): job for job in job_costs(folder) if job.rule != "align_reads"}
    assert set(jobs) == {("render_report", "T1"), ("model_genes", ""), ("draw_dashboard", "")}
    report = jobs["render_report", "T1"]
    assert report.wildcards == {"tumor": "T1", "panel": "mini"}
    assert (report.seconds, report.core_seconds, report.memory_mb) == (10, 10, None), "one core where nothing was seen"
    lanes = [(job.wildcards, job.core_seconds) for job in job_costs(folder) if job.sample == "T1"][:2]
    assert lanes == [({"sample": "T1", "unit": "L1"}, 350), ({"sample": "T1", "unit": "L2"}, 50)]


def test_samples(folder: Path) -> None:
    tumor, normal, nothing = sample_costs(folder, ["T1", "N1", "X"])
    # 350 + 50 + 10 s; from 1000 to 1120 and 10 s more; first job at 1000, first report after that at 1720
    assert tumor == SampleCost("T1", 3, 410 / 3600, 2.0, 3.35e-6, 130 / 3600, 0.2)
    assert normal == SampleCost("N1", 1, 0.01, 0.5, 0.0, 0.01, None)
    assert nothing == SampleCost("X", 0, 0.0, None, 0.0, 0.0, None)


def test_disk_is_that_of_the_sample_alone(folder: Path) -> None:
    assert kept_bytes(folder, ["T1", "T10", "X"]) == {"T1": 3350, "T10": 7, "X": 0}


def test_what_a_report_says_of_it(folder: Path) -> None:
    """Written at 11800: three hours after the first job began. The report before it took 0.2 h, and is not this one."""
    said = (
        "0.1139 core-hours, peak memory 2 GiB, 3.35e-06 GB on disk, 2 min of work, 3.0 h from its first job to this report"
    )
    assert cost_until(folder, "T1", 11800) == f"Sample T1, without what samples share: {said}"
    bench(folder, "render_report/T10.mini", 999, 9999, 999, ended=500)
    bench(folder, "align_reads/T1-2.L1", 999, 9999, 999, ended=500)
    assert cost_until(folder, "T1", 11800).endswith(said), "of no other sample whose name begins alike"
    assert "first job" not in cost_until(folder, "T1", 999), "a clock that is behind"
    bench(folder, "align_reads/S.L1", 3.6, "NA", "NA", ended=500)
    assert "memory" not in cost_until(folder, "S", 600) and "under a minute of work" in cost_until(folder, "S", 600)
    assert cost_until(folder, "X", 11800) == "" == cost_until(folder / "nowhere", "T1", 11800)


def test_times_as_people_say_them() -> None:
    said = {0.01: "under a minute", 0.02: "1 min", 1.99: "119 min", 2: "2.0 h", 47.9: "47.9 h", 60: "2.5 days"}
    assert {hours: duration(hours) for hours in said} == said


def test_busy_counts_no_moment_twice() -> None:
    assert busy([(0, 10), (5, 12), (6, 7), (20, 21)]) == 13
    assert busy([]) == 0


def test_every_rule_of_a_sample_is_measured_by_its_name() -> None:
    found = wildcards_of_rules()
    assert found["align_reads"] == ("sample", "unit") and found["call_mutect2"] == ("tumor",)
    assert found["render_report"] == ("tumor", "panel") and found["model_genes"] == ("panel",)


def test_the_last_table_of_the_dashboard(folder: Path) -> None:
    table = json.loads(cost_table(sample_costs(folder, ["T1", "X"])))
    assert table["data"]["T1"] | {"core_hours": 0, "wall_hours": 0} == {
        "jobs": 3, "core_hours": 0, "memory_gib": 2.0, "disk_gb": 3.35e-6, "wall_hours": 0, "turnaround_hours": 0.2,
    }  # fmt: skip
    assert set(table["headers"]) == set(table["data"]["T1"])
    assert "turnaround_hours" not in table["data"]["X"] and "memory_gib" not in table["data"]["X"]
