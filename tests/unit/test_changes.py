"""What changed from one report to the next: nothing that a report says may change in silence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

import pytest
from report_cases import CASES, held_candidate, lung, melanoma, review, signed
from tierline.case import Case, CaseFinding, to_json
from tierline.changes import TOPICS, Change, changes, summary
from tierline.curation import curate
from tierline.records import Criterion, Oncogenicity, Source, State, Statement, Tier

REVIEWS = ("findings[].reviews", "withheld[].reviews", "comments", "signatures")
FOLLOWS = {  # field of the case -> what it follows from, and why no row tells it
    "schema": "the version of the file",
    "conclusion": "findings, answers, statements and reviews in words",
    "limits": "mode, material, purity and chemistry in words",
    "genes": "counts of the answers",
    "content": "digest of what is signed",
    **{f"results[].{name}": "the metrics" for name in ("reasons", "metrics", "overrides")},
    **{f"results[].{name}": "the case" for name in ("sample", "panel")},
    "findings[].finding.status": "the status of the case",
    "withheld[].finding.status": "the status of the case",
    "loci[].status": "the status of the case",
    "loci[].findings": "the findings",
    "findings[].finding.review": "the reviews in words",
    "withheld[].finding.review": "the reviews in words",
    **{f"{rows}[].{name}": "what a row of reviews is of" for rows in REVIEWS for name in ("case", "variant", "field")},
    **{f"{rows}[].engine_value": "the engine's tier stands with the finding" for rows in REVIEWS[:3]},
    "withheld[].reviews[].reviewer_value": "always held",
    **{
        f"{items}[].oncogenicity.{name}": "stands in the finding's own columns"
        for items in ("findings", "withheld")
        for name in ("points", "classification")
    },
}


def leaves(value: Any, path: str = "") -> Iterator[str]:
    """The path of every field of a record and of the records in it; of a list its first member's."""
    for field in fields(value):
        here, inner = f"{path}{field.name}", getattr(value, field.name)
        if here in FOLLOWS:
            continue
        if isinstance(inner, tuple) and inner and is_dataclass(inner[0]):
            yield from leaves(inner[0], f"{here}[].")
        elif is_dataclass(inner):
            yield from leaves(inner, f"{here}.")
        else:
            yield here


def altered(value: Any, path: str) -> Any:
    """The record with another value at the path."""
    head, _, rest = path.partition(".")
    name, many = head.removesuffix("[]"), head.endswith("[]")
    inner = getattr(value, name)
    if rest:
        one = altered(inner[0] if many else inner, rest)
        return replace(value, **{name: (one, *inner[1:]) if many else one})
    if isinstance(inner, Enum):
        new: Any = next(member for member in type(inner) if member is not inner)
    elif isinstance(inner, bool):
        new = not inner
    elif isinstance(inner, int | float):
        new = inner + 1
    elif isinstance(inner, str):
        new = f"{inner}x"
    elif isinstance(inner, tuple):
        new = inner[1:] if inner else ("x",)
    elif isinstance(inner, dict):
        new = {**inner, next(iter(inner), "x"): 77}
    else:
        assert inner is None, path
        new = 0.5
    return replace(value, **{name: new})


def full() -> Case:
    """A case with something in every list."""
    case = signed()
    lists = (case.findings, case.loci, case.verdicts, case.tools, case.knowledge, case.withheld, case.comments)
    assert all(lists) and case.signatures and case.findings[0].trace and case.findings[0].reviews
    stated = Statement("CRC-03", "MSI", "high", "detected", method="PCR", date="2026-01-02")
    of_one = Oncogenicity(4, "vus", (Criterion("OS2", "met", 4, "gain of function"),))
    more: dict[str, Any] = {"oncogenicity": of_one, "statement": stated}
    findings = tuple(replace(item, **more) for item in case.findings)
    withheld = tuple(replace(item, **more, trace=case.findings[0].trace) for item in case.withheld)
    lists = {
        "sources": (Source("T1.vcf.gz", "calls", "mutect2", "T1", "N1", None, "0" * 64),),
        "held_candidates": (held_candidate(),),
        "statements": (stated,),
        "findings": findings,
        "withheld": withheld,
    }
    return replace(case, **lists)


@pytest.mark.parametrize("path", list(leaves(full())))
def test_nothing_changes_in_silence(path: str) -> None:
    case = full()
    other = altered(case, path)
    assert other != case
    rows = changes(case, other)
    assert rows, f"{path}: {case!r}"[:300]
    assert all(row.topic in TOPICS and row.before != row.after for row in rows), rows


@pytest.mark.parametrize("build", CASES.values(), ids=CASES)
def test_a_case_does_not_differ_from_itself(build: Any) -> None:
    assert changes(build(), build()) == ()


def test_what_follows_is_followed_from_something() -> None:
    """Every field that has no row exists; a name that is none would hide the next field of that name."""
    shown = to_json(full())
    assert all(f'"{path.rpartition(".")[2]}"' in shown for path in FOLLOWS)


# --------------------------------------------------------------------------- in words


def with_finding(case: Case, number: int, **new: Any) -> Case:
    item = case.findings[number]
    own = {name: new.pop(name) for name in list(new) if name in {f.name for f in fields(CaseFinding)}}
    item = replace(item, finding=replace(item.finding, **new), **own)
    return replace(case, findings=(*case.findings[:number], item, *case.findings[number + 1 :]))


def test_a_tier_and_a_threshold_in_words() -> None:
    old = melanoma()
    new = with_finding(old, 1, tier=Tier.I, level="B", evidence=("NEW1",))
    new = replace(new, panel=replace(new.panel, digest="0" * 64, thresholds={**old.panel.thresholds, "min_vaf": 0.031}))
    tert = f"{old.findings[1].finding.gene} {old.findings[1].finding.hgvsc}"
    was = old.findings[1].finding
    assert changes(old, new) == (
        Change("panel", "", "digest", f"{old.panel.digest[:12]}…", "000000000000…"),
        Change("threshold", "", "min vaf", f"{100 * float(old.panel.thresholds['min_vaf']):.1f} %", "3.1 %"),
        Change("tier", tert, "", f"{was.tier} {was.level}", "I B"),
        Change("evidence", tert, "evidence", ", ".join(was.evidence), "NEW1"),
    )
    assert summary(changes(old, new)) == "panel 1, threshold 1, tier 1, evidence 1"


def test_a_finding_that_went_says_what_became_of_it() -> None:
    old = lung()
    item = old.findings[0]
    f = item.finding
    reads = f"{100 * f.vaf:.1f} %, {f.alt_depth} of {f.depth} fragments"
    gone = replace(old, findings=old.findings[1:])
    name = f"{f.gene} {f.hgvsp}"
    before = f"Tier {f.tier} {f.level}, {reads}"
    assert changes(old, gone) == (Change("call", name, "", before, "no finding (the ledger of that run has its fate)"),)
    assert changes(gone, old) == (Change("call", name, "", "no finding (the ledger of that run has its fate)", before),)
    row = replace(held_candidate(), chrom=f.chrom, pos1=f.pos1, ref=f.ref, alt=f.alt, technical=("low_vaf",))
    first = changes(old, replace(gone, held_candidates=(row, *old.held_candidates)))[0]
    assert first.after == "held back: low vaf"
    narrow = replace(gone, panel=replace(gone.panel, genes=tuple(g for g in gone.panel.genes if g != f.gene)))
    rows = {row.topic: row for row in changes(old, narrow)}
    assert rows["call"].after == "not asked by the panel"
    assert (rows["panel"].what, rows["panel"].before, rows["panel"].after) == ("genes", f.gene, "none")


def test_a_finding_held_back_by_the_reviewer_is_no_finding_that_went() -> None:
    case = melanoma()
    f = case.findings[0].finding
    row = review(f"{f.gene} {f.hgvsp}", "hold", str(f.tier), "held", "to be confirmed")
    rows = changes(case, curate(case, [row], "curation.tsv"))
    assert {row.topic for row in rows} == {"review", "answer"}
    told = {row.what: (row.before, row.after) for row in rows if row.topic == "review"}
    assert told["reported"] == ("yes", "no: held back")
    [answer] = [row for row in rows if row.topic == "answer"]
    assert (answer.of, answer.before) == ("BRAF:p.600", "detected") and answer.after.startswith("not assessable (a finding")


def test_loci_that_changed_alike_stand_in_one_row() -> None:
    old = lung()
    loci = [replace(row, state=State.NOT_ASSESSABLE, reason="depth") for row in old.loci if row.state == State.NOT_DETECTED]
    changed = {row.locus_id: row for row in loci}
    new = replace(old, loci=tuple(changed.get(row.locus_id, row) for row in old.loci))
    [row] = changes(old, new)
    assert (row.before, row.after) == ("not detected", "not assessable (too few usable reads)")
    assert row.of == f"{', '.join(list(changed)[:5])} and {len(changed) - 5} more"


def test_a_signature_is_a_change_of_status_alone() -> None:
    case = signed()
    draft = replace(
        case,
        status="DRAFT",
        signatures=(),
        findings=tuple(replace(i, finding=replace(i.finding, status="DRAFT")) for i in case.findings),
        loci=tuple(replace(row, status="DRAFT") for row in case.loci),
    )
    rows = changes(draft, case)
    assert [(row.topic, row.what) for row in rows] == [("status", "status"), ("status", "signatures")]
    assert rows[0].before == "DRAFT" and rows[0].after == "FINAL"
    assert "Dr Example, 2026-01-21" in rows[1].after and rows[1].before == "none"


def test_the_reads_of_a_tool_moved_are_no_other_version() -> None:
    case = melanoma()
    moved = replace(case.tools[0], found="/elsewhere")
    [row] = changes(case, replace(case, tools=(moved, *case.tools[1:])))
    assert (row.topic, row.of, row.after) == ("software", moved.tool, f"{moved.version}, with other details")
