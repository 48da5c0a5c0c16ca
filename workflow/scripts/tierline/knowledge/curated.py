"""Our own curated facts: ``resources/knowledge/curated/*.tsv``, one fact a row, each with its source.

The columns are the fields of ``Evidence`` but ``knowledge``, which is set here, and ``supports``: every one does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, make_dataclass
from datetime import date
from pathlib import Path
from typing import Any

from tierline.alterations import parse as parse_alteration
from tierline.knowledge import own_or_shipped
from tierline.oncotree import ONCOTREE_TSV, OncoTree
from tierline.problems import InputError, Problem, did_you_mean
from tierline.records import Axis, Evidence
from tierline.tables import read_rows

NAME = "curated"

AXES = tuple(axis.value for axis in Axis)
LEVELS = ("A", "B", "C", "D")
EFFECTS = {
    Axis.SENSITIVITY: ("",),
    Axis.RESISTANCE: ("",),
    Axis.DIAGNOSTIC: ("positive", "negative"),
    Axis.PROGNOSTIC: ("better", "worse"),
}
APPROVED_TEST = ("", "yes", "no", "unknown")
JURISDICTIONS = ("FDA", "EMA", "MHRA", "PMDA", "Health Canada", "Swissmedic", "TGA")  # others are added here
TUMOR_WORDS = ("any_solid", "any_haematological", "any")
REQUIRED = ("id", "gene", "alteration", "tumor_types", "source", "source_date", "looked_up", "read_on")
LISTS = ("tumor_types", "except_types", "jurisdictions")

# A row as it is written: every cell is text, so that all faults of a table can be told at once.
NO_COLUMNS = ("knowledge", "supports")
Row: type[Any] = make_dataclass("Row", [(field.name, str) for field in fields(Evidence) if field.name not in NO_COLUMNS])


def read(folder: Path) -> Iterator[Evidence]:
    """Every fact of every table, in the order of file names. Raises InputError with all problems of all tables."""
    oncotree = OncoTree.load(own_or_shipped(folder, ONCOTREE_TSV))
    problems: list[Problem] = []
    facts: list[Evidence] = []
    seen: dict[str, str] = {}
    for path in _tables(folder):
        try:
            rows = list(zip(read_rows(path, Row), _line_numbers(path), strict=True))  # the first one tells what is wrong
        except InputError as error:
            problems += error.problems
            continue
        for row, number in rows:
            cells = {name: str(value) for name, value in vars(row).items()}
            found = [Problem(str(path), number, *fault) for fault in _faults(cells, oncotree)]
            if cells["id"] in seen:
                found.append(
                    Problem(str(path), number, "id", cells["id"], "the id is used twice", f"It is in {seen[cells['id']]}.")
                )
            seen[cells["id"]] = f"{path.name}, row {number}"
            problems += found
            if not found:
                facts.append(_evidence(cells))
    if problems:
        raise InputError(problems)
    return iter(facts)


def release(folder: Path) -> dict[str, str]:
    """Name, release and date (the latest day a fact was read), licence, number of facts."""
    read_on = [row.read_on for path in _tables(folder) for row in read_rows(path, Row)]
    latest = max(read_on, default="")
    return {
        "name": "Tierline curated facts",
        "release": latest,
        "date": latest,
        "licence": "MIT",
        "items": str(len(read_on)),
    }


def _tables(folder: Path) -> list[Path]:
    return sorted((folder / "curated").glob("*.tsv"))


def _line_numbers(path: Path) -> Iterator[int]:
    """The lines of ``path`` that ``read_rows`` yields: neither comment, blank, nor header."""
    with open(path, encoding="utf-8-sig") as handle:
        numbers = [number for number, line in enumerate(handle, 1) if line.strip() and not line.startswith("#")]
    yield from numbers[1:]


def _evidence(cells: dict[str, str]) -> Evidence:
    lists = {name: tuple(cells[name].split(";")) if cells[name] else () for name in LISTS}
    return Evidence(**{**cells, **lists, "axis": Axis(cells["axis"]), "knowledge": NAME})  # type: ignore[arg-type]


def _faults(cells: dict[str, str], oncotree: OncoTree) -> Iterator[tuple[str, str, str, str]]:
    """(column, value, message, remedy) of everything that is wrong with one row."""
    for name in REQUIRED:
        if not cells[name]:
            yield name, "", "the cell is empty", "Every fact needs it."
    if cells["alteration"]:
        try:
            parse_alteration(cells["alteration"], cells["gene"])
        except ValueError as error:
            yield "alteration", cells["alteration"], "the alteration can't be read", str(error)
    for column in ("tumor_types", "except_types"):
        for code in filter(None, cells[column].split(";")):
            if not oncotree.exists(code) and not (column == "tumor_types" and code in TUMOR_WORDS):
                newer = oncotree.replaced_by(code)
                remedy = f"It is {newer} now." if newer else did_you_mean(code, (*oncotree.codes, *TUMOR_WORDS))
                yield column, code, "no such OncoTree code", remedy
    if cells["axis"] not in AXES:
        yield "axis", cells["axis"], "no such axis", did_you_mean(cells["axis"], AXES)
    elif cells["effect"] not in EFFECTS[Axis(cells["axis"])]:
        allowed = " or ".join(EFFECTS[Axis(cells["axis"])]) or "an empty cell"
        yield "effect", cells["effect"], f"the effect does not fit the axis {cells['axis']}", f"Write {allowed}."
    if cells["axis"] in (Axis.SENSITIVITY, Axis.RESISTANCE) and not cells["therapy"]:
        yield "therapy", "", "the therapy is missing", "Name its components, joined by ' + '."
    if cells["level"] not in LEVELS:
        yield "level", cells["level"], "no such level", did_you_mean(cells["level"], LEVELS)
    if cells["level"] == "A" and cells["withdrawn_on"]:
        yield "level", "A", "a withdrawn approval gives no level A", "Write the level of what evidence remains."
    for agency in filter(None, cells["jurisdictions"].split(";")):
        if agency not in JURISDICTIONS:
            yield "jurisdictions", agency, "no such agency", did_you_mean(agency, JURISDICTIONS)
    if cells["approved_test"] not in APPROVED_TEST:
        yield "approved_test", cells["approved_test"], "no such answer", did_you_mean(cells["approved_test"], APPROVED_TEST)
    for column, shapes in (
        ("source_date", r"\d{4}(-\d\d(-\d\d)?)?"),
        ("read_on", r"\d{4}-\d\d-\d\d"),
        ("withdrawn_on", r"\d{4}-\d\d-\d\d"),
    ):
        if cells[column] and not _is_date(cells[column], shapes):
            yield column, cells[column], "the date can't be read", "Write YYYY-MM-DD."


def _is_date(text: str, shape: str) -> bool:
    if not re.fullmatch(shape, text):
        return False
    try:
        date.fromisoformat((text + "-01-01")[:10])
    except ValueError:
        return False
    return True
