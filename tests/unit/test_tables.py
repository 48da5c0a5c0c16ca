"""Tables: every record is read as it was written, and a faulty table is refused with its place."""

from __future__ import annotations

import dataclasses
import tempfile
import types
import typing
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tierline import records
from tierline.problems import InputError
from tierline.records import Complete, Locus, State, ToolVersion, Verdict
from tierline.tables import Intervals, format_value, read_rows, write_rows

ALL = [c for c in vars(records).values() if isinstance(c, type) and dataclasses.is_dataclass(c)]
CELLS = (str, int, float, bool, int | None, float | None, tuple[str, ...], tuple[int | None, ...], Intervals)


def is_table(cls: type) -> bool:
    """True for a record whose every field fits into one cell."""
    hints = typing.get_type_hints(cls)
    return all(hint in CELLS or (isinstance(hint, type) and issubclass(hint, StrEnum)) for hint in hints.values())


TABLES = [cls for cls in ALL if is_table(cls)]

# one line of text: no tab or line break; a first cell that begins with # would make the line a comment
text = st.text(st.characters(blacklist_characters="\t\n\r", blacklist_categories=["Cs"]), max_size=8)
word = st.text(st.characters(blacklist_characters="\t\n\r;#", blacklist_categories=["Cs"]), min_size=1, max_size=8)
name = word.filter(lambda s: bool(s.strip()) and not s.startswith("\ufeff"))
fraction = st.floats(0, 1).map(lambda x: float(f"{x:.6g}"))
interval = st.tuples(st.integers(0, 10**9), st.integers(0, 10**9))


def cell(hint: Any) -> st.SearchStrategy[Any]:
    if isinstance(hint, types.UnionType):
        return st.none() | cell(next(arm for arm in typing.get_args(hint) if arm is not types.NoneType))
    if hint == Intervals:
        return st.lists(interval, max_size=3).map(tuple)
    if hint == tuple[int | None, ...]:  # a single None is written as nothing, as no item is
        return st.lists(st.none() | st.integers(0, 10**9), max_size=3).map(tuple).filter(lambda row: row != (None,))
    if typing.get_origin(hint) is tuple:
        return st.lists(word, max_size=3).map(tuple)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return st.sampled_from(list(hint))
    return {str: text, int: st.integers(-(10**9), 10**9), float: fraction, bool: st.booleans()}[hint]


def row_of(cls: type) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(cls)
    first = next(iter(hints))
    return st.builds(cls, **{key: name if key == first and hint is str else cell(hint) for key, hint in hints.items()})


def test_nearly_every_record_is_a_table() -> None:
    left_out = {cls.__name__ for cls in ALL} - {cls.__name__ for cls in TABLES}
    assert left_out == {
        "EvidenceMatch",
        "TierResult",
        "AnnotatedCall",
        "Oncogenicity",
        "Call",
    }  # they hold other records, or counts in a row
    assert len(TABLES) >= 15


@pytest.mark.parametrize("cls", TABLES, ids=lambda cls: cls.__name__)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_what_is_written_is_read(cls: type, data: st.DataObject) -> None:
    rows = data.draw(st.lists(row_of(cls), max_size=3))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rows.tsv")
        assert write_rows(path, cls, rows) == len(rows)
        assert list(read_rows(path, cls)) == rows
        assert path.read_text(encoding="utf-8").split("\n")[0].split("\t") == [f.name for f in dataclasses.fields(cls)]
        assert [entry.name for entry in Path(folder).iterdir()] == ["rows.tsv"]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""), ("", ""), ((), ""), (True, "yes"), (False, "no"), (0, "0"), (0.0, "0"), (1 / 3, "0.333333"),
        (152000.0, "152000"), (("a", "b"), "a;b"), (((1, 4), (9, 10)), "1-4;9-10"), (State.NOT_COVERED, "not_covered"),
        ("two\nlines\tand a tab", "two lines and a tab"), ('a "quoted" word', 'a "quoted" word'),
    ],
)  # fmt: skip
def test_one_cell(value: object, written: str) -> None:
    assert format_value(value) == written


def table(folder: Path, *lines: str) -> Path:
    path = folder / "t.tsv"
    path.write_bytes("\n".join(lines).encode("utf-8"))
    return path


HEADER = "path\tsample\tpanel\tstate\twhy"
ROW = "a.bam\tT1\t\tcomplete\t"


def test_harmless_forms_are_read(tmp_path: Path) -> None:
    path = table(tmp_path, "\ufeff# a comment", "", HEADER + "\r", "# another", ROW + "\r", "   ", "")
    assert list(read_rows(path, Complete)) == [Complete("a.bam", "T1", "", "complete", "")]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((), [(None, "", "the header is missing", "Begin with the columns path, sample, panel, state, why.")]),
        (
            ("# words", "path\tsample\tpanle\tstate\twhy", ROW),
            [
                (2, "panle", "the column is not known", "Did you mean 'panel'? Allowed: panel."),
                (2, "panel", "the column is missing", "Add the column panel."),
            ],
        ),
        ((HEADER + "\tpath", ROW), [(1, "path", "the column stands twice", "Keep one of them.")]),
        (
            ("sample\tpath\tpanel\tstate\twhy", ROW),
            [(1, "", "the columns stand in another order", "Write path, sample, panel, state, why.")],
        ),
        (
            (HEADER, "a.bam\tT1", ROW, ROW + "\tx"),
            [
                (2, "", "2 cells instead of 5", "Separate the columns by single tabs."),
                (4, "", "6 cells instead of 5", "Separate the columns by single tabs."),
            ],
        ),
    ],
)  # fmt: skip
def test_every_fault_of_a_table_is_told(
    tmp_path: Path, lines: tuple[str, ...], expected: list[tuple[int | None, str, str, str]]
) -> None:
    path = table(tmp_path, *lines)
    with pytest.raises(InputError) as refusal:
        list(read_rows(path, Complete))
    assert [(p.row, p.column, p.message, p.remedy) for p in refusal.value.problems] == expected
    assert {p.file for p in refusal.value.problems} == {str(path)}


def test_text_of_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.tsv"
    path.write_bytes(f"{HEADER}\n{ROW}\nM\u00fcller.bam\tT1\t\tcomplete\t\n".encode("latin-1"))
    with pytest.raises(InputError, match="not UTF-8"):
        list(read_rows(path, Complete))


@pytest.mark.parametrize(
    ("cls", "column", "value"),
    [
        (Verdict, "value", "much"),
        (Verdict, "value", "nan"),
        (Verdict, "value", "inf"),
        (Locus, "intervals", "12"),
        (Locus, "intervals", "a-b"),
        (Locus, "in_assay", "true"),
        (records.LocusAnswer, "state", "maybe"),
        (records.Candidate, "pos1", "1.5"),
    ],
)
def test_a_faulty_cell_is_named(tmp_path: Path, cls: type, column: str, value: str) -> None:
    names = [f.name for f in dataclasses.fields(cls)]
    good = {"value": "1", "intervals": "", "in_assay": "no", "state": "detected", "pos1": "1", "variant_class": "snv"}
    numbers = {f.name: "0" for f in dataclasses.fields(cls) if f.type == "int"}
    cells = {"tier": "I"} | dict.fromkeys(names, "") | numbers | good | {column: value}
    path = table(tmp_path, "\t".join(names), "\t".join(cells[n] for n in names))
    with pytest.raises(InputError) as refusal:
        list(read_rows(path, cls))
    [problem] = refusal.value.problems
    assert (problem.row, problem.column, problem.value) == (2, column, value)
    assert problem.message == "the value does not fit its column"


def test_a_failed_write_leaves_the_old_table(tmp_path: Path) -> None:
    def rows() -> typing.Iterator[ToolVersion]:
        yield ToolVersion("bwa", "1", "1", "x", "align")
        raise ZeroDivisionError

    path = tmp_path / "new" / "t.tsv"
    assert write_rows(path, ToolVersion, []) == 0
    before = path.read_bytes()
    with pytest.raises(ZeroDivisionError):
        write_rows(path, ToolVersion, rows())
    assert path.read_bytes() == before
    assert list(read_rows(path, ToolVersion)) == []
