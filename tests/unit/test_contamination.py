"""Contamination by hand: what the homozygous sites of a sample show, and when GATK's word is taken."""

from __future__ import annotations

from pathlib import Path

import pytest
from tierline.contamination import Pileup, contamination_fraction, foreign_shares, read_pileups, shown
from tierline.metrics import METRICS
from tierline.quality import Measured, judge

TELLING = [(10, 190, 0.2), (24, 376, 0.4), (0, 100, 0.1), (92, 8, 0.6), (6, 94, 0.25), (5, 95, 0.5)]
SHARES = [10 / 200 / 0.8, 24 / 400 / 0.6, 0.0, 8 / 100 / 0.6, 6 / 100 / 0.75, 5 / 100 / 0.5]
"""Reads of ref and alt with the frequency of alt, and what each says of the foreign reads."""
OTHERS = [(100, 100, 0.2), (200, 0, 0.2), (0, 200, 0.6), (1, 18, 0.3), (30, 100, 0.3)]
"""Heterozygous; the more frequent allele alone, twice; too few reads; not homozygous."""


def write(folder: Path, sites: list[tuple[int, int, float]], row: str) -> tuple[Path, Path]:
    lines = [f"chr1\t{n}\t{ref}\t{alt}\t0\t{af}" for n, (ref, alt, af) in enumerate(sites, 1)]
    head = ["#<METADATA>SAMPLE=T1", "contig\tposition\tref_count\talt_count\tother_alt_count\tallele_frequency"]
    (folder / "pileups").write_text("\n".join([*head, *lines, ""]))
    (folder / "table").write_text(f"sample\tcontamination\terror\n{row}")
    return folder / "table", folder / "pileups"


def test_what_each_telling_site_says(tmp_path: Path) -> None:
    _, pileups = write(tmp_path, TELLING + OTHERS, "")
    assert list(foreign_shares(read_pileups(pileups))) == pytest.approx(SHARES)


def test_one_site_that_lost_an_allele_does_not_decide() -> None:
    value, error = shown([0.001, 0.002, 0.002, 0.003, 0.25])
    assert value == 0.002 and error == pytest.approx(1.25 * 0.001 / 1.35 / 5**0.5)


NOTHING_FITTED = "T1\t0.0\t4.76837158203125E-7\n"  # as GATK 4.6.2 wrote of 10 % foreign reads at 13 telling sites


@pytest.mark.parametrize(
    ("row", "sites", "value", "note"),
    [
        ("T1\t0.031\t0.002\n", TELLING, 0.031, "the estimate from 6 common sites has an error of 0.2 %"),
        (NOTHING_FITTED, [(0, 100, 0.2)] * 5, 0.0, "the estimate from 5 common sites has an error of 0.0 %"),
        (NOTHING_FITTED, [(8, 92, 0.2)] * 9, 0.1, "the estimate from 9 common sites has an error of 0.0 %"),
        (NOTHING_FITTED, [(0, 100, 0.2)] * 4 + OTHERS, None,
         "only 4 of 9 common sites would show another person's reads"),
        ("T1\t0.0\t1.0\n", [], None, "only 0 of 0 common sites would show another person's reads"),
        ("T1\tNaN\tNaN\n", OTHERS, None, "only 0 of 5 common sites would show another person's reads"),
        ("", OTHERS, None, "GATK gives no estimate"),
    ],
)  # fmt: skip
def test_gatk_is_believed_where_it_has_fitted_something(
    tmp_path: Path, row: str, sites: list[tuple[int, int, float]], value: float | None, note: str
) -> None:
    found = contamination_fraction(*write(tmp_path, sites, row))
    assert (found.on, found.counted, found.note) == (len(sites), "sites", note)
    assert found.value == (None if value is None else pytest.approx(value))


@pytest.mark.parametrize(
    ("value", "error", "verdict"),
    [
        (0.0, 0.01, "pass"), (0.015, 0.03, "pass"), (0.015, 0.036, "not_assessable"), (0.03, 0.03, "warn"),
        (0.06, 0.04, "fail"), (0.06, 0.06, "not_assessable"),
    ],
)  # fmt: skip
def test_an_estimate_that_may_be_beyond_the_limit_does_not_pass(value: float, error: float, verdict: str) -> None:
    measured = Measured(value, 9, "sites", "", error)
    assert judge(measured, {"warn": 0.02, "fail": 0.05}, METRICS["contamination"]) == verdict


def test_a_pileup_is_read_by_its_header(tmp_path: Path) -> None:
    _, pileups = write(tmp_path, [(3, 4, 0.5)], "")
    assert read_pileups(pileups) == [Pileup(3, 4, 0.5)]
