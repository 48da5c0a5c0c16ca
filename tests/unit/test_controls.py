"""Run controls: each row of what a control must show passes or fails by itself, and one that fails fails the control."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from report_cases import lung
from tierline.controls import in_order, judge, read_change, result
from tierline.dashboard import control_table, result_table, unfinished_control, verdicts_json
from tierline.records import Candidate, Control, ControlVerdict, Failed, Judgement, ResultVerdict, VariantClass

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
