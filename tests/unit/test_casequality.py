"""Metrics of a case: counted by hand on a few loci and candidates."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from test_interpret import DEEP, LOCI, THRESHOLDS, V600E, case_of
from tierline.callability import Depths
from tierline.casequality import LEAST_SUBSTITUTIONS, NOT_SOMATIC, held_back_by, measure_case, substitutions
from tierline.metrics import METRICS
from tierline.quality import Measured
from tierline.records import Candidate, VariantClass
from tierline.sensitivity import Sensitivity

ENOUGH = 181  # fragments that show a change of 5 % with 95 % probability, at five reads and 2 %
CALLERS = ("mutect2", "freebayes")


def measured(candidates: list[Candidate], **given: object) -> dict[str, Measured]:
    values = {"loci": LOCI, "depths": DEEP, "target_depths": Counter({ENOUGH: 30, ENOUGH - 1: 10}), "callers": CALLERS}
    return measure_case(candidates=candidates, sensitivity=Sensitivity(THRESHOLDS), **(values | given))  # type: ignore[arg-type]


def test_all_metrics_of_a_case_are_measured() -> None:
    assert set(measured([])) == {name for name, metric in METRICS.items() if metric.of == "case"}


def test_depth_for_the_claim_at_its_edge() -> None:
    depths = DEEP | {"KRAS:p.12": Depths(ENOUGH, 400), "KRAS:p.61": Depths(ENOUGH - 1, 400)}
    found = measured([], depths=depths)
    assert (found["targets_at_claim"].value, found["targets_at_claim"].on) == (0.75, 40)
    assert (found["hotspots_at_claim"].value, found["hotspots_at_claim"].on) == (0.75, 4)
    outside = tuple(replace(locus, in_assay=locus.gene == "KRAS") for locus in LOCI)
    assert measured([], depths=depths, loci=outside)["hotspots_at_claim"].value == 0.5
    nothing = measured([], loci=(), target_depths=Counter())
    assert nothing["hotspots_at_claim"].value is None and nothing["targets_at_claim"].value is None


def test_shares_of_candidates() -> None:
    both = replace(V600E, callers=CALLERS)
    held = replace(V600E, fate="technical", technical=("strand_bias",), callers=())
    elsewhere = replace(both, fate="outside_panel")
    found = measured([both] * 6 + [V600E] * 2 + [held] * 4 + [elsewhere] * 2)
    assert (found["technical_fraction"].value, found["technical_fraction"].on) == (4 / 12, 12)
    assert (found["caller_agreement"].value, found["caller_agreement"].on) == (0.8, 10)  # 8 of the 10 that none holds back
    few = measured([both] * 9)["caller_agreement"]
    assert (few.value, few.on, few.note) == (None, 9, "9 candidates are too few")
    assert measured([both] * 10, callers=("mutect2",))["caller_agreement"].note == "only one caller is run"


def test_transitions_and_transversions() -> None:
    def snv(ref: str, alt: str) -> Candidate:
        return replace(V600E, ref=ref, alt=alt)

    mnv = replace(V600E, ref="AC", alt="GT", variant_class=VariantClass.MNV)
    rows = [snv("A", "G"), snv("C", "T"), snv("G", "A"), snv("T", "C"), snv("A", "C")] * 4
    assert len(rows) == LEAST_SUBSTITUTIONS
    assert substitutions([*rows, mnv]) == Measured(4.0, 20, "substitutions")
    assert substitutions(rows[1:]) == Measured(None, 19, "substitutions", "19 substitutions are too few")
    assert substitutions([snv("A", "G")] * 30) == Measured(None, 30, "substitutions", "none of 30 is a transversion")


def test_candidates_by_reason() -> None:
    held = replace(V600E, fate="technical", technical=("strand_bias", "artefact:mutect2_slippage,freebayes_x"))
    other = replace(held, technical=("strand_bias",))
    outside = replace(held, fate="outside_panel")
    assert held_back_by([V600E, held, other, outside]) == {"artefact": 1, "strand_bias": 2}
    assert case_of((V600E, held, other)).reason_counts == {"artefact": 1, "strand_bias": 2}


def test_the_purity_that_variants_hint_at() -> None:
    """Twice the median fraction of five somatic substitutions; inherited ones and an indel do not count."""
    somatic = [replace(V600E, pos1=n, vaf=vaf) for n, vaf in enumerate((0.1, 0.2, 0.21, 0.3, 0.9), 1)]
    inherited = [replace(V600E, pos1=n, vaf=0.5, labels=(label,)) for n, label in enumerate(sorted(NOT_SOMATIC), 10)]
    indel = replace(V600E, pos1=20, vaf=0.01, variant_class=VariantClass.INDEL)
    held = replace(V600E, pos1=21, vaf=0.01, technical=("low_depth",))
    found = measured([*somatic, *inherited, indel, held], purity=0.8)["purity_gap"]
    assert found.value == pytest.approx(0.38) and found.on == 5
    assert found.meaning == "the variants hint at 42.0 %, the sheet states 80.0 %"
    assert measured([replace(row, vaf=0.9) for row in somatic], purity=1.0)["purity_gap"].value == 0
    assert measured(somatic[1:], purity=0.8)["purity_gap"].note == "4 somatic substitutions are too few"
    unknown = measured(somatic)["purity_gap"]
    assert unknown.value is None and unknown.note == "the sheet states no purity; the variants hint at 42.0 %"
