"""Tierline's sections of the dashboard: what MultiQC reads, and the numbers of the cohort."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from report_cases import colorectal, lung, melanoma, signed
from tierline.case import Case
from tierline.dashboard import (
    HOLE_COLOURS,
    MOST_CASES,
    MOST_LOCI,
    Summary,
    cases_frame,
    control_table,
    hole_map,
    reads_by_sample,
    reason_table,
    result_table,
    sample_table,
    summary,
    unfinished_results,
    verdict_table,
    verdicts_json,
    version_table,
)
from tierline.metrics import RESULTS
from tierline.paths import RESOURCES
from tierline.records import Failed, State, Verdict
from tierline.withholding import judge_results

CASES = (melanoma(), lung(), colorectal())
MEL = CASES[0].sample.sample


def summaries(*cases: Case) -> list[Summary]:
    return list(map(summary, cases))


@pytest.fixture
def fastp(tmp_path: Path) -> list[Path]:
    paths = []
    for unit, reads in ((f"{MEL}.L1", 70_000), (f"{MEL}.L2", 374), ("OTHER.L1", 5)):
        path = tmp_path / f"{unit}.fastp.json"
        path.write_text(json.dumps({"summary": {"before_filtering": {"total_reads": reads}}}))
        paths.append(path)
    return paths


def measured(value: float | None, metric: str = "mean_depth", sample: str = MEL) -> Verdict:
    return Verdict(sample, metric, value, "fragments", 250.0, 100.0, "not_assessable" if value is None else "pass", "")


def document(text: str) -> dict[str, Any]:
    shown = [str(cell) for cells in json.loads(text)["data"].values() for cell in cells.values()]
    assert not [cell for cell in shown if "," in cell], "MultiQC would show a comma as a blank"
    found: dict[str, Any] = json.loads(text.replace("&#44;", ","))
    assert found["plot_type"] == "table"
    assert found["pconfig"]["no_violin"] is True, "MultiQC would draw more than 500 rows and drop their words"
    assert found["id"] and found["section_name"] and found["description"]
    for cells in found["data"].values():
        assert cells.keys() <= found["headers"].keys()
    return found


def test_reads_are_summed_over_the_units_of_a_sample(fastp: list[Path]) -> None:
    assert reads_by_sample(fastp) == {MEL: 70_374, "OTHER": 5}


def test_one_row_per_case() -> None:
    frame = cases_frame(summaries(*CASES), {MEL: 12})
    assert list(frame.index) == [f"{case.sample.sample}.hotspot50_tert" for case in CASES]
    for case, row in zip(CASES, frame.to_dict("records"), strict=True):
        tiers = [item.finding.tier.value for item in case.findings]
        assert [row[f"tier_{t}"] for t in ("I", "II", "III", "IV")] == [tiers.count(t) for t in ("I", "II", "III", "IV")]
        assert sum(row[f"tier_{t}"] for t in ("I", "II", "III", "IV")) == len(case.findings) > 0
        assert row["tumor_type"] == case.tumor_type.code
    assert frame["reads"].tolist()[0] == 12
    assert pd.isna(frame["reads"].iloc[1])


def test_a_review_is_counted_and_the_status_told() -> None:
    rows = cases_frame(summaries(colorectal(), signed()), {}).reset_index().to_dict("records")
    assert [(row["status"], row["retiered"], row["held_back"]) for row in rows] == [("DRAFT", 0, 0), ("FINAL", 1, 1)]
    assert [(row["tier_I"], row["tier_II"], row["tier_III"]) for row in rows] == [(1, 1, 2), (2, 0, 1)]


def test_loci_with_an_answer_are_counted() -> None:
    case = CASES[0]
    states = [*[State.DETECTED] * 1, *[State.NOT_DETECTED] * 5, *[State.NOT_ASSESSABLE] * 1, *[State.NOT_COVERED] * 1]
    loci = tuple(replace(case.loci[0], state=state) for state in states)
    assert cases_frame(summaries(replace(case, loci=loci)), {})["callable"].tolist() == [75.0]
    assert cases_frame(summaries(replace(case, loci=())), {})["callable"].tolist() == [None]


def test_the_table_of_cases(fastp: list[Path]) -> None:
    of_normal = measured(33.0, sample="ITS_NORMAL")
    case = replace(CASES[0], verdicts=(measured(512.4), measured(0.4125, "on_target_fraction"), of_normal))
    row = document(sample_table(summaries(case, *CASES[1:]), fastp))["data"][f"{MEL}.hotspot50_tert"]
    assert (row["reads"], row["mean_depth"], row["on_target"]) == (70_374, 512.4, 41.25)


def test_what_was_not_measured_is_left_out_not_zero() -> None:
    case = replace(CASES[0], verdicts=(measured(None),))
    [row] = document(sample_table(summaries(case), []))["data"].values()
    assert not {"reads", "mean_depth", "on_target"} & row.keys()
    assert row["tier_I"] >= 1


def test_verdicts_stand_once_for_each_sample() -> None:
    rows = (measured(512.4), measured(99.0, sample="N1"), measured(None, "duplicate_fraction"))
    found = document(verdict_table(summaries(replace(CASES[0], verdicts=rows), replace(CASES[0], verdicts=rows[:1]))))
    assert found["data"] == {
        MEL: {
            "mean_depth": "pass (512.4 fragments; limits 250 / 100)",
            "duplicate_fraction": "not assessable (limits 250 / 100)",
        },
        "N1": {"mean_depth": "pass (99 fragments; limits 250 / 100)"},
    }


def under(case: Case, *verdicts: Verdict) -> Case:
    results = judge_results(verdicts, case.sample.sample, case.panel.id)
    return replace(case, verdicts=verdicts, results=results)


def test_what_may_be_reported_stands_first_and_in_words() -> None:
    lung_, crc = CASES[1].sample.sample, CASES[2].sample.sample
    low = Verdict(lung_, "mean_depth", 42.0, "fragments", 250.0, 100.0, "fail", "negatives")
    marked = Verdict(crc, "duplicate_fraction", 0.6, "fraction", 0.5, 0.9, "warn", "")
    cases = [under(CASES[0]), under(CASES[1], low), under(CASES[2], marked)]
    unfinished = unfinished_results("OTHER", "mini", [Failed("OTHER", "align_reads", "", "words", "log")])
    found = document(result_table([*(case.results for case in cases), unfinished]))
    why = "mean depth 42 fragments, fails below 100 fragments"
    assert list(found["data"].items()) == [
        (f"{lung_}.hotspot50_tert", {"verdict": "fail", "findings": "warn", "hotspot_negatives": "fail",
                                     "coding_negatives": "fail", "why": why}),
        ("OTHER.mini", {"verdict": "fail", **dict.fromkeys(RESULTS, "fail"), "why": "not finished: align_reads failed"}),
        (f"{crc}.hotspot50_tert", {"verdict": "warn", **dict.fromkeys(RESULTS, "warn"),
                                   "why": "duplicate fraction 60.0 %, warns above 50.0 %"}),
        (f"{MEL}.hotspot50_tert", {"verdict": "pass", **dict.fromkeys(RESULTS, "pass"), "why": ""}),
    ]  # fmt: skip
    order = yaml.safe_load((RESOURCES / "multiqc.yaml").read_text())["custom_content"]["order"]
    assert order[:3] == [found["id"], json.loads(control_table([]))["id"], json.loads(hole_map(summaries(*cases)))["id"]]


def test_verdicts_for_a_laboratory_system() -> None:
    low = Verdict(MEL, "mean_depth", 42.0, "fragments", 250.0, 100.0, "fail", "negatives", override="")
    passed = replace(low, withholds="", override="Dr A, 2026-01-20: looked at")
    for verdict, word in ((low, "fail"), (passed, "warn")):
        case = under(CASES[0], verdict)
        found = json.loads(verdicts_json(summaries(case), [unfinished_results("A1", "mini", [])], []))
        other, own = found["cases"]
        assert (own["sample"], own["panel"], own["finished"], own["verdict"]) == (MEL, "hotspot50_tert", True, word)
        assert own["metrics"][0]["value"] == 42.0 and own["metrics"][0]["override"] == verdict.override
        assert {row["result"]: row["verdict"] for row in own["results"]} == {
            row.result: str(row.verdict) for row in case.results
        }
        assert (other["sample"], other["finished"], other["verdict"]) == ("A1", False, "fail")
        assert {row["reasons"][0] for row in other["results"]} == {"not finished"}


def test_candidates_by_reason() -> None:
    one = replace(CASES[0], reason_counts={"strand_bias": 3, "low_depth": 1}, ledger_counts={"finding": 2, "technical": 5})
    two = replace(CASES[1], reason_counts={"artefact": 2}, ledger_counts={"technical": 2})
    assert document(reason_table(summaries(one, two)))["data"] == {
        f"{MEL}.hotspot50_tert": {"all": 7, "low_depth": 1, "strand_bias": 3},
        f"{CASES[1].sample.sample}.hotspot50_tert": {"all": 2, "artefact": 2},
    }


ANSWERED, OUTSIDE, READS, HELD = 0, 1, 2, 3


def answering(sample: str, **answers: str) -> Case:
    """A case with one locus for each of ``answers``: its name, and the reason why it is not answered, or ""."""
    one = next(locus for locus in CASES[1].loci if locus.state is State.NOT_DETECTED)
    states = {"": State.NOT_DETECTED, "outside_assay": State.NOT_COVERED}
    loci = [
        replace(one, locus_id=f"KRAS:{name}", state=states.get(reason, State.NOT_ASSESSABLE), reason=reason)
        for name, reason in answers.items()
    ]
    return replace(CASES[1], sample=replace(CASES[1].sample, sample=sample), loci=tuple(loci))


def test_holes_by_hotspot_show_what_some_case_could_not_assess() -> None:
    cases = [
        answering("CLEAN", a="", b="", c="", d=""),
        answering("ONE", a="", b="depth", c="", d="outside_assay"),
        answering("TWO", a="", b="quality", c="candidate_filtered", d=""),
        answering("NARROW", a="", b="purity"),
        answering("FAILED", a="failed_qc", b="failed_qc"),
        answering("VCF", a="no_coverage_known", b="no_coverage_known"),
    ]
    found = json.loads(hole_map(summaries(*cases)))
    assert found["xcats"] == ["KRAS:b", "KRAS:c"], "in the panel's order; a and d are holes of no case"
    assert dict(zip(found["ycats"], found["data"], strict=True)) == {
        "TWO.hotspot50_tert": [READS, HELD],
        "NARROW.hotspot50_tert": [READS, None],
        "ONE.hotspot50_tert": [READS, ANSWERED],
    }
    assert "2 of the 2 loci that some case could not assess, and 3 of the 3 cases" in found["description"]
    assert "the worst" not in found["description"]
    assert "no negative is given at all, see above, are left out: 2." in found["description"], "FAILED and VCF"
    assert [code / 3 for code in range(4)] == [stop for stop, _ in found["pconfig"]["colstops"]]
    outside = json.loads(hole_map(summaries(*cases, answering("O", b="depth", c="outside_assay"))))
    assert outside["data"][outside["ycats"].index("O.hotspot50_tert")] == [READS, OUTSIDE]


def test_holes_beyond_what_can_be_read_are_counted() -> None:
    names = [f"p{n}" for n in range(MOST_LOCI + 5)]
    many = [answering(f"S{n:03d}", **dict.fromkeys(names[:-1] if n else names, "depth")) for n in range(MOST_CASES + 7)]
    found = json.loads(hole_map(summaries(*many)))
    assert (len(found["data"]), {len(row) for row in found["data"]}) == (MOST_CASES, {MOST_LOCI})
    assert found["ycats"][0] == "S000.hotspot50_tert", "most holes first"
    assert f"{MOST_LOCI} of the {MOST_LOCI + 5} loci" in found["description"]
    assert f"{MOST_CASES} of the {MOST_CASES + 7} cases with such loci: the worst" in found["description"]


def test_without_holes_there_is_a_word_instead_of_a_map() -> None:
    found = json.loads(hole_map(summaries(answering("CLEAN", a="", b="outside_assay"), answering("FAILED", a="failed_qc"))))
    assert found["plot_type"] == "html"
    assert "Every locus" in found["data"] and "are left out: 1." in found["data"]


def test_holes_are_told_apart_by_their_lightness() -> None:
    """Also in print, and by whoever sees no colours: relative luminance by WCAG 2."""

    def luminance(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    lights = sorted(map(luminance, HOLE_COLOURS.values()), reverse=True)
    assert min((a + 0.05) / (b + 0.05) for a, b in pairwise(lights)) > 1.3


def test_tools_stand_once() -> None:
    found = document(version_table(CASES))
    assert found["data"]["gatk"] == {
        "version": "4.6.2.0", "tested with": "4.6.2.0", "found": "cache/gatk", "used by": "calls", "remark": ""
    }  # fmt: skip
    bwa = CASES[0].tools[0]
    for given, remark in (({"version": "", "found": "missing"}, "missing"), ({"version": ""}, "no answer")):
        [row] = document(version_table(summaries(replace(CASES[0], tools=(replace(bwa, **given),)))))["data"].values()
        assert (row["version"], row["remark"]) == ("–", remark)


def test_text_is_escaped_since_multiqc_does_not(fastp: list[Path]) -> None:
    """MultiQC takes the cells of custom content for HTML."""
    bad = "<img src=x onerror=alert(1)>"
    case = CASES[0]
    tool = replace(case.tools[0], tool=f"a{bad}", version=bad, found=f"/opt/{bad}")
    verdict = replace(case.verdicts[0], unit=bad, metric=bad)
    worse = replace(case, tools=(tool,), verdicts=(verdict,), tumor_type=replace(case.tumor_type, code=bad))
    results = tuple(replace(result, reasons=(bad,)) for result in worse.results)
    worse = replace(worse, results=results, reason_counts={bad: 1})
    worse = replace(worse, loci=(replace(case.loci[0], locus_id=bad, state=State.NOT_ASSESSABLE, reason="depth"),))
    tables = (result_table([results]), reason_table(summaries(worse)), hole_map(summaries(worse)))
    for text in (
        sample_table(summaries(worse), fastp),
        verdict_table(summaries(worse)),
        version_table(summaries(worse)),
        *tables,
    ):
        assert "<img" not in text and "&lt;img src=x" in text
