"""The report in Chromium: no errors, sorting, filtering, unfolding, and the printed pages."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from chromium import BROWSER, Browse, console, with_script
from report_cases import CASES, hostile, lung
from tierline.records import Tier
from tierline.report import find_sections, render

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium on PATH: the report is not tried in a browser")


def test_an_error_on_a_page_would_be_noticed(browse: Browse) -> None:
    assert console(browse("<script>nowhere()</script>", "--dump-dom"))


@pytest.mark.parametrize("build", [*CASES.values(), hostile], ids=[*CASES, "hostile"])
def test_the_page_runs_without_errors_under_its_policy(browse: Browse, build) -> None:
    result = browse(render(build()), "--dump-dom")
    assert console(result) == []
    assert '<html lang="en" class="js">' in result.stdout, "the report's own script ran"


def test_a_table_sorts_by_number_with_the_unknown_last(browse: Browse) -> None:
    script = """
      const table = document.querySelector("#loci table");
      const button = table.tHead.rows[0].cells[3].querySelector("button");
      const depths = () => Array.from(table.tBodies[0].rows, (row) => row.cells[3].dataset.value).join(",");
      button.click();
      document.body.dataset.up = depths();
      button.click();
      document.body.dataset.down = depths();
      document.body.dataset.aria = table.tHead.rows[0].cells[3].getAttribute("aria-sort");
    """
    dom = browse(with_script(render(lung()), script), "--dump-dom").stdout
    known = sorted(locus.depth for locus in lung().loci if locus.depth is not None)
    unknown = ["" for locus in lung().loci if locus.depth is None]
    assert len(known) > 200 and len(unknown) == 4
    assert re.search(r'data-up="(.*?)"', dom)[1].split(",") == [*map(str, known), *unknown]
    assert re.search(r'data-down="(.*?)"', dom)[1].split(",") == [*map(str, reversed(known)), *unknown]
    assert 'data-aria="descending"' in dom


def test_a_table_filters_and_everything_unfolds(browse: Browse) -> None:
    script = """
      const box = document.querySelector("#loci input");
      box.value = "met not assessable";
      box.dispatchEvent(new Event("input"));
      const rows = Array.from(document.querySelectorAll("#loci tbody tr"));
      document.body.dataset.shown = rows.filter((row) => !row.hidden).map((row) => row.cells[0].textContent).join(",");
      document.querySelector(".unfold").click();
      document.body.dataset.closed = document.querySelectorAll("details:not([open])").length;
    """
    dom = browse(with_script(render(lung()), script), "--dump-dom").stdout
    shown = re.search(r'data-shown="(.*?)"', dom)[1].split(",")
    assert shown == ["MET:s.e14", "MET:p.1010", "MET:p.1112", "MET:p.1230", "MET:p.1235", "MET:p.1250"]
    assert "6 of 228 rows" in dom
    assert 'data-closed="0"' in dom


needs_pdftotext = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="no pdftotext on PATH: the printed pages are not read"
)
FOLDED = ("mosdepth", "EX:0020", "VHL:p.161", "CC BY 4.0", "all supporting reads lie on one strand")


def printed(browse: Browse, html: str, folder: Path) -> list[str]:
    """The pages as printed, as text in the layout of the page."""
    pdf = folder / "report.pdf"
    browse(html, f"--print-to-pdf={pdf}", "--no-pdf-header-footer")
    text = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True).stdout
    return text.removesuffix("\f").split("\f")


@needs_pdftotext
@pytest.mark.parametrize("build", CASES.values(), ids=CASES)
def test_every_finding_of_tier_one_and_two_stands_whole_on_the_first_page(browse: Browse, tmp_path: Path, build) -> None:
    case = build()
    pages = printed(browse, render(case), tmp_path)
    first = " ".join(pages[0].split())
    shown = [item.finding for item in case.findings if item.finding.tier in (Tier.I, Tier.II)]
    assert len(shown) >= 2
    for f in shown:
        assert f.reason in first, "the last line of its card"
    assert "What could not be assessed" in " ".join(pages[:2])


@needs_pdftotext
def test_print_has_the_mark_on_every_page_and_says_what_is_left_out(browse: Browse, tmp_path: Path) -> None:
    pages = printed(browse, render(lung(), generated_on="2026-02-01"), tmp_path)
    text = "\f".join(pages)
    assert 2 <= len(pages) <= 4
    for number, page in enumerate(pages, 1):
        assert "SYNTHETIC: NOT A PATIENT" in page and "DRAFT" in page and "Tierline LUAD-02 hotspot50_tert" in page
        assert f"page {number} of {len(pages)}" in page
    assert "EGFR" in pages[0] and "Conclusion" in pages[0]
    assert not [folded for folded in FOLDED if folded in text]
    left_out = [s for s in find_sections() if s.needed(lung()) and s.is_folded(("I", "II", "III"))]
    assert f"{len(left_out)} folded sections of this report, named above, are not printed" in text
    assert not [section.title for section in left_out if section.title not in text]
    for asked in ("not assessable", "Not detected, within these limits", "Methods in short", "Reviewed and signed by"):
        assert asked in text


@needs_pdftotext
def test_what_the_reader_unfolds_is_printed(browse: Browse, tmp_path: Path) -> None:
    unfold = 'document.querySelector(".unfold").click();'
    text = "\f".join(printed(browse, with_script(render(lung()), unfold), tmp_path))
    assert not [folded for folded in FOLDED if folded not in text]
    assert "are not printed" not in text


def test_print_everything_opens_all_for_the_printer_and_folds_again(browse: Browse) -> None:
    script = """
      const closed = () => document.querySelectorAll("details:not([open])").length;
      const before = closed();
      window.print = () => { document.body.dataset.printing = closed(); };
      Array.from(document.querySelectorAll(".unfold")).find((b) => b.textContent === "Print everything").click();
      dispatchEvent(new Event("afterprint"));
      document.body.dataset.after = closed() - before;
    """
    dom = browse(with_script(render(lung()), script), "--dump-dom").stdout
    assert 'data-printing="0"' in dom and 'data-after="0"' in dom
