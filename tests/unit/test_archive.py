"""Earlier reports: kept before a run may overwrite them, whatever ends the run, and told by what replaces them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from report_cases import melanoma, review
from tierline.archive import ARCHIVE, CASES, REPORTS, archived, keep, next_page, read_report, release, signing_problems
from tierline.case import Case, to_json
from tierline.curation import content_digest, with_status
from tierline.records import Curation, Kind, Sample
from tierline.report import COST, render
from tierline.sheets import Project

TIERS = ("I", "II", "III")
FIRST = replace(melanoma(), content="0" * 16)
NAME = (FIRST.sample.sample, FIRST.panel.id)
CASE = ".".join(NAME)
OTHER = replace(FIRST, tierline_version="9.9.9")


def interpret(folder: Path, case: Case) -> None:
    """What the workflow does up to the case file."""
    (folder / CASES).mkdir(parents=True, exist_ok=True)
    (folder / CASES / f"{CASE}.json").unlink(missing_ok=True)
    (folder / CASES / f"{CASE}.json").write_text(to_json(case))


def report(folder: Path, case: Case, day: str = "2026-01-20", tiers: tuple[str, ...] = TIERS) -> str:
    """What the workflow does from the case file on: the old page goes, the new one is moved to its name."""
    (folder / REPORTS).mkdir(parents=True, exist_ok=True)
    page = folder / REPORTS / f"{CASE}.html"
    page.unlink(missing_ok=True)
    page.write_text(next_page(case, tiers, day, folder / ARCHIVE))
    return page.read_text()


def run(folder: Path, case: Case, day: str = "2026-01-20", tiers: tuple[str, ...] = TIERS) -> str:
    """A whole run in which all is made anew."""
    keep(folder, [NAME])
    interpret(folder, case)
    page = report(folder, case, day, tiers)
    release(folder, [NAME])
    return page


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / ARCHIVE).glob("*"))


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in (folder / ARCHIVE).glob("*")}


def test_a_first_report_has_nothing_before_it(tmp_path: Path) -> None:
    page = run(tmp_path, FIRST)
    assert page == render(FIRST, TIERS, "2026-01-20")
    assert not (tmp_path / ARCHIVE).exists()


def test_a_report_that_is_replaced_is_kept_with_its_case_file(tmp_path: Path) -> None:
    first = run(tmp_path, FIRST)
    second = run(tmp_path, OTHER, "2026-02-01")
    assert files(tmp_path) == {f"{CASE}.1.html": first, f"{CASE}.1.json": to_json(FIRST)}
    assert "Report 2 of this case" in second and "9.9.9" in second
    found = read_report(tmp_path / REPORTS / f"{CASE}.html")
    assert found and (found.number, found.made_on, found.status) == (2, "2026-02-01", "DRAFT")


def test_two_reruns_keep_both_and_each_tells_from_the_one_before(tmp_path: Path) -> None:
    third_case = replace(FIRST, tierline_version="10.0.0")
    pages = [
        run(tmp_path, case, day) for case, day in ((FIRST, "2026-01-01"), (OTHER, "2026-02-01"), (third_case, "2026-03-01"))
    ]
    kept = files(tmp_path)
    assert [kept[f"{CASE}.{n}.html"] for n in (1, 2)] == pages[:2]
    assert [kept[f"{CASE}.{n}.json"] for n in (1, 2)] == [to_json(FIRST), to_json(OTHER)] and len(kept) == 4
    assert "Since report 2, DRAFT, made on 2026-02-01" in pages[2] and "Since report 1" not in pages[2]


def test_more_than_nine_reports_keep_their_order(tmp_path: Path) -> None:
    for n in range(12):
        run(tmp_path, replace(FIRST, tierline_version=f"{n}"))
    assert [r.number for r in archived(CASE, tmp_path / ARCHIVE)] == [*range(1, 12)]
    assert "Since report 11" in (tmp_path / REPORTS / f"{CASE}.html").read_text()


@pytest.mark.parametrize("history", [(FIRST,), (OTHER, FIRST)])
def test_what_would_be_the_same_stays_the_same_report(tmp_path: Path, history: tuple[Case, ...]) -> None:
    for case in history:
        last = run(tmp_path, case)
    kept = names(tmp_path)
    assert run(tmp_path, FIRST, "2026-05-05") == last, "also its number and its date"
    assert names(tmp_path) == kept


def test_another_layout_is_another_report_and_tells_the_same_changes(tmp_path: Path) -> None:
    run(tmp_path, FIRST, "2026-01-01")
    run(tmp_path, OTHER, "2026-02-01")
    page = run(tmp_path, OTHER, "2026-03-01", tiers=("I",))
    assert names(tmp_path) == [f"{CASE}.{n}.{end}" for n in (1, 2) for end in ("html", "json")]
    assert "Report 3 of this case" in page and "Since report 1, DRAFT, made on 2026-01-01" in page
    assert "Since report 2" not in page


def test_what_it_cost_makes_no_other_report(tmp_path: Path) -> None:
    folder = tmp_path / ARCHIVE
    first = run(tmp_path, FIRST)
    (tmp_path / REPORTS / f"{CASE}.html").write_text(
        told := next_page(FIRST, TIERS, "2026-01-20", folder, "1 core-hour & more")
    )
    assert '<p class="cost">1 core-hour &amp; more</p>' in told and COST.sub("", told) == first
    keep(tmp_path, [NAME])
    assert next_page(FIRST, TIERS, "2026-05-05", folder, "2 core-hours") == told, "it took what it took when it was made"
    assert next_page(FIRST, TIERS, "2026-05-05", folder) == told
    other = next_page(OTHER, TIERS, "2026-05-05", folder, "2 core-hours")
    assert "Report 2 of this case" in other and COST.findall(other) == ['<p class="cost">2 core-hours</p>\n']
    assert "core-hour" not in next_page(OTHER, TIERS, "2026-05-05", folder)


def test_nothing_to_do_leaves_nothing(tmp_path: Path) -> None:
    page = run(tmp_path, FIRST)
    assert len(keep(tmp_path, [NAME])) == 1
    release(tmp_path, [NAME])
    assert not (tmp_path / ARCHIVE).exists() and (tmp_path / REPORTS / f"{CASE}.html").read_text() == page


# --------------------------------------------------------------------------- runs that end badly


def test_killed_before_the_new_page_and_run_again(tmp_path: Path) -> None:
    first = run(tmp_path, FIRST)
    keep(tmp_path, [NAME])
    interpret(tmp_path, OTHER)
    (tmp_path / REPORTS / f"{CASE}.html").unlink()  # Snakemake takes a page away before it is made anew
    second = run(tmp_path, OTHER)
    assert files(tmp_path) == {f"{CASE}.1.html": first, f"{CASE}.1.json": to_json(FIRST)}
    assert "Since report 1" in second


def test_killed_between_case_file_and_page_and_run_again_with_a_third_state(tmp_path: Path) -> None:
    first = run(tmp_path, FIRST)
    keep(tmp_path, [NAME])
    interpret(tmp_path, OTHER)
    page = run(tmp_path, replace(FIRST, tierline_version="3"))
    assert files(tmp_path) == {f"{CASE}.1.html": first, f"{CASE}.1.json": to_json(FIRST)}
    assert "0.1.0" in page and "Since report 1" in page


def test_killed_after_the_new_page(tmp_path: Path) -> None:
    first = run(tmp_path, FIRST)
    keep(tmp_path, [NAME])
    interpret(tmp_path, OTHER)
    second = report(tmp_path, OTHER)
    third = run(tmp_path, FIRST)
    assert [files(tmp_path)[f"{CASE}.{n}.html"] for n in (1, 2)] == [first, second]
    assert "Report 3 of this case" in third


def test_a_run_that_fails_loses_neither_page_nor_case_file(tmp_path: Path) -> None:
    first = run(tmp_path, FIRST)
    keep(tmp_path, [NAME])
    (tmp_path / CASES / f"{CASE}.json").unlink()  # Snakemake takes a failed job's outputs away
    release(tmp_path, [NAME])
    assert files(tmp_path) == {f"{CASE}.1.html": first, f"{CASE}.1.json": to_json(FIRST)}
    assert (tmp_path / REPORTS / f"{CASE}.html").read_text() == first
    assert run(tmp_path, FIRST, "2026-09-09") == first, "put right, it is the same report again"
    assert names(tmp_path) == []


def test_a_page_without_its_case_file_is_kept_and_what_changed_is_not_known(tmp_path: Path) -> None:
    """Bare Snakemake was interrupted between the two."""
    first = run(tmp_path, FIRST)
    interpret(tmp_path, OTHER)
    second = run(tmp_path, OTHER)
    assert files(tmp_path) == {f"{CASE}.1.html": first}
    assert "what changed cannot be told" in second


def test_half_a_page_and_the_page_of_nothing_are_no_reports(tmp_path: Path) -> None:
    page = run(tmp_path, FIRST)
    for text in ("", page[:500], "<html></html>"):
        (tmp_path / REPORTS / f"{CASE}.html").write_text(text)
        assert keep(tmp_path, [NAME]) == []
    (tmp_path / REPORTS / f"{CASE}.html").unlink()
    assert keep(tmp_path, [NAME]) == [] and names(tmp_path) == []


def test_a_page_of_before_there_were_numbers_is_kept(tmp_path: Path) -> None:
    page = run(tmp_path, FIRST).replace("tierline:number", "tierline:other")
    (tmp_path / REPORTS / f"{CASE}.html").write_text(page)
    keep(tmp_path, [NAME])
    assert files(tmp_path)[f"{CASE}.1.html"] == page


def test_an_older_case_file_that_cannot_be_read_is_no_reason_to_fail(tmp_path: Path) -> None:
    run(tmp_path, FIRST)
    run(tmp_path, OTHER)
    (tmp_path / ARCHIVE / f"{CASE}.1.json").write_text("{}")
    assert "what changed cannot be told" in report(tmp_path, OTHER)


def test_where_there_are_no_links_there_are_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise OSError("no links here")

    monkeypatch.setattr("os.link", refuse)
    test_a_report_that_is_replaced_is_kept_with_its_case_file(tmp_path)


def test_names_that_begin_alike_are_apart(tmp_path: Path) -> None:
    (tmp_path / ARCHIVE).mkdir(parents=True)
    page = render(FIRST, TIERS, "2026-01-20")
    for name in (f"{CASE}.1.html", f"{CASE}2.1.html", f"x{CASE}.1.html", f"{CASE}.x.html"):
        (tmp_path / ARCHIVE / name).write_text(page)
    assert [r.path.name for r in archived(CASE, tmp_path / ARCHIVE)] == [f"{CASE}.1.html"]


# --------------------------------------------------------------------------- signatures


def signed(case: Case, status: str, content: str) -> Case:
    row = Curation(CASE, "", "status", content, status, "", "Dr Example", "2026-01-21")
    return with_status(replace(case, signatures=(*case.signatures, row), content=content), status)  # type: ignore[arg-type]


def test_an_amended_report_tells_from_the_draft_before_it_and_from_the_signed_one(tmp_path: Path) -> None:
    final = signed(FIRST, "FINAL", "a" * 16)
    draft = replace(with_status(replace(final, panel=replace(final.panel, version="2.0")), "DRAFT"), content="b" * 16)
    amended = signed(draft, "AMENDED", "b" * 16)
    pages = [run(tmp_path, case) for case in (FIRST, final, draft, amended)]
    assert "Since report 1, DRAFT" in pages[1] and "Since report 2, FINAL" in pages[2]
    last = pages[3]
    assert last.index("Since report 3, DRAFT") < last.index("Since report 2, FINAL")
    of_signed = last[last.index("Since report 2, FINAL") :].partition("</table>")[0]
    assert "version" in of_signed and "2.0" in of_signed
    of_draft = last[last.index("Since report 3, DRAFT") : last.index("Since report 2, FINAL")]
    assert "AMENDED" in of_draft and "2.0" not in of_draft


def test_the_same_content_under_other_tools_leaves_a_signature_in_force(tmp_path: Path) -> None:
    final = signed(FIRST, "FINAL", content_digest(FIRST))
    run(tmp_path, final)
    page = run(tmp_path, replace(final, tierline_version="9.9.9"))
    assert page.count("Since report 1, FINAL") == 1 and 'content="FINAL"' in page


def project(folder: Path, *rows: Curation) -> Project:
    sample = Sample(NAME[0], "P", Kind.TUMOR, "MEL", "a", (NAME[1],), None, "unknown", "FFPE", False)
    config: Mapping[str, Any] = {"curation": "config/curation.tsv"}
    return Project(folder / "config.yaml", folder, config, (sample,), (), tuple(rows))


def status(value: str, content: str = "") -> Curation:
    return replace(review("", "status", content, value), case=CASE)


@pytest.mark.parametrize("in_archive", [False, True])
def test_what_replaces_a_signed_report_cannot_be_final(tmp_path: Path, in_archive: bool) -> None:
    run(tmp_path, signed(FIRST, "FINAL", "a" * 16))
    if in_archive:
        run(tmp_path, replace(FIRST, content="b" * 16))
    [problem] = signing_problems(project(tmp_path, status("FINAL", "b" * 16)))
    where = ARCHIVE / f"{CASE}.1.html" if in_archive else REPORTS / f"{CASE}.html"
    assert f"{where} was signed as FINAL under {'a' * 16}" in str(problem) and f"AMENDED under {'b' * 16}" in str(problem)
    assert (problem.file, problem.column, problem.value) == ("config/curation.tsv", "reviewer_value", "FINAL")
    for rows in (
        [],
        [status("FINAL", "a" * 16)],
        [status("FINAL", "a" * 16), status("DRAFT")],
        [status("FINAL", "a" * 16), status("AMENDED", "b" * 16)],
    ):
        assert list(signing_problems(project(tmp_path, *rows))) == []


def test_a_first_signature_is_no_problem(tmp_path: Path) -> None:
    rows = project(tmp_path, status("FINAL", "b" * 16))
    assert list(signing_problems(rows)) == []
    run(tmp_path, FIRST)
    assert list(signing_problems(rows)) == []
