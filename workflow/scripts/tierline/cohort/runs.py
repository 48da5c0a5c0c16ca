"""The cases of runs that are done, read from their results folders for ``tierline cohort``."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

from tierline.case import from_json
from tierline.cohort import Row, row_of, unfinished_row
from tierline.dashboard import unfinished_results
from tierline.problems import InputError, Problem
from tierline.records import Expected, Failed
from tierline.tables import read_rows


def read_runs(folders: Sequence[Path], page: Path) -> tuple[list[Row], list[str]]:
    """The cases of every run as rows of the page ``page``, and in words what lies there and is left out.

    A folder is a run directory or its ``results``. Raises InputError with every folder without results, every run that is
    named twice and every case file that cannot be read: a cohort that lacks a case in silence would be wrong.
    """
    problems: list[Problem] = []
    places: dict[Path, Path] = {}  # results folder, by what it was called
    for folder in folders:
        results = folder / "results" if (folder / "results" / "interpret").is_dir() else folder
        if not (results / "interpret").is_dir():
            problems.append(_wrong(folder, "there is no interpret/ in it", "Name a run directory or its results folder."))
        elif results.resolve() in places:
            problems.append(_wrong(folder, "this run is named twice", "Name it once."))
        else:
            places[results.resolve()] = results
    rows: list[Row] = []
    notes: list[str] = []
    for place, run in zip(places, _names(list(places)), strict=True):
        try:
            notes += _left_out(place)
            rows += _rows(place, run if len(places) > 1 else "", page)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return rows, notes


def _rows(results: Path, run: str, page: Path) -> Iterator[Row]:
    problems: list[Problem] = []
    failed = list(read_rows(results / "run/failed.tsv", Failed)) if (results / "run/failed.tsv").is_file() else []
    for sample, panel in _owed(results):
        path = results / f"interpret/{sample}.{panel}.json"
        if not path.is_file():
            yield unfinished_row(unfinished_results(sample, panel, failed), run)
            continue
        try:
            case = from_json(path.read_text(encoding="utf-8"), str(path))
        except (InputError, UnicodeDecodeError) as error:
            more = error.problems if isinstance(error, InputError) else [_wrong(path, "not UTF-8", "Make it anew.")]
            problems += more
            continue
        report = results / f"report/{sample}.{panel}.html"
        link = quote(os.path.relpath(report, page.resolve().parent)) if report.is_file() else ""
        yield row_of(case, link, run)
    if problems:
        raise InputError(problems)


def _owed(results: Path) -> list[tuple[str, str]]:
    """Sample and panel of the cases that the run owes; without its list of products, of those that are there."""
    expected = results / "run/expected.tsv"
    if expected.is_file():
        return [(row.sample, row.panel) for row in read_rows(expected, Expected) if row.kind == "json"]
    return sorted(_there(results))


def _there(results: Path) -> list[tuple[str, str]]:
    named = (path.stem.partition(".") for path in (results / "interpret").glob("*.json"))
    return [(sample, panel) for sample, _, panel in named]


def _left_out(results: Path) -> list[str]:
    """Case files of samples that a run no longer has."""
    return [f"left out, the run does not have it any more: {results}/interpret/{sample}.{panel}.json"
            for sample, panel in sorted(set(_there(results)) - set(_owed(results)))]  # fmt: skip


def _names(places: Sequence[Path]) -> list[str]:
    """What to call the runs: by their folders, as much of the path as tells them apart."""
    folders = [place.parent if place.name == "results" else place for place in places]
    for parts in range(1, max((len(folder.parts) for folder in folders), default=1)):
        names = ["/".join(folder.parts[-parts:]) for folder in folders]
        if max(Counter(names).values()) == 1:
            return names
    return list(map(str, folders))


def _wrong(place: Path, message: str, remedy: str) -> Problem:
    return Problem(str(place), None, "", "", message, remedy)
