"""Sex against the samples table: odds reckoned by hand, and what a tumour's losses leave open."""

from __future__ import annotations

import random
from math import log10
from typing import Any

import pytest
from tierline.metrics import METRICS
from tierline.quality import Measured, judge_sample
from tierline.records import Verdict
from tierline.sex import PSEUDOAUTOSOMAL, Depths, fits, of_snps, of_x, of_y, read_depths
from tierline.withholding import is_remark, judge_results, words

X_SITES = [("chrX", 10_000_000 + 1_000_000 * i) for i in range(8)]
FREQUENCIES = dict.fromkeys(X_SITES, 0.5)  # half of the women show two alleles
TWO, ONE = (50, 60), (110, 1)
WOMAN = dict(zip(X_SITES, [TWO, ONE] * 4, strict=True))
MAN = dict.fromkeys(X_SITES, ONE)
SHOWS_TWO, SHOWS_ONE = log10(0.5 / 0.02), log10(0.5 / 0.98)  # 1.398 for a woman, 0.292 for a man


def depths(x: float, y: float | None = None) -> Depths:
    """200 reads on each of 40 autosomal targets; so many on each of 20 on X and, where given, of 4 on Y."""
    rows = [(("chr7", 1000 * i, 1000 * i + 100), 200.0) for i in range(40)]
    rows += [(("chrX", 20_000_000 + 1000 * i, 20_000_000 + 1000 * i + 100), x) for i in range(20)]
    rows += [(("chrY", 20_000_000 + 1000 * i, 20_000_000 + 1000 * i + 100), y) for i in range(4) if y is not None]
    return rows


def told(said: str, *, is_tumor: bool = False, build: str = "GRCh38", counts: object = None, at: Depths = ()) -> Measured:
    found = counts or {}
    assert isinstance(found, dict)
    return fits(said, is_tumor=is_tumor, counts=found, frequencies=FREQUENCIES, depths=at, build=build)


def test_snps_on_x_by_hand() -> None:
    assert of_snps(WOMAN, FREQUENCIES, "GRCh38", is_tumor=False).odds == pytest.approx(4 * SHOWS_TWO + 4 * SHOWS_ONE)
    found = of_snps(MAN, FREQUENCIES, "GRCh38", is_tumor=False)
    assert (found.odds, found.number) == (pytest.approx(8 * SHOWS_ONE), 8)  # -2.34


def test_only_what_is_seen_apart_and_of_x_alone_counts() -> None:
    counts = {
        ("chrX", 50_000): TWO,  # of X alone in GRCh37, shared in GRCh38
        ("chrX", 2_000_000): TWO,  # shared with Y
        ("chrX", 10_000_000): TWO,
        ("chrX", 10_099_999): TWO,  # inherited with the one before
        ("chrX", 10_100_000): (10, 9),  # 19 reads
        ("chrX", 11_000_000): (90, 10),  # neither one allele nor two
        ("chrX", 12_000_000): (98, 2),
        ("chrX", 155_800_000): TWO,  # likewise
        ("chr7", 10_000_000): TWO,
    }
    found = of_snps(counts, dict.fromkeys(counts, 0.5), "GRCh38", is_tumor=False)
    assert (found.odds, found.number) == (pytest.approx(SHOWS_TWO + SHOWS_ONE), 2)
    assert of_snps(counts, {}, "GRCh38", is_tumor=False).number == 0, "without a frequency"
    plain = {(chrom.removeprefix("chr"), pos1): reads for (chrom, pos1), reads in counts.items()}
    assert of_snps(plain, dict.fromkeys(plain, 0.5), "GRCh37", is_tumor=False).number == 4, "its shared parts are others"


def test_a_tumour_that_shows_one_allele_may_be_a_womans() -> None:
    many = {("chrX", 10_000_000 + 1_000_000 * i): ONE for i in range(100)}
    found = of_snps(many, dict.fromkeys(many, 0.5), "GRCh38", is_tumor=True)
    assert found.odds == pytest.approx(log10(0.5), abs=1e-6)
    odds = 4 * SHOWS_TWO + 4 * SHOWS_ONE
    assert of_snps(WOMAN, FREQUENCIES, "GRCh38", is_tumor=True).odds == pytest.approx(log10(0.5 * 10**odds + 0.5))


@pytest.mark.parametrize(
    ("x", "odds"),
    [
        (200.0, 4.636),  # (ln 2 / 0.15)² / 2 / ln 10
        (100.0, -4.636),
        (141.421, 0.0),  # as far from either
        (10.0, 0.0),  # fits neither: the capture of X failed
        (0.0, 0.0),
    ],
)
def test_depth_on_x_by_hand(x: float, odds: float) -> None:
    assert of_x(depths(x), "GRCh38").odds == pytest.approx(odds, abs=0.001)


def test_uneven_targets_weigh_less_and_few_weigh_nothing() -> None:
    uneven = [(target, depth * (0.5 if target[1] // 1000 % 2 else 2.0)) for target, depth in depths(200.0)]
    assert 0 < of_x(uneven, "GRCh38").odds < 1.5
    assert of_x(depths(200.0)[:49], "GRCh38").odds == 0.0, "nine targets on X"
    assert of_x(depths(200.0)[31:], "GRCh38").odds == 0.0, "nine targets on autosomes"
    assert of_x([(target, depth / 20) for target, depth in depths(200.0)], "GRCh38").odds == 0.0, "10 reads"
    shared = [((chrom, 1_000_000, 1_000_100), depth) if chrom == "chrX" else ((chrom, a, b), depth)
              for (chrom, a, b), depth in depths(100.0)]  # fmt: skip
    assert of_x(shared, "GRCh38").number == 0, "what X shares with Y"


@pytest.mark.parametrize(
    ("y", "normal", "tumor"), [(100.0, -4.0, -4.0), (20.0, -4.0, -4.0), (10.0, 0.0, 0.0), (4.0, 4.0, 0.0), (0.0, 4.0, 0.0)]
)
def test_depth_on_y(y: float, normal: float, tumor: float) -> None:
    assert of_y(depths(100.0, y), "GRCh38", is_tumor=False).odds == normal
    assert of_y(depths(100.0, y), "GRCh38", is_tumor=True).odds == tumor
    assert of_y(depths(100.0, y)[:-2], "GRCh38", is_tumor=False).odds == 0.0, "two targets"


def test_a_normal_is_told_by_what_adds_up() -> None:
    woman = told("female", counts=WOMAN, at=depths(200.0))
    assert (woman.value, woman.on) == (pytest.approx(4 * SHOWS_TWO + 4 * SHOWS_ONE + 4.636, abs=0.001), 28)
    assert woman.counted == "SNPs and targets on X and Y"
    as_man = told("male", counts=WOMAN, at=depths(200.0))
    assert as_man.value == -(woman.value or 0)
    assert (woman.meaning, as_man.meaning) == ("", "the reads are female, the samples table says male")
    assert told("male", counts=MAN, at=depths(100.0)).value == pytest.approx(4.636 - 8 * SHOWS_ONE, abs=0.001)


def test_a_tumour_is_told_by_what_it_shows_and_not_by_what_it_lacks() -> None:
    assert told("male", is_tumor=True, counts=WOMAN, at=depths(200.0)).value == pytest.approx(-4.1217, abs=0.0001)
    lost = told("female", is_tumor=True, counts=MAN, at=depths(100.0, 0.0))
    assert lost.value is None
    assert lost.note == "12 SNPs and targets on X and Y tell too little, where a tumour may have lost X or Y"
    assert told("female", is_tumor=True, counts=MAN, at=depths(100.0, 90.0)).value == pytest.approx(-4.30, abs=0.01)


def test_what_cannot_be_told_says_why() -> None:
    assert told("unknown", counts=WOMAN).note == "the samples table does not say the sex"
    assert told("female", counts=WOMAN, build="demo").note == "of demo it is not known what X and Y share"
    none = told("female")
    assert (none.value, none.on, none.note) == (None, 0, "0 SNPs and targets on X and Y tell too little")


def verdicts(measured: Measured, limits: dict[str, dict[str, object]]) -> list[Verdict]:
    return list(judge_sample("N1", {"sex": measured}, limits, is_tumor=False, of=("sample",)))


def test_a_mismatch_is_never_silent_with_or_without_limits() -> None:
    wrong = told("male", counts=WOMAN, at=depths(200.0))
    [row] = [row for row in verdicts(wrong, {}) if row.metric == "sex"]
    assert (row.verdict, row.warn, row.fail) == ("fail", 0, 0)
    [findings, *_] = judge_results([row], "T1", "p")
    said = "sex of N1 -9.06 log10 odds, fails below 0 log10 odds (the reads are female, the samples table says male)"
    assert (findings.verdict, findings.reasons) == ("warn", (said,)), "said of the tumour, nothing withheld"
    [row] = [row for row in verdicts(wrong, {"sex": {"warn": 0.0, "fail": -20.0}}) if row.metric == "sex"]
    assert row.verdict == "warn" and "warns below 0" in words(row, "N1")
    right = [row for row in verdicts(told("female", counts=WOMAN, at=depths(200.0)), {}) if row.metric == "sex"]
    assert (right[0].verdict, right[0].note) == ("pass", "")


def test_what_cannot_be_told_is_a_remark_only_where_the_assay_asks() -> None:
    [row] = [row for row in verdicts(told("female"), {}) if row.metric == "sex"]
    assert row.verdict == "not_assessable" and not is_remark(row)
    [row] = [row for row in verdicts(told("female"), {"sex": {"warn": 0.0, "fail": 0.0}}) if row.metric == "sex"]
    assert row.verdict == "not_assessable" and is_remark(row)


def test_a_failed_sex_withholds_what_the_assay_says() -> None:
    wrong = told("male", counts=WOMAN, at=depths(200.0))
    limit = {"sex": {"warn": 0.0, "fail": 0.0, "withholds": "everything"}}
    [row] = judge_sample("T1", {"sex": wrong}, limit, of=("sample",))
    assert {result.verdict for result in judge_results([row], "T1", "p")} == {"fail"}


def test_depths_of_the_targets_from_mosdepth() -> None:
    assert read_depths(["chrX\t5\t9\t12.50\n", "chrX\t9\t20\tAR exon 1\t3.00\n"]) == [
        (("chrX", 5, 9), 12.5), (("chrX", 9, 20), 3.0)
    ]  # fmt: skip


def test_shared_parts_have_the_same_length_on_x_and_y() -> None:
    for of_build in PSEUDOAUTOSOMAL.values():
        lengths = [[end - start for start, end in of_build[name]] for name in "XY"]
        assert lengths[0] == lengths[1]
    assert METRICS["sex"].otherwise == {"warn": 0, "fail": 0}


LOSSES, PEOPLE = 0.4, 1500


def draw(sex: str, rng: random.Random, *, is_tumor: bool) -> dict[str, Any]:
    """A person at 8 SNPs on X (400 reads each) and 140 targets; a tumour (60 % of the cells) that may have lost X or Y.

    A tumour's copies of X, and so its depth there, are anything. Depth of a target varies by a factor of 1.5, and that of X
    in a sample by 15 %, as much as is taken for granted.
    """
    sites = {("chrX", 10_000_000 + 1_000_000 * i): rng.uniform(0.1, 0.5) for i in range(8)}
    lost = is_tumor and rng.random() < LOSSES
    counts = {}
    for site, frequency in sites.items():
        alleles = [rng.random() < frequency for _ in range(2 if sex == "female" else 1)]
        share = alleles[0] + (alleles[-1] - alleles[0]) * (0.4 / 1.4 if lost else 0.5)
        alt = sum(rng.random() < min(0.998, max(0.002, share)) for _ in range(400))
        counts[site] = (400 - alt, alt)
    scale = {"chr7": 1.0, "chrX": (1.0 if sex == "female" else 0.5) * rng.lognormvariate(0, 0.15)}
    scale["chrX"] *= rng.choice([0.5, 1.0, 1.5, 2.0]) if is_tumor else 1.0
    at = [((chrom, 1000 * i + 20_000_000, 1000 * i + 20_000_100), 300 * factor * rng.lognormvariate(0, 0.4))
          for chrom, factor in scale.items() for i in range(100 if chrom == "chr7" else 40)]  # fmt: skip
    return dict(counts=counts, frequencies=sites, depths=at, build="GRCh38", is_tumor=is_tumor)


@pytest.mark.parametrize(("is_tumor", "told_of_women", "told_of_men"), [(False, 0.85, 0.85), (True, 0.35, 0.0)])
def test_drawn_people_are_told_rightly_or_not_at_all(is_tumor: bool, told_of_women: float, told_of_men: float) -> None:
    rng = random.Random(5)
    for sex, least in (("female", told_of_women), ("male", told_of_men)):
        found = [fits(sex, **draw(sex, rng, is_tumor=is_tumor)).value for _ in range(PEOPLE)]
        wrong, right = (sum(value is not None and (value > 0) == good for value in found) for good in (False, True))
        print(f"{'tumours' if is_tumor else 'normals'}, {sex}: {right} told, {wrong} wrongly, of {PEOPLE}")
        assert wrong <= PEOPLE / 1000 + 2
        assert right >= least * PEOPLE
