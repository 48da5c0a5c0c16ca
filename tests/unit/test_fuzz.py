"""Anything at all in the files that a user writes: read, or refused in words; and no row is passed over in silence."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from test_refuse import build_base
from tierline.assays import load_assay, read_bed
from tierline.knowledge import KNOWLEDGE, load_knowledge
from tierline.laboratory import states_of, variants_of
from tierline.panels import load_panel
from tierline.problems import InputError, Problem
from tierline.sheets import load_project

EXAMPLES = int(os.environ.get("TIERLINE_FUZZ", "25"))  # of each test; more of them find rarer faults
QUICK = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
HOSTILE = (
    "\t", "\n", "\r", "#", "{}", "[", "]", ": ", "- ", "null", "../", "$(x)", "<script>", "\x00", "\u00e9", "&a ", "*a",
    "!!python/object:os.system", "5: 6\n", "\ufeff", ".nan", ".inf", "1e999", "2026-13-45", "? ", "%", "'", '"', "[" * 3000,
    "9" * 5000, "\u2028", "\x85", "-", "0", ";", "\ud800",
)  # fmt: skip
TEXT = st.text(max_size=6) | st.sampled_from(HOSTILE)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    build_base(tmp_path / "run")
    monkeypatch.chdir(tmp_path / "run")
    return tmp_path / "run"


def told(call: Callable[[], object]) -> tuple[Problem, ...]:
    """The problems of a call; () where it went through. Whatever else is raised fails the test."""
    try:
        call()
    except InputError as error:
        assert error.problems
        for problem in error.problems:
            assert problem.message and problem.remedy, problem
            str(problem).encode("utf-8", "surrogatepass")
        return error.problems
    return ()


# --------------------------------------------------------------------------- no traceback

FILES = (
    "config/panels/mini/panel.yaml", "config/panels/mini/genes.tsv", "config/panels/mini/hotspots.tsv",
    "config/assays/mini/assay.yaml", "config/assays/mini/targets.bed", "reference/transcripts.tsv", "reference/genes.gtf",
    "reference/genome.fa.fai", "config/config.yaml", "config/samples.tsv", "config/units.tsv",
)  # fmt: skip


@pytest.mark.parametrize("name", FILES)
@QUICK
@given(at=st.integers(0, 400), drop=st.integers(0, 30), text=TEXT)
@example(at=9, drop=1, text="9" * 5000)  # in the place of a position
@example(at=29, drop=2, text="\u00b2")  # a digit that is no number
def test_a_file_with_anything_in_it(run: Path, name: str, at: int, drop: int, text: str) -> None:
    path = run / name
    (run / "reference/genome.fa.fai").write_text("chr1\t600\t6\t60\t61\nchr2\t300\t622\t60\t61\n")
    kept = path.read_bytes()
    before = kept.decode()
    path.write_bytes((before[:at] + text + before[at + drop :]).encode("utf-8", "surrogatepass"))
    try:
        told(lambda: load_project("config/config.yaml", run))
    finally:
        path.write_bytes(kept)


@QUICK
@given(content=st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(content=b"\x1f\x8b\x08\x04" + bytes(20))
@example(content=b"\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\xff\x06\x00BC\x02\x00\x1b\x00")
def test_bytes_in_the_place_of_any_file(run: Path, content: bytes) -> None:
    names = [*FILES, "reference/genome.fa", "reads/T1_R1.fastq.gz", "reads/T2_R2.fastq.gz"]
    name = names[len(content) % len(names)]
    path = run / name
    kept = path.read_bytes() if path.exists() else None
    path.write_bytes(content)
    try:
        told(lambda: load_project("config/config.yaml", run))
    finally:
        path.unlink() if kept is None else path.write_bytes(kept)


# --------------------------------------------------------------------------- no silent skip


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose rows are set apart by what may stand between them: blank lines and comments."""
    gaps = ("", "\n", "# a comment\n")
    return "\t".join(header) + "\n" + "".join(gaps[n % 3] + "\t".join(cells) + "\n" for n, cells in enumerate(rows))


def lines_of(text: str) -> list[int]:
    """The 1-based lines of the rows below the header."""
    return [n for n, line in enumerate(text.split("\n"), 1) if line.strip() and not line.startswith("#")][1:]


def spoilt(header: Sequence[str], faults: dict[str, str]) -> st.SearchStrategy[list[str]]:
    """For each of some rows the column to spoil, "" for a good row."""
    return st.lists(st.sampled_from(["", "", *faults]), min_size=1, max_size=6)


SAMPLES = ("sample", "patient", "kind", "tumor_type", "assay", "panels", "purity", "material")
SAMPLE_FAULTS = {"sample": "a b", "patient": "<b>", "kind": "tumour", "tumor_type": "LUNGG", "assay": "none-such",
                 "panels": "mini;mini", "purity": "80", "material": "ffpe"}  # fmt: skip


@QUICK
@given(columns=spoilt(SAMPLES, SAMPLE_FAULTS))
def test_every_sample_is_read_or_named(run: Path, columns: list[str]) -> None:
    rows = []
    for number, column in enumerate(columns):
        cells = dict(
            zip(SAMPLES, (f"S{number}", f"P{number}", "tumor", "LUAD", "mini", "mini", "0.5", "FFPE"), strict=True)
        )
        rows.append(list((cells | {c: v for c, v in SAMPLE_FAULTS.items() if c == column}).values()))
    text = table(SAMPLES, rows)
    (run / "config/samples.tsv").write_text(text)
    unit = "\t{}\tL\tF\t1\treads/T1_R1.fastq.gz\treads/T1_R2.fastq.gz\n"
    units = "sample\tunit\tlibrary\tflowcell\tlane\tfq1\tfq2\n" + "".join(row[0] + unit.format("u") for row in rows)
    (run / "config/units.tsv").write_text(units)
    projects: list[Any] = []
    problems = told(lambda: projects.append(load_project("config/config.yaml", run, look_into_files=False)))
    named = {(p.row, p.column) for p in problems if p.file == "config/samples.tsv"}
    expected = {(line, column) for line, column in zip(lines_of(text), columns, strict=True) if column}
    assert expected == named
    if not expected:
        assert [s.sample for s in projects[0].samples] == [row[0] for row in rows] == [u.sample for u in projects[0].units]


STATED = ("sample", "gene", "alteration", "value", "unit", "method", "date")
STATED_CELLS = (
    ("T1", "N1", "T 1"),
    ("ALK", "ERBB2", "MSI", "TMB", "CD274", "Chr3", "Chr99", "HER2", "alk"),
    (
        "fusion",
        "fusion EML4",
        "high",
        "low",
        "overexpression",
        "expression",
        "loss",
        "wild_type",
        "!fusion",
        "fusion & low",
    ),
    ("detected", "not_detected", "0", "3+", "60", "nan", "-1", "1e9"),
    ("", "IHC", "%", "TPS", "mut/Mb", "copies"),
    ("IHC", "FISH"),
    ("2026-01-02", "2026-13-02"),
)


@QUICK
@given(cells=st.tuples(*(st.sampled_from(words) | TEXT for words in STATED_CELLS)))
@example(cells=("T1", "MSI", "high", "not_detected", "", "PCR", "2026-01-02"))
@example(cells=("T1", "CD274", "expression", "60", "TPS", "IHC", "2026-01-02"))
def test_what_the_laboratory_states_is_found_or_not_found_or_refused(run: Path, cells: tuple[str, ...]) -> None:
    (run / "config/findings.tsv").write_bytes(
        ("\t".join(STATED) + "\n" + "\t".join(cells) + "\n").encode("utf-8", "surrogatepass")
    )
    config = run / "config/config.yaml"
    if "findings" not in config.read_text():
        config.write_text(f"findings: config/findings.tsv\n{config.read_text()}")
    projects: list[Any] = []
    if not told(lambda: projects.append(load_project("config/config.yaml", run))):
        for statement in projects[0].statements:
            assert len([*variants_of([statement])]) + len(states_of([statement])) == 1


HOTSPOTS = ("gene", "locus", "residue", "why", "source")
HOTSPOT_FAULTS = {"gene": "NOWHERE", "locus": "p.V600E", "residue": "Val", "source": ""}


@QUICK
@given(columns=spoilt(HOTSPOTS, HOTSPOT_FAULTS))
def test_every_hotspot_is_read_or_named(run: Path, columns: list[str]) -> None:
    rows = []
    for number, column in enumerate(columns):
        cells = dict(zip(HOTSPOTS, ("GENEA", f"p.{number + 1}", "V", "a test", "invented"), strict=True))
        rows.append(list((cells | {c: v for c, v in HOTSPOT_FAULTS.items() if c == column}).values()))
    text = table(HOTSPOTS, rows)
    (run / "config/panels/mini/hotspots.tsv").write_text(text)
    panels: list[Any] = []
    problems = told(lambda: panels.append(load_panel(run / "config/panels/mini")))
    expected = {(line, column) for line, column in zip(lines_of(text), columns, strict=True) if column}
    assert {(p.row, p.column) for p in problems} == expected
    if not expected:
        assert {h.locus for h in panels[0].hotspots} == {row[1] for row in rows}


BED_FAULTS = {"start": "1,000", "end": "5", "chrom": "chr9"}


@QUICK
@given(columns=spoilt(("chrom", "start", "end"), BED_FAULTS))
def test_every_interval_is_read_or_named(run: Path, columns: list[str]) -> None:
    rows = []
    for number, column in enumerate(columns):
        cells = {"chrom": "chr1", "start": str(10 + 20 * number), "end": str(20 + 20 * number)}
        rows.append(list((cells | {c: v for c, v in BED_FAULTS.items() if c == column}).values()))
    text = table(("#chrom", "start", "end"), rows)
    path = run / "config/assays/mini/targets.bed"
    path.write_text(text)
    found: list[Any] = []
    problems = told(lambda: found.append(read_bed(path, {"chr1": 600})))
    lines = [n for n, line in enumerate(text.split("\n"), 1) if line.strip() and not line.startswith("#")]
    expected = {(line, column) for line, column in zip(lines, columns, strict=True) if column}
    assert {(p.row, p.column) for p in problems} == expected
    if not expected:
        assert [list(map(str, target)) for target in found[0]] == rows
        assert len(load_assay(path.parent, "mini").targets) == len(rows)


# --------------------------------------------------------------------------- knowledge

FACTS = sorted((KNOWLEDGE / "curated").glob("*.tsv"))[0]
FACT_FAULTS = {"tumor_types": "LUNGG", "axis": "sensitive", "level": "E", "read_on": "2026-02-30", "alteration": "{}",
               "source": ""}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A knowledge folder with one small table of facts."""
    (tmp_path / "curated").mkdir()
    return tmp_path


def facts() -> tuple[list[str], list[list[str]]]:
    """The header and the first rows of a shipped table."""
    lines = [line.split("\t") for line in FACTS.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    return lines[0], lines[1:7]


@QUICK
@given(columns=spoilt((), FACT_FAULTS))
def test_every_fact_is_read_or_named(folder: Path, columns: list[str]) -> None:
    header, shipped = facts()
    rows = [list(row) for row in shipped[: len(columns)]]
    for row, column in zip(rows, columns, strict=True):
        if column:
            row[header.index(column)] = FACT_FAULTS[column]
    text = table(header, rows)
    (folder / "curated/facts.tsv").write_text(text, encoding="utf-8")
    found: list[Any] = []
    problems = told(lambda: found.append(load_knowledge(["curated"], folder)))
    expected = {(line, column) for line, column in zip(lines_of(text), columns, strict=True) if column}
    assert expected <= {(p.row, p.column) for p in problems} and {p.row for p in problems} == {row for row, _ in expected}
    if not expected:
        assert [item.id for item in found[0].evidence] == [row[header.index("id")] for row in rows]


@QUICK
@given(at=st.integers(0, 3000), drop=st.integers(0, 30), text=TEXT)
@example(at=0, drop=0, text="\ud800")
def test_a_table_of_facts_with_anything_in_it(folder: Path, at: int, drop: int, text: str) -> None:
    header, rows = facts()
    before = table(header, rows)
    content = (before[:at] + text + before[at + drop :]).encode("utf-8", "surrogatepass")
    (folder / "curated/facts.tsv").write_bytes(content)
    told(lambda: load_knowledge(["curated"], folder))


def test_a_table_of_facts_that_is_a_folder(folder: Path) -> None:
    (folder / "curated/facts.tsv").mkdir()
    assert told(lambda: load_knowledge(["curated"], folder))


def test_a_knowledge_folder_without_facts_is_said(folder: Path) -> None:
    shutil.rmtree(folder / "curated")
    assert os.listdir(folder) == []
    knowledge = load_knowledge(["curated"], folder)
    assert knowledge.evidence == () and knowledge.releases[0]["items"] == "0"
