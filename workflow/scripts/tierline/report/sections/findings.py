"""Tier I and II: what was found, and which therapies the evidence speaks for or against."""

from collections.abc import Sequence
from typing import Any

from tierline.case import Case, Support, both_ways, supports
from tierline.records import Axis, Tier
from tierline.report.view import numbered, sources

TITLE = "Findings of strong or potential clinical significance (Tier I and II)"
ORDER = 30
TIERS = ("I", "II")

SHOWN = 3  # therapies of an axis' best level with setting and sources; those of level A always
NAMED = 6  # therapies named of one level and reason; the trace has all
PAPERS = 2  # papers shown where no label or guideline stands for the therapy
MARKS = {"yes": "†", "unknown": "‡"}  # whether a label asks for an approved test


def context(case: Case) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    for n, item in numbered(case, Tier.I, Tier.II):
        found = supports(item.trace)
        axes = {axis: _layout([s for s in found if s.axis is axis]) for axis in Axis}
        tests = {s.approved_test for s in found}
        marks = {word: mark for word, mark in MARKS.items() if word in tests}
        rows.append({"n": n, "item": item, "f": item.finding, "axes": axes, "marks": marks})
    return {"rows": rows, "marks": MARKS, "both_ways": both_ways(case.findings)}


def _layout(found: Sequence[Support]) -> dict[str, Any]:
    """The evidence of one axis: ``full`` with setting and sources, the rest by name, gathered by level and why.

    Level D beside anything better is only counted (``weak``); the trace has it.
    """
    weak = sum(s.level == "D" for s in found) if any(s.level != "D" for s in found) else 0
    found = [s for s in found if s.level != "D" or not weak]
    own = [s for s in found if not s.from_other_type and s.contested < 2]
    full = [s for n, s in enumerate(own) if s.level == "A" or (s.level == own[0].level and n < SHOWN)]
    named: dict[tuple[str, str], list[Support]] = {}
    for s in found:
        if s not in full:
            why = "opposed by resistance" if s.contested == 2 else "other tumour types" if s.from_other_type else "also"
            named.setdefault((s.level, why), []).append(s)
    return {
        "full": [{"s": s, **_told(s)} for s in full],
        "named": [(level, why, *_cut(group, level)) for (level, why), group in named.items()],
        "weak": weak,
    }


def _told(support: Support) -> dict[str, Any]:
    """Settings and sources of labels and guidelines, or, without any, of the first papers; how many more there are."""
    official = [m for m in support.matches if not m.evidence.source.startswith(("PMID", "NCT"))]
    told = official or list(support.matches)
    cited = sources(told) if official else sources(told)[:PAPERS]
    return {
        "settings": sorted({m.evidence.setting for m in told if m.evidence.setting}),
        "sources": cited,
        "more": len(sources(support.matches)) - len(cited),
    }


def _cut(group: list[Support], level: str) -> tuple[list[Support], int]:
    """The therapies to name, and how many more there are; of level A all are named."""
    return (group, 0) if level == "A" or len(group) <= NAMED + 1 else (group[:NAMED], len(group) - NAMED)
