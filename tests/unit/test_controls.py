"""Run controls: each row of what a control must show passes or fails by itself, and one that fails fails the control."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from report_cases import lung
from tierline.controls import beside, in_order, judge, read_change, result
from tierline.dashboard import control_table, result_table, unfinished_control, verdicts_json
from tierline.metrics import OF_CONTROLS
from tierline.quality import judge_sample
from tierline.records import Candidate, Control, ControlVerdict, Failed, Judgement, ResultVerdict, VariantClass, Verdict
from tierline.withholding import judge_results, overall, withheld

FOUND = Candidate(
    "chr7", 55191822, "T", "G", VariantClass.SNV, "EGFR", "NM_005228.5", "c.2573T>G", "p.Leu858Arg", "missense_variant",
    "21/28", ("EGFR:p.858",), ("mutect2", "freebayes"), 1000, 100, 0.1, 50, 50, 1000, 100, None, None, None, "", None, "",
    "", (), (), "finding", "",
)  # fmt: skip
WANTED = Control("PC", "EGFR", "p.Leu858Arg", 0.05, 0.15)


def judged(*candidates: Candidate, row: Control = WANTED) -> ControlVerdict:
    [found] = judge([row], candidates, 0)
    return found


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (WANTED, "pass"),
        (replace(WANTED, min_vaf=0.1), "pass"),  # a limit is still good
        (replace(WANTED, max_vaf=0.1), "pass"),
        (replace(WANTED, min_vaf=0.1001), "fail"),
        (replace(WANTED, max_vaf=0.0999), "fail"),
        (replace(WANTED, change="c.2573T>G"), "pass"),
        (replace(WANTED, change="c.2573T>C"), "fail"),
        (replace(WANTED, change="p.(L858R)"), "pass"),
        (replace(WANTED, change="p.Leu858Gln"), "fail"),
        (replace(WANTED, gene="ERBB2"), "fail"),
    ],
)
def test_a_variant_has_to_be_there_at_its_fraction(row: Control, verdict: str) -> None:
    assert judged(FOUND, row=row).verdict == verdict


def test_what_is_missing_held_back_or_at_another_fraction_is_told() -> None:
    assert judged() == ControlVerdict("PC", "EGFR p.Leu858Arg at 5.0 % to 15.0 %", "not found", Judgement.FAIL)
    held = replace(FOUND, fate="technical", technical=("strand_bias",), why="one strand only")
    assert judged(held).found == "held back at 10.0 %: one strand only"
    assert judged(held).verdict is Judgement.FAIL, "of a tumour it would be no finding"
    assert judged(held, FOUND).verdict is Judgement.PASS
    assert judged(replace(FOUND, vaf=0.3)).found == "found at 30.0 %"
    assert judged(replace(FOUND, vaf=None)).verdict is Judgement.FAIL
    assert judged(FOUND, replace(FOUND, alt="GG", vaf=0.5)).verdict is Judgement.FAIL, "two have the change, one is wrong"


@pytest.mark.parametrize(("reads", "verdict"), [(0, "pass"), (500, "pass"), (501, "fail")])
def test_a_control_without_template_has_next_to_no_reads(reads: int, verdict: str) -> None:
    [found] = judge([Control("NTC", max_reads=500)], [], reads)
    assert found == ControlVerdict("NTC", "at most 500 mapped reads", f"{reads} mapped reads", Judgement(verdict))
    [found] = judge([Control("NTC", max_reads=0)], [], 1)
    assert found.verdict is Judgement.FAIL


@pytest.mark.parametrize("text", ["V600E", "p.?", "p.=", "p.nonsense", "c.", "BRAF", ""])
def test_what_names_no_change_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="cannot read"):
        read_change(text)


def test_one_row_that_fails_fails_the_control() -> None:
    rows = [*judge([WANTED, replace(WANTED, gene="KRAS", change="p.Gly12Asp")], [FOUND], 0)]
    said = ("control failed: KRAS p.Gly12Asp at 5.0 % to 15.0 %: not found",)
    assert result("PC", rows) == ResultVerdict("PC", "", "control", Judgement.FAIL, said, (), ())
    assert result("PC", []).verdict is Judgement.FAIL
    assert result("PC", rows[:1]) == ResultVerdict("PC", "", "control", Judgement.PASS, (), (), ())


GOOD = list(judge([WANTED], [FOUND], 0))
LACKS = list(judge([WANTED, replace(WANTED, gene="KRAS", change="p.Gly12Asp")], [FOUND], 0))
READS = list(judge([Control("NTC", max_reads=10)], [], 5000))
EMPTY = list(judge([Control("NTC", max_reads=10)], [], 0))


def verdicts_beside(positive: dict[str, bool], shown: dict[str, list[ControlVerdict]], **limits: object) -> list[Verdict]:
    return list(judge_sample("T1", beside(positive, shown, expected=OF_CONTROLS), limits))  # type: ignore[arg-type]


def test_controls_that_show_what_they_must_withhold_nothing() -> None:
    rows = verdicts_beside({"PC": True, "NTC": False}, {"PC": GOOD, "NTC": EMPTY})
    assert [(row.metric, row.value, row.verdict, row.withholds, row.measured_on) for row in rows] == [
        ("positive_controls", 0, "pass", "", 1), ("no_template_controls", 0, "pass", "", 1),
    ]  # fmt: skip
    assert overall(judge_results(rows, "T1", "p")) is Judgement.PASS


def test_a_positive_control_that_misses_a_variant_withholds_the_negatives_beside_it() -> None:
    rows = verdicts_beside({"PC": True, "PC2": True, "NTC": False}, {"PC": LACKS, "PC2": GOOD, "NTC": EMPTY})
    assert withheld(rows, "T1") == dict.fromkeys(("hotspot_negatives", "coding_negatives"), "positive_controls")
    [failed] = [row for row in rows if row.verdict == "fail"]
    assert (failed.value, failed.measured_on, failed.note) == (1, 3, "PC: KRAS p.Gly12Asp at 5.0 % to 15.0 %: not found")
    findings = judge_results(rows, "T1", "p")[0]
    assert (findings.verdict, len(findings.reasons)) == (Judgement.WARN, 1), "what was found stays, with the remark"


def test_a_no_template_control_with_reads_says_that_findings_may_be_carried_over() -> None:
    rows = verdicts_beside({"PC": True, "NTC": False}, {"PC": GOOD, "NTC": READS})
    assert withheld(rows, "T1") == dict.fromkeys(("hotspot_negatives", "coding_negatives"), "no_template_controls")
    results = judge_results(rows, "T1", "p")
    assert [row.verdict for row in results] == [Judgement.WARN, Judgement.FAIL, Judgement.FAIL]
    assert results[0].reasons == (
        "no template controls 1 failed, fails above 0 failed (NTC: at most 10 mapped reads: 5000 mapped "
        "reads, variants found beside it may have been carried over)",
    )


def test_a_control_that_was_not_finished_fails() -> None:
    rows = verdicts_beside({"PC": True, "NTC": False}, {"NTC": EMPTY})
    assert [(row.verdict, row.note) for row in rows] == [("fail", "PC: not finished"), ("pass", "")]
    assert withheld(rows, "T1") == dict.fromkeys(("hotspot_negatives", "coding_negatives"), "positive_controls")


def test_no_control_beside_a_sample_is_a_remark_where_the_run_has_some() -> None:
    rows = verdicts_beside({"NTC": False}, {"NTC": EMPTY})
    assert [(row.metric, row.value, row.verdict, row.withholds) for row in rows] == [
        ("positive_controls", None, "not_assessable", ""), ("no_template_controls", 0, "pass", ""),
    ]  # fmt: skip
    assert judge_results(rows, "T1", "p")[0].reasons == (
        "positive controls not assessable (no such control shares a flow cell with the sample)",
    )
    assert beside({}, {}, expected=()) == {}, "a run without controls says nothing of them"


def test_the_assay_says_what_a_failed_control_withholds() -> None:
    limits = {"positive_controls": {"warn": 0, "fail": 0, "withholds": "everything"},
              "no_template_controls": {"warn": 0, "fail": 0, "withholds": "nothing"}}  # fmt: skip
    rows = verdicts_beside({"PC": True, "NTC": False}, {"PC": LACKS, "NTC": READS}, **limits)
    assert [(row.verdict, row.withholds) for row in rows] == [("fail", "everything"), ("fail", "")]


def test_failed_controls_stand_first_in_the_table_of_verdicts() -> None:
    good, bad = result("A", list(judge([WANTED], [FOUND], 0))), unfinished_control("B", [])
    cases = [ResultVerdict("A1", panel, "findings", verdict, (), (), ())
             for panel, verdict in (("q", Judgement.FAIL), ("p", Judgement.PASS))]  # fmt: skip
    rows = in_order([*cases, good, bad])
    assert [(row.sample, row.panel) for row in rows] == [("B", ""), ("A", ""), ("A1", "p"), ("A1", "q")]


def test_failed_controls_stand_before_failed_cases_on_the_dashboard() -> None:
    case = [replace(row, verdict=Judgement.FAIL) for row in lung().results]
    good, bad = (
        result("A", list(judge([WANTED], [FOUND], 0))),
        unfinished_control("B", [Failed("B", "align_reads", "B", "killed", "log")]),
    )
    assert bad.reasons == ("control failed: not finished: align_reads failed",)
    page = json.loads(result_table([[good], [bad], case]))
    name = f"{case[0].sample}.{case[0].panel}"
    assert list(page["data"]) == ["B", name, "A"]
    assert page["data"]["A"] == {"verdict": "pass", "why": ""}
    assert all(cells.keys() <= page["headers"].keys() for cells in page["data"].values())
    assert [row["verdict"] for row in json.loads(verdicts_json([], [], [good, bad]))["controls"]] == ["pass", "fail"]


def test_the_table_of_controls_shows_failures_first() -> None:
    rows = list(judge([WANTED, replace(WANTED, gene="KRAS", change="p.Gly12Asp")], [FOUND], 0))
    data = json.loads(control_table(rows))["data"]
    assert list(data.items()) == [
        ("PC: KRAS p.Gly12Asp at 5.0 % to 15.0 %", {"verdict": "fail", "found": "not found"}),
        ("PC: EGFR p.Leu858Arg at 5.0 % to 15.0 %", {"verdict": "pass", "found": "found at 10.0 %"}),
    ]
    assert json.loads(control_table([]))["data"] == {}
