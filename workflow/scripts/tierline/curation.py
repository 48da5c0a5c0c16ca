"""What whoever signs says of a case, laid over what the engine found: tiers, comments, findings held back, status. Pure.

The engine's words stay beside the reviewer's. A row that does not fit the case as it is now is an InputError, never
passed over. Each row was checked by itself when the table was read (``sheets.py``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import cast

from tierline.callability import finding_words, gene_coverage
from tierline.case import Case, CaseFinding, Status, change, conclusion, engine_tier, name, ranked, series, to_json
from tierline.laboratory import names_of
from tierline.problems import InputError, Problem
from tierline.records import Curation, Finding, LocusAnswer, State, Tier

DECIDES = ("tier", "hold")  # fields of which a finding has one row at most
SIGNED = ("FINAL", "AMENDED")
HELD = "held_by_reviewer"  # reason of a locus
ASIDE = (
    "schema", "tierline_version", "status", "signatures", "content", "knowledge", "reference", "ledger_counts",
    "reason_counts", "tools",
)  # fmt: skip
"""What of a case file is not signed: how it was made. Other releases that say the same leave a signature in force."""


def curate(case: Case, rows: Sequence[Curation], file: str) -> Case:
    """The engine's ``case`` with the ``rows`` of its reviewers, which stand in ``file``, in their order there.

    Raises InputError with every row that does not fit: no such finding, another tier by the engine than the row says, or
    a signature under another content.
    """
    problems: list[Problem] = []
    reviews: dict[int, list[Curation]] = {}
    for row in rows:
        if row.variant:
            fit = [n for n, item in enumerate(case.findings) if row.variant in names(item)]
            if len(fit) == 1:
                problems += _finding_problems(row, case.findings[fit[0]].finding, reviews.get(fit[0], ()), file)
                reviews.setdefault(fit[0], []).append(row)
            else:
                problems.append(_no_single_finding(row, [case.findings[n].finding for n in fit], case, file))
    if problems:
        raise InputError(problems)
    reviewed = [_reviewed(item, reviews.get(n, [])) for n, item in enumerate(case.findings)]
    held = [item for item in reviewed if is_held(item)]
    kept = ranked(item for item in reviewed if not is_held(item))
    comments = [row for row in rows if row.field == "comment" and not row.variant]
    loci = tuple(_without(locus, held) for locus in case.loci)
    curated = replace(
        case,
        findings=tuple(kept),
        withheld=tuple(ranked(held)),
        comments=tuple(comments),
        loci=loci,
        genes=tuple(gene_coverage(case.panel.genes, loci)),
        conclusion=conclusion(
            kept,
            loci,
            genes=case.panel.genes,
            tumor_name=case.tumor_type.name,
            mode=case.mode,
            purity=case.sample.purity,
            verdicts=case.verdicts,
            reviewed=_sentences(kept, held, comments),
            statements=case.statements,
        ),
    )
    return _signed(curated, [row for row in rows if row.field == "status"], file)


def names(item: CaseFinding) -> set[str]:
    """How a row may name a finding."""
    if item.statement:
        return set(names_of(item.statement))
    finding = item.finding
    changes = {f"{finding.gene} {said}" for said in (finding.hgvsp, finding.hgvsc) if said}
    return changes | {place(finding)}


def place(finding: Finding) -> str:
    """The one name that no other finding has: ``chr7:140753336:A:T``, the position 1-based."""
    return f"{finding.chrom}:{finding.pos1}:{finding.ref}:{finding.alt}"


def is_held(item: CaseFinding) -> bool:
    """Whether a reviewer holds a finding back."""
    return any(row.field == "hold" for row in item.reviews)


def by_whom(row: Curation) -> str:
    """``Jane Doe, 2026-03-31: the reason``."""
    return f"{row.person}, {row.date}" + (f": {row.reason}" if row.reason else "")


def words(row: Curation) -> str:
    """A row on a finding in words, both sides named."""
    if row.field == "tier":
        return f"Tier {row.reviewer_value} by the reviewer, Tier {row.engine_value} by the engine ({by_whom(row)})"
    if row.field == "hold":
        return f"held back by the reviewer, Tier {row.engine_value} by the engine ({by_whom(row)})"
    return f"comment: {row.reviewer_value} ({by_whom(row)})"


def content_digest(case: Case) -> str:
    """What a signature stands under: the first 16 hex digits of a SHA-256 over all that the report states.

    That is the case file without ``ASIDE`` and without the sample's other panels; the status changes nothing in it.
    """
    said = json.loads(to_json(with_status(case, "DRAFT")))
    signed = {key: value for key, value in said.items() if key not in ASIDE} | {"build": case.reference.build}
    del signed["sample"]["panels"]
    return hashlib.sha256(json.dumps(signed, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]


def with_status(case: Case, status: Status) -> Case:
    """The case with one status everywhere."""

    def marked(items: Iterable[CaseFinding]) -> tuple[CaseFinding, ...]:
        return tuple(replace(item, finding=replace(item.finding, status=status)) for item in items)

    loci = tuple(replace(locus, status=status) for locus in case.loci)
    return replace(case, status=status, findings=marked(case.findings), withheld=marked(case.withheld), loci=loci)


# --------------------------------------------------------------------------- what does not fit


def _no_single_finding(row: Curation, fit: Sequence[Finding], case: Case, file: str) -> Problem:
    if fit:
        remedy = f"Write which is meant: {' or '.join(place(finding) for finding in fit)}."
        return _problem(row, file, "variant", row.variant, f"{len(fit)} findings have this name", remedy)
    known = [name(item.finding) for item in case.findings]
    there = f"Its findings are: {series(known, most=12)}. " if known else "It has no finding. "
    remedy = f"{there}Write the one that is meant, or take the row out."
    return _problem(row, file, "variant", row.variant, "the case has no such finding (any more)", remedy)


def _finding_problems(row: Curation, finding: Finding, earlier: Sequence[Curation], file: str) -> list[Problem]:
    problems = []
    tier = engine_tier(finding)
    if row.engine_value != tier:
        message = f"the engine's tier is {tier}, not the one that the row was written for"
        remedy = f"Look at the finding again; then write {tier}, or take the row out."
        if row.field == "tier" and row.reviewer_value == tier:
            remedy = "The engine now says what the reviewer says: take the row out."
        problems.append(_problem(row, file, "engine_value", row.engine_value, message, remedy))
    if row.field in DECIDES and any(other.field in DECIDES for other in earlier):
        message = "another row decides on this finding, under another of its names"
        problems.append(_problem(row, file, "variant", row.variant, message, "Keep one of them."))
    return problems


def _problem(row: Curation, file: str, column: str, value: str, message: str, remedy: str) -> Problem:
    """A problem of a row. It is named by what it says: with its number, a row above would make the case anew."""
    what = f"{row.case}{', ' + row.variant if row.variant else ''}, {row.field} by {row.person}, {row.date}"
    return Problem(file, None, column, value, f"({what}) {message}", remedy)


# --------------------------------------------------------------------------- what fits


def _reviewed(item: CaseFinding, rows: Sequence[Curation]) -> CaseFinding:
    if not rows:
        return item
    finding = replace(item.finding, review="; ".join(map(words, rows)))
    for row in rows:
        if row.field == "tier":
            finding = replace(finding, tier=Tier(row.reviewer_value), engine_tier=str(item.finding.tier))
    return replace(item, finding=finding, reviews=tuple(rows))


def _without(locus: LocusAnswer, held: Iterable[CaseFinding]) -> LocusAnswer:
    """The answer of a locus without the findings held back: where nothing else was found, neither yes nor no."""
    here = [item for item in held if locus.locus_id in item.finding.locus_ids]
    if not here:
        return locus
    shown = list(locus.findings)
    for item in here:
        shown.remove(finding_words(item.finding))
    reasons = [f"{change(item.finding)} {words(row)}" for item in here for row in item.reviews if row.field == "hold"]
    note = "; ".join([*reasons, *([locus.note] if locus.note else [])])
    locus = replace(locus, findings=tuple(shown), note=note)
    if shown or locus.state is not State.DETECTED:
        return locus
    return replace(locus, state=State.NOT_ASSESSABLE, reason=HELD)


def _sentences(kept: Iterable[CaseFinding], held: Sequence[CaseFinding], comments: Iterable[Curation]) -> list[str]:
    """What the conclusion says of the review."""
    said = []
    for item in kept:
        f = item.finding
        for row in (row for row in item.reviews if row.field == "tier"):
            moved = f"{name(f)} from Tier {row.engine_value} to Tier {row.reviewer_value}"
            said.append(f"The reviewer moved {moved} ({by_whom(row)}).")
    if held:
        what = "1 finding was" if len(held) == 1 else f"{len(held)} findings were"
        said.append(f"{what} held back by the reviewer and {'is' if len(held) == 1 else 'are'} listed as such below.")
    return [*said, *(f"Comment of the reviewer: {row.reviewer_value} ({by_whom(row)})." for row in comments)]


def _signed(case: Case, rows: Sequence[Curation], file: str) -> Case:
    """The case under the latest of its status rows. Raises InputError where that was signed under another content."""
    content = content_digest(case)
    case = replace(case, content=content, signatures=tuple(rows))
    if not rows:
        return case
    latest = rows[-1]
    if latest.reviewer_value in SIGNED and latest.engine_value != content:
        message = "the case has other content now than was signed"
        remedy = (
            f"Have it reported by a row DRAFT, read it, then sign it as AMENDED under {content} (as FINAL where it never "
            "was signed)."
        )
        raise InputError([_problem(latest, file, "engine_value", latest.engine_value, message, remedy)])
    return with_status(case, cast(Status, latest.reviewer_value))
