"""Counts, listings and gaps of the knowledge, on facts made up here."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tierline import knowledgebase
from tierline.knowledge import KNOWLEDGE, Unread, curated, load_knowledge
from tierline.knowledgebase import Family, ReasonCount, SourceCount
from tierline.oncotree import OncoTree
from tierline.problems import InputError
from tierline.records import Axis, Evidence
from tierline.tables import format_value

TREE = OncoTree.load()
FACT = Evidence(
    "x1", "BRAF", "p.Val600Glu", ("MEL",), (), Axis.SENSITIVITY, "", "drug", "B", (), "", "", "made up", "", "2026",
    "invented",
    "2026-01-01", knowledge="curated",
)  # fmt: skip


def facts(*changes: dict[str, object]) -> list[Evidence]:
    return [replace(FACT, id=f"x{number}", **change) for number, change in enumerate(changes)]  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A knowledge folder with one curated table and none of the other sources."""
    (tmp_path / "curated").mkdir()
    cells = {name: format_value(getattr(FACT, name)) for name in curated.Row.__dataclass_fields__}
    lines = ["\t".join(cells), "\t".join({**cells, "level": "A"}.values())]
    (tmp_path / "curated" / "t.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def test_a_folder_without_a_source_is_read_as_it_is(folder: Path) -> None:
    found = knowledgebase.load_folder(folder)
    assert [fact.knowledge for fact in found.evidence] == ["curated"]
    [row, almanac] = knowledgebase.counts(found, folder)
    date = curated.release(folder)["date"]
    assert row == SourceCount("curated", date, date, "MIT", "sensitivity", 1, 0, 0, 0, 0, 0)
    assert almanac == SourceCount("moalmanac", "not installed", "", "GPL-2.0", "", 0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize("name", ["", "nowhere"])
def test_a_folder_without_knowledge_is_an_input_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="layout of resources/knowledge"):
        knowledgebase.load_folder(tmp_path / name)


def test_a_source_of_which_a_table_is_missing_is_an_input_error(folder: Path) -> None:
    shutil.copytree(KNOWLEDGE / "civic", folder / "civic")
    (folder / "civic" / "diseases.tsv").unlink()
    with pytest.raises(InputError, match=r"diseases\.tsv: the file cannot be read"):
        knowledgebase.load_folder(folder)


def test_levels_are_counted_apart_from_what_gives_none(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    found = facts({}, {"level": "A"}, {"level": "A", "supports": False}, {"level": "C", "withdrawn_on": "2024-07-15"},
                  {"axis": Axis.PROGNOSTIC, "effect": "worse", "therapy": "", "level": "D"})  # fmt: skip
    knowledge = replace(load_knowledge(["curated"], folder), evidence=tuple(found))
    rows = {row.axis: row for row in knowledgebase.counts(knowledge, folder)}
    numbers = {axis: (row.A, row.B, row.C, row.D, row.withdrawn, row.against) for axis, row in rows.items() if axis}
    assert numbers == {"sensitivity": (1, 1, 0, 0, 1, 1), "prognostic": (0, 0, 0, 1, 0, 0)}


def test_the_counts_of_the_shipped_knowledge_are_all_of_it() -> None:
    found = knowledgebase.load_folder(KNOWLEDGE)
    rows = knowledgebase.counts(found, KNOWLEDGE)
    assert sum(row.A + row.B + row.C + row.D + row.withdrawn + row.against for row in rows) == len(found.evidence)


def test_facts_of_a_gene_are_those_that_name_it_anywhere() -> None:
    found = facts({"alteration": "p.Val600Glu & KRAS wild_type"}, {"gene": "BCR", "alteration": "fusion ABL1"},
                  {"gene": "EGFR", "alteration": "mutation"})  # fmt: skip
    told = {gene: [fact.id for fact in knowledgebase.facts_on(found, TREE, gene)] for gene in ("BRAF", "KRAS", "ABL1", "")}
    assert told == {"BRAF": ["x0"], "KRAS": ["x0"], "ABL1": ["x1"], "": ["x1", "x0", "x2"]}


@pytest.mark.parametrize(
    ("code", "ids"),
    [
        ("MEL", ["x0", "x2"]),
        ("SKCM", ["x0", "x2"]),  # under it
        ("LUAD", ["x1", "x2"]),
        ("COADREAD", []),  # excepted from the fact for any solid tumour
        ("AML", []),
        ("", ["x0", "x1", "x2"]),
    ],
)
def test_facts_of_a_tumour_type_are_those_that_hold_there(code: str, ids: list[str]) -> None:
    solid = {"tumor_types": ("any_solid",), "except_types": ("COADREAD",), "level": "C"}
    found = facts({}, {"tumor_types": ("NSCLC",)}, solid)
    assert [fact.id for fact in knowledgebase.facts_on(found, TREE, tumor_type=code)] == ids


def test_what_is_not_read_by_reason_and_by_gene() -> None:
    records = [Unread("s", "1", "KIT p.A1B in X", "odd"), Unread("s", "2", "KITLG up", "odd"), Unread("r", "3", "A", "b")]
    assert knowledgebase.by_reason(records) == [
        ReasonCount("r", 1, "b", "3: A"), ReasonCount("s", 2, "odd", "1: KIT p.A1B in X")
    ]  # fmt: skip
    assert [item.id for item in knowledgebase.unread_on(records, "KIT")] == ["1"]
    assert knowledgebase.unread_on(records, "") == records


def test_families_have_the_best_level_of_each_axis() -> None:
    found = facts(
        {"level": "C"},
        {"tumor_types": ("SKCM", "UM"), "level": "B"},  # skin and eye
        {"level": "A", "supports": False},
        {"level": "A", "withdrawn_on": "2024-07-15"},
        {"axis": Axis.RESISTANCE, "level": "D"},
        {"gene": "BCR", "alteration": "fusion ABL1", "tumor_types": ("CML",), "level": "A"},
        {"tumor_types": ("any_solid",), "axis": Axis.DIAGNOSTIC, "effect": "positive", "therapy": "", "level": "B"},
    )
    rows = knowledgebase.families(found, TREE)
    assert rows == [
        Family("ABL1", "MYELOID", "A", "", "", ""),
        Family("BCR", "MYELOID", "A", "", "", ""),
        Family("BRAF", "EYE", "B", "", "", ""),
        Family("BRAF", "SKIN", "B", "D", "", ""),
        Family("BRAF", "any_solid", "", "", "B", ""),
    ]
    assert knowledgebase.columns(rows, TREE) == ["any_solid", "EYE", "SKIN", "MYELOID"]
