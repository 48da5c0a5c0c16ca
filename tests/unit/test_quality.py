"""Quality: the tools' own files give the numbers, and a value at its limit is still good."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tierline.metrics import METRICS, Metric
from tierline.quality import (
    Measured,
    contamination_fraction,
    duplicate_fraction,
    judge,
    judge_sample,
    mean_target_depth,
    measure_sample,
    on_target_fraction,
    verify_reads,
)
from tierline.records import Verdict

SUMMARY = """chrom\tlength\tbases\tmean\tmin\tmax
chr1\t51598\t803774\t15.58\t0\t367
chr1_region\t909\t220893\t243.01\t0\t367
total\t51598\t803774\t15.58\t0\t367
total_region\t909\t220893\t243.01\t0\t367
"""
FLAGSTAT = """1000 + 7 in total (QC-passed reads + QC-failed reads)
960 + 7 primary
20 + 0 secondary
20 + 0 supplementary
130 + 0 duplicates
120 + 3 primary duplicates
940 + 5 mapped (94.00% : 71.43%)
800 + 4 primary mapped (83.33% : 57.14%)
0 + 0 singletons (0.00% : N/A)
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "x.txt"
    path.write_text(text)
    return path


def test_mean_depth_is_that_of_the_targets(tmp_path: Path) -> None:
    assert mean_target_depth(write(tmp_path, SUMMARY)) == 243.01
    assert mean_target_depth(write(tmp_path, SUMMARY.replace("total_region", "other_region"))) is None


def test_on_target_is_a_share_of_mapped_reads(tmp_path: Path) -> None:
    found = on_target_fraction(write(tmp_path, "800\n600\n"))
    assert (found.value, found.on, found.counted) == (0.75, 800, "reads")
    assert on_target_fraction(write(tmp_path, "800\n0\n")).value == 0
    nothing = on_target_fraction(write(tmp_path, "0\n0\n"))
    assert (nothing.value, nothing.on, nothing.note) == (None, 0, "there are no reads to go by")


def test_duplicates_are_primary_and_passed_ones(tmp_path: Path) -> None:
    assert duplicate_fraction(write(tmp_path, FLAGSTAT)).value == 0.15  # 120 of 800
    assert duplicate_fraction(write(tmp_path, FLAGSTAT.replace("800 + 4", "0 + 4"))).value is None


LOWER, HIGHER = METRICS["mean_depth"], METRICS["duplicate_fraction"]


@pytest.mark.parametrize(
    ("value", "metric", "expected"),
    [
        (250.0, LOWER, "pass"), (249.9, LOWER, "warn"), (100.0, LOWER, "warn"), (99.9, LOWER, "fail"), (0.0, LOWER, "fail"),
        (50.0, HIGHER, "pass"), (50.1, HIGHER, "warn"), (100.0, HIGHER, "warn"), (100.1, HIGHER, "fail"),
        (None, LOWER, "not_assessable"), (None, HIGHER, "not_assessable"),
    ],
)  # fmt: skip
def test_limits_at_their_edge(value: float | None, metric: Metric, expected: str) -> None:
    limit = {"warn": 250.0, "fail": 100.0} if metric is LOWER else {"warn": 50.0, "fail": 100.0}
    assert judge(Measured(value), limit, metric) == expected


def test_nothing_passes_by_default() -> None:
    """Without limits a figure is shown; without enough data, or with an error beyond the limit, it does not pass."""
    limit = {"warn": 0.02, "fail": 0.05}
    assert judge(Measured(0.0), {}, LOWER) == "not_judged"
    assert judge(Measured(None), {}, LOWER) == "not_assessable"
    assert judge(Measured(0.0, error=0.05), limit, HIGHER) == "pass"
    assert judge(Measured(0.0, error=0.051), limit, HIGHER) == "not_assessable"


def judged(folder: Path, summary: str, limits: dict[str, Any], **given: Any) -> dict[str, Verdict]:
    paths = []
    for name, text in (("coverage", summary), ("on_target", "800\n600\n"), ("flagstat", FLAGSTAT)):
        (folder / name).write_text(text)
        paths.append(folder / name)
    return {row.metric: row for row in judge_sample("T1", measure_sample(*paths, None), limits, **given)}


def test_a_failure_blocks_what_the_assay_says(tmp_path: Path) -> None:
    limits = {
        "mean_depth": {"warn": 300.0, "fail": 100.0, "blocks": "hotspot_negatives"},
        "on_target_fraction": {"warn": 0.9, "fail": 0.8},
    }
    rows = judged(tmp_path, SUMMARY, limits)
    assert "contamination" not in rows  # only where it was measured
    assert rows["mean_depth"] == Verdict("T1", "mean_depth", 243.01, "fragments", 300.0, 100.0, "warn", "")
    assert (rows["on_target_fraction"].verdict, rows["on_target_fraction"].blocks) == ("fail", "")
    assert (rows["duplicate_fraction"].verdict, rows["duplicate_fraction"].warn) == ("not_judged", None)
    too_low = SUMMARY.replace("243.01", "99.99")
    failed = judged(tmp_path, too_low, limits)["mean_depth"]
    assert (failed.verdict, failed.blocks) == ("fail", "hotspot_negatives")
    assert judged(tmp_path, too_low, limits, is_tumor=False)["mean_depth"].blocks == ""


def test_depth_that_is_not_known_blocks_with_and_without_limits(tmp_path: Path) -> None:
    for limits in ({}, {"mean_depth": {"warn": 300.0, "fail": 100.0, "blocks": "negatives"}}):
        row = judged(tmp_path, SUMMARY.replace("total_region", "x"), limits)["mean_depth"]
        assert (row.value, row.verdict, row.blocks) == (None, "not_assessable", "negatives")
        assert row.note == "mosdepth has seen no target"


PILEUPS = "#<METADATA>SAMPLE=T1\ncontig\tposition\tref_count\nchr1\t5\t9\nchr1\t9\t9\n"


@pytest.mark.parametrize(
    ("row", "value", "note"),
    [
        ("T1\t0.031\t0.002\n", 0.031, "the estimate from 2 common sites has an error of 0.2 %"),
        ("T1\t0.0\t1.0\n", None, "2 common sites with reads are too few"),  # what GATK 4.6 writes of a table without sites
        ("T1\tNaN\tNaN\n", None, "2 common sites with reads are too few"),
        ("", None, "GATK gives no estimate"),
    ],
)
def test_contamination_tells_its_sites(tmp_path: Path, row: str, value: float | None, note: str) -> None:
    (tmp_path / "pileups").write_text(PILEUPS)
    (tmp_path / "table").write_text(f"sample\tcontamination\terror\n{row}")
    found = contamination_fraction(tmp_path / "table", tmp_path / "pileups")
    assert (found.value, found.on, found.counted, found.note) == (value, 2, "sites", note)


@pytest.mark.parametrize(("trimmed", "whole"), [((900, 67), True), ((967,), True), ((966,), False), ((967, 967), False)])
def test_reads_that_a_tool_lost_or_repeated_are_noticed(tmp_path: Path, trimmed: tuple[int, ...], whole: bool) -> None:
    (tmp_path / "flagstat").write_text(FLAGSTAT)  # 960 + 7 primary
    for number, reads in enumerate(trimmed):
        (tmp_path / f"{number}.json").write_text(json.dumps({"summary": {"after_filtering": {"total_reads": reads}}}))
    paths = [tmp_path / f"{number}.json" for number in range(len(trimmed))]
    if whole:
        verify_reads("T1", paths, tmp_path / "flagstat")
    else:
        with pytest.raises(ValueError, match=f"T1: {sum(trimmed)} reads left trimming, the BAM has 967"):
            verify_reads("T1", paths, tmp_path / "flagstat")
