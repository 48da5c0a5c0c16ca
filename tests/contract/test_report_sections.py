"""Every section of the report that is found, against the contract of a section."""

from __future__ import annotations

import dataclasses
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

sys.path.insert(0, str(Path(__file__).parents[1]))

from report_cases import CASES, hostile, lung
from tierline import report
from tierline.changes import Change
from tierline.report import Section, Since, environment, find_sections, render, sections

SECTIONS = find_sections()
TEMPLATES = {Path(f.name).stem for f in (files("tierline.report") / "templates" / "sections").iterdir()}


def bare():
    """A case with nothing in it but its head."""
    lists = ("knowledge", "conclusion", "findings", "loci", "genes", "verdicts", "held_candidates", "tools", "limits")
    case = lung()
    sample = dataclasses.replace(case.sample, accession="", specimen_site="", collected="", received="", ordered_by="")
    panel = dataclasses.replace(case.panel, genes=(), thresholds={})
    return dataclasses.replace(case, sample=sample, panel=panel, ledger_counts={}, **{name: () for name in lists})


ALL = {**CASES, "hostile": hostile, "bare": bare}
SINCE = (
    Since(2, "2026-01-21", "DRAFT", (Change("tier", "BRAF p.Val600Glu", "", "II C", "<b>I A</b>"),)),
    Since(1, "2026-01-20", "FINAL", ()),
)


def test_sections_and_templates_are_the_same_set() -> None:
    assert {section.name for section in SECTIONS} == TEMPLATES
    assert len(SECTIONS) >= 15


def test_orders_differ() -> None:
    assert len({section.order for section in SECTIONS}) == len(SECTIONS)


@pytest.mark.parametrize("section", SECTIONS, ids=lambda s: s.name)
@pytest.mark.parametrize("build", ALL.values(), ids=ALL)
def test_a_section_shows_any_case(section: Section, build) -> None:
    case = build()
    assert section.title and isinstance(section.order, int)
    context = section.context(case)
    of_report = {"case": case, "tiers": ("I", "II"), "generated_on": "", "number": 3, "since": SINCE}
    assert not set(of_report) & set(context), "these names belong to the report"
    template = environment().get_template(f"sections/{section.name}.html")
    html = template.render(**of_report, **context)
    assert html.strip(), "a section with nothing to show says so"
    assert template.render(**of_report | {"number": 1, "since": ()}, **context).strip()
    assert section.context(case) == context, "pure: the same case gives the same context"
    assert isinstance(section.needed(case), bool)
    assert "<h2" not in html and "<h1" not in html, "the title is the report's to write"


@pytest.mark.parametrize("since", [(), SINCE])
def test_the_sections_stand_in_their_order(since: tuple[Since, ...]) -> None:
    html = render(lung(), since=since)
    shown = [section for section in SECTIONS if section.needed(lung()) and (since or not section.of_earlier)]
    places = [html.index(f' id="{section.name}" class="section"') for section in shown]
    assert len(shown) >= 15 and html.count('class="section"') == len(shown)
    assert ("changes" in {section.name for section in shown}) == bool(since)
    assert places == sorted(places)
    assert [section.order for section in SECTIONS] == sorted(section.order for section in SECTIONS)


def test_a_name_that_is_not_defined_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        environment().from_string("{{ nowhere }}").render()


def test_everything_is_escaped_whatever_the_template_is_called() -> None:
    assert environment().from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"
    assert environment().from_string("{{ x }}").render(x=Markup("<b>")) == "<b>"


def test_a_new_section_is_found_by_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "signed_off.py").write_text(
        'TITLE = "Signed off"\nORDER = 15\nTIERS = ("I",)\n\n\ndef context(case):\n    return {"who": "nobody"}\n'
    )
    monkeypatch.setattr(sections, "__path__", [*sections.__path__, str(tmp_path)])
    report.find_sections.cache_clear()
    try:
        found = {section.name: section for section in report.find_sections()}
    finally:
        monkeypatch.undo()
        report.find_sections.cache_clear()
        sys.modules.pop("tierline.report.sections.signed_off", None)
    assert len(found) == len(SECTIONS) + 1
    assert list(found)[2] == "signed_off"
    assert found["signed_off"].is_folded(("II",)) and not found["signed_off"].is_folded(("I",))
