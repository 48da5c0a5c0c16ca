"""Earlier reports: kept under their numbers before a run may overwrite them, and compared with what replaces them.

``results/report/archive/<tumor>.<panel>.<n>.html`` is report ``n`` of the case, ``.json`` its case file. ``tierline run``
calls ``keep`` before Snakemake starts and ``release`` when it has ended: what was not overwritten is then taken out again.
Whatever ends a run in between, an earlier report is there at least once.
"""

from __future__ import annotations

import filecmp
import html
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tierline.case import Case, from_json, to_json
from tierline.changes import Change, changes
from tierline.curation import SIGNED
from tierline.problems import InputError, Problem
from tierline.report import COST, Since, case_digest, render

if TYPE_CHECKING:
    from tierline.sheets import Project

HEAD = re.compile(r'<meta name="tierline:([\w-]+)" content="(.*?)">')
REPORTS, CASES, ARCHIVE = Path("results/report"), Path("results/interpret"), Path("results/report/archive")


@dataclass(frozen=True, slots=True)
class Report:
    """A finished page, by what its head says."""

    path: Path
    number: int
    made_on: str  # YYYY-MM-DD
    status: str  # DRAFT | FINAL | AMENDED
    content: str  # digest of what is signed
    case_digest: str  # SHA-256 of the case file that it was made from

    @property
    def case_file(self) -> Path:
        """Where the archive has the case file of an archived page."""
        return self.path.with_suffix(".json")


def read_report(path: Path) -> Report | None:
    """The page of a case; None where it is not there, or not whole."""
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    said = {name: html.unescape(value) for name, value in HEAD.findall(text)}
    if not text.rstrip().endswith("</html>") or "case" not in said:
        return None
    number = said.get("number", "1")
    return Report(path, int(number), *(said.get(name, "") for name in ("made-on", "status", "content", "case-file")))


def archived(case: str, folder: Path) -> list[Report]:
    """The earlier reports of a case (``<tumor>.<panel>``), ascending by the number of their file."""
    found = []
    for path in folder.glob(f"{case}.*.html"):
        number = path.name.removeprefix(f"{case}.").removesuffix(".html")
        if number.isdigit() and (report := read_report(path)):
            found.append((int(number), report))
    return [report for _, report in sorted(found, key=lambda item: item[0])]


# --------------------------------------------------------------------------- around a run


def keep(workdir: Path, cases: Iterable[tuple[str, str]]) -> list[Path]:
    """Put every finished report that is not in the archive yet there, with its case file; returns their places.

    A case file that is not the one of its page (a run was interrupted between the two) is left out.
    """
    kept = []
    for case in map(".".join, cases):
        report = read_report(workdir / REPORTS / f"{case}.html")
        if report is None:
            continue
        earlier = archived(case, workdir / ARCHIVE)
        is_there = bool(earlier) and filecmp.cmp(earlier[-1].path, report.path, shallow=False)
        number = max(report.number, _number(earlier[-1]) + 1 if earlier else 1)
        target = earlier[-1].path if is_there else workdir / ARCHIVE / f"{case}.{number}.html"
        case_file = workdir / CASES / f"{case}.json"
        if case_file.is_file() and case_digest(case_file.read_text(encoding="utf-8")) == report.case_digest:
            _link(case_file, target.with_suffix(".json"))
        if not is_there:
            _link(report.path, target)
            kept.append(target)
    return kept


def release(workdir: Path, cases: Iterable[tuple[str, str]]) -> None:
    """Take the latest archived report of a case out again where it and its case file are still the present ones."""
    for case in map(".".join, cases):
        pairs = ((workdir / REPORTS / f"{case}.html", ".html"), (workdir / CASES / f"{case}.json", ".json"))
        for last in archived(case, workdir / ARCHIVE)[-1:]:
            twins = [(present, last.path.with_suffix(end)) for present, end in pairs]
            if all(a.is_file() and b.is_file() and filecmp.cmp(a, b, shallow=False) for a, b in twins):
                for _, copy in twins:
                    copy.unlink()
    archive = workdir / ARCHIVE
    if archive.is_dir() and not any(archive.iterdir()):
        archive.rmdir()


def _number(report: Report) -> int:
    """The number in the file's name."""
    return int(report.path.name.split(".")[-2])


def _link(source: Path, target: Path) -> None:
    """One more name for the file; a copy where the file system has no such thing. In one step: never half of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.part")
    partial.unlink(missing_ok=True)
    try:
        os.link(source, partial)
    except OSError:
        shutil.copy2(source, partial)
    partial.replace(target)
    partial.unlink(missing_ok=True)  # where both were one file already, nothing was moved


# --------------------------------------------------------------------------- the page that replaces them


def next_page(case: Case, tiers: Sequence[str], today: str, folder: Path, cost: str = "") -> str:
    """The report of a case after those in the archive ``folder``: with its number, and what changed since.

    Where it would say and look what the latest of them does, it is that one: with its number, its date and what it cost.
    ``today``: YYYY-MM-DD; ``cost``: what the sample took, in words.
    """
    earlier = archived(f"{case.sample.sample}.{case.panel.id}", folder)
    if not earlier:
        return render(case, tiers, today, cost=cost)
    last = earlier[-1]
    again = render(case, tiers, last.made_on, last.number, since(case, earlier[:-1]))
    page = last.path.read_text(encoding="utf-8")
    if again == COST.sub("", page):
        return page
    return render(case, tiers, today, _number(last) + 1, since(case, earlier), cost)


def since(case: Case, earlier: Sequence[Report]) -> tuple[Since, ...]:
    """What a report tells its changes from: the latest that was made from another case file, and the latest signed one."""
    present = case_digest(to_json(case))
    others = [report for report in earlier if report.case_digest != present]
    signed = [report for report in others if report.status in SIGNED and report.content != case.content]
    chosen = dict.fromkeys([*others[-1:], *signed[-1:]])
    return tuple(Since(_number(report), report.made_on, report.status, _changes(report, case)) for report in chosen)


def _changes(report: Report, case: Case) -> tuple[Change, ...] | None:
    try:
        old = from_json(report.case_file.read_text(encoding="utf-8"), str(report.case_file))
    except (FileNotFoundError, InputError):  # it was not kept, or another version of Tierline wrote it
        return None
    return changes(old, case)


# --------------------------------------------------------------------------- signatures


def signing_problems(project: Project) -> Iterator[Problem]:
    """Cases that are to be signed as FINAL although a report of theirs with another content was signed before."""
    for tumor, panel in project.cases:
        case = f"{tumor}.{panel}"
        rows = [row for row in project.curation_of(tumor, panel) if row.field == "status"]
        if not rows or rows[-1].reviewer_value != "FINAL":
            continue
        present = read_report(project.workdir / REPORTS / f"{case}.html")
        reports = [*archived(case, project.workdir / ARCHIVE), *([present] if present else [])]
        for report in (r for r in reports if r.status in SIGNED and r.content != rows[-1].engine_value):
            shown = report.path.relative_to(project.workdir)
            yield Problem(
                project.config["curation"], None, "reviewer_value", "FINAL",
                f"({case}) {shown} was signed as {report.status} under {report.content}: this replaces it",
                f"Put the row back by which it was signed as FINAL, and write AMENDED under {rows[-1].engine_value}.",
            )  # fmt: skip
            break
