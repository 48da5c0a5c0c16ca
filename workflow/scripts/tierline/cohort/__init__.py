"""The cohort on one self-contained page: all cases of a run, or of several, by gene, each linked to its report.

What a case says of a gene is a finding, or an answer; a gene that could not be seen is never drawn like one where nothing
was found. The template shows rows and genes as tables; ``cohort.js`` draws the picture from ``picture_data``. Pure.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

import tierline
from tierline import pages
from tierline.case import TIER_MEANING, Case, CaseFinding, change, percent, ranked, reason_words
from tierline.maf import by_severity, short_protein
from tierline.records import Judgement, LocusAnswer, ResultVerdict, State, Tier
from tierline.withholding import overall

KINDS = {
    "missense": "missense",
    "truncating": "stop, frameshift or start lost",
    "splice": "essential splice site",
    "inframe": "in-frame insertion or deletion",
    "promoter": "promoter",
    "gain": "amplification",
    "loss": "deletion of the gene",
    "fusion": "fusion",
    "other": "other, or a biomarker",
}
"""Kinds of change, each with a shape of its own in the picture."""
TERMS = {
    "truncating": "stop_gained frameshift_variant start_lost",
    "splice": "splice_donor_variant splice_acceptor_variant",
    "inframe": "inframe_insertion inframe_deletion conservative_inframe_insertion conservative_inframe_deletion "
    "disruptive_inframe_insertion disruptive_inframe_deletion",
    "missense": "missense_variant rare_amino_acid_variant",
}
KIND_OF = {term: kind for kind, terms in TERMS.items() for term in terms.split()}
STATED = {"amplification": "gain", "deletion": "loss", "fusion": "fusion"}

ANSWERS = {
    "answered": "nothing found at its loci",
    "partly": "some of its loci not assessable or not covered",
    "not_assessable": "could not be assessed",
    "not_covered": "not covered by the assay",
    "no_negative": "no reportable locus: no negative is claimed",
    "not_asked": "not asked by the panel",
    "unfinished": "case not finished",
}
"""What may be said of a gene in a case where nothing was found in it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What may be said of a gene in a case, apart from findings."""

    state: str  # key of ANSWERS
    words: str


NOT_ASKED = Answer("not_asked", ANSWERS["not_asked"])
NO_NEGATIVE = Answer("no_negative", ANSWERS["no_negative"])


@dataclass(frozen=True, slots=True)
class Shown:
    """One finding of a case."""

    gene: str
    tier: Tier
    kind: str  # key of KINDS
    words: str  # V600E 34.0 %


@dataclass(frozen=True, slots=True)
class Row:
    """One case of the cohort. ``otherwise`` is the answer of genes that ``answers`` does not name."""

    run: str  # which run it is of; "" where there is one only
    sample: str
    panel: str
    panel_version: str
    tumor_type: str  # OncoTree code
    tumor_name: str
    status: str  # DRAFT | FINAL | AMENDED; "" of a case that is not finished
    synthetic: bool
    verdict: Judgement
    why: str
    link: str  # its report, from the page; "" where there is none
    findings: tuple[Shown, ...]  # in report order
    answers: Mapping[str, Answer]  # by gene
    otherwise: Answer
    open_loci: int | None  # reportable loci without an answer; None: not known
    loci: int

    @property
    def name(self) -> str:
        return f"{self.sample}.{self.panel}"


def row_of(case: Case, link: str = "", run: str = "") -> Row:
    """A case as the page shows it; ``link`` is its report, as seen from the page."""
    by_gene: dict[str, list[LocusAnswer]] = {gene: [] for gene in case.panel.genes}
    for locus in case.loci:
        by_gene.setdefault(locus.gene, []).append(locus)
    held = {item.finding.gene for item in case.withheld}
    by_gene |= {gene: [] for gene in held - by_gene.keys()}
    return Row(
        run=run,
        sample=case.sample.sample,
        panel=case.panel.id,
        panel_version=case.panel.version,
        tumor_type=case.tumor_type.code,
        tumor_name=case.tumor_type.name,
        status=case.status,
        synthetic=case.synthetic,
        verdict=overall(case.results),
        why="; ".join(dict.fromkeys(reason for result in case.results for reason in result.reasons)),
        link=link,
        findings=tuple(map(_shown, ranked(case.findings))),
        answers={gene: answer_of(loci, gene in held) for gene, loci in by_gene.items()},
        otherwise=NO_NEGATIVE if case.panel.every_gene else NOT_ASKED,
        open_loci=sum(locus.state in (State.NOT_ASSESSABLE, State.NOT_COVERED) for locus in case.loci),
        loci=len(case.loci),
    )


def unfinished_row(results: Sequence[ResultVerdict], run: str = "") -> Row:
    """A case that a run owes and has not made, by the verdicts that stand for it."""
    first = results[0]
    why = "; ".join(dict.fromkeys(reason for result in results for reason in result.reasons))
    answer = Answer("unfinished", why)
    return Row(run, first.sample, first.panel, "", "", "", "", False, Judgement.FAIL, why, "", (), {}, answer, None, 0)


def kind_of(item: CaseFinding) -> str:
    """The kind of change of a finding, a key of KINDS: by the most severe of its consequences that has one."""
    finding = item.finding
    if item.statement:
        return STATED.get(item.statement.alteration.partition(" ")[0], "other")
    kinds = [KIND_OF[term] for term in by_severity(finding.consequence) if term in KIND_OF]
    if kinds:
        return kinds[0]
    return "promoter" if any(":c.-" in locus for locus in finding.locus_ids) else "other"


def _shown(item: CaseFinding) -> Shown:
    f = item.finding
    said = short_protein(change(f)).removeprefix("p.")
    fraction = "stated by the laboratory" if f.stated else percent(f.vaf)
    return Shown(f.gene or "without a gene", f.tier, kind_of(item), f"{said} {fraction}")


def answer_of(loci: Sequence[LocusAnswer], held: bool = False) -> Answer:
    """What the loci of one gene say together; ``held``: a reviewer holds back a finding in it."""
    unseen = [locus for locus in loci if locus.state is State.NOT_ASSESSABLE]
    outside = [locus for locus in loci if locus.state is State.NOT_COVERED]
    answered = len(loci) - len(unseen) - len(outside)
    said = [
        f"{len(rows)} of {len(loci)} loci {what}: {', '.join(dict.fromkeys(reason_words(row.reason) for row in rows))}"
        for what, rows in (("not assessable", unseen), ("not covered", outside))
        if rows
    ]
    said += ["a finding in it is held back by the reviewer"] if held else []
    if not said:
        all_of_them = f"all {len(loci)} loci" if len(loci) > 1 else "its locus"
        return Answer("answered", f"{all_of_them} answered") if loci else NO_NEGATIVE
    state = "partly" if answered or not loci else "not_assessable" if unseen else "not_covered"
    return Answer(state, "; ".join(said))


# --------------------------------------------------------------------------- the page


@dataclass(frozen=True, slots=True)
class GeneRow:
    """A gene over the cohort: cases by their highest tier in it, and cases by what may be said where none was found."""

    gene: str
    tiers: Mapping[str, int]  # by Tier
    answers: Mapping[str, int]  # by key of ANSWERS, of cases without a finding


def gene_rows(rows: Iterable[Row]) -> list[GeneRow]:
    """All genes that a case names, those with most cases of Tier I and II first, then III, IV and by name."""
    rows = list(rows)
    named = dict.fromkeys(gene for row in rows for gene in (*row.answers, *(shown.gene for shown in row.findings)))
    best: dict[str, Counter[str]] = {gene: Counter() for gene in named}
    states: dict[str, Counter[str]] = {gene: Counter() for gene in named}
    for row in rows:
        highest = {shown.gene: shown.tier for shown in reversed(row.findings)}
        for gene in named:
            if gene in highest:
                best[gene][highest[gene]] += 1
            else:
                states[gene][row.answers.get(gene, row.otherwise).state] += 1
    found = [GeneRow(gene, best[gene], states[gene]) for gene in named]

    def key(row: GeneRow) -> tuple[int, int, int, str]:
        of = row.tiers
        return -(of.get(Tier.I, 0) + of.get(Tier.II, 0)), -of.get(Tier.III, 0), -of.get(Tier.IV, 0), row.gene

    return sorted(found, key=key)


def picture_data(rows: Sequence[Row], genes: Sequence[str]) -> str:
    """What the picture is drawn from, as JSON that may stand in a script element; rows and genes in the order given.

    Answers are told once and referred to by their number, so that a thousand cases stay small.
    """
    number = {gene: n for n, gene in enumerate(genes)}
    kinds, tiers, states = list(KINDS), list(Tier), list(ANSWERS)
    answers: dict[Answer, int] = {}
    cases = []
    for row in rows:
        of_genes = [row.answers.get(gene, row.otherwise) for gene in genes]
        cases.append(
            {
                "f": [[number[f.gene], tiers.index(f.tier), kinds.index(f.kind), f.words] for f in row.findings],
                "a": [answers.setdefault(answer, len(answers)) for answer in of_genes],
            }
        )
    document = {
        "genes": genes,
        "tiers": [str(tier) for tier in tiers],
        "kinds": kinds,
        "states": states,
        "said": KINDS | ANSWERS,
        "answers": [[states.index(answer.state), answer.words] for answer in answers],
        "cases": cases,
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def render(rows: Iterable[Row]) -> str:
    """The page as one HTML text. The same rows give the same bytes; cases come by run and name."""
    rows = sorted(rows, key=lambda row: (row.run, row.sample, row.panel))
    genes = gene_rows(rows)
    env = pages.environment("tierline.cohort")
    script = pages.SORT + (env.loader.get_source(env, "cohort.js")[0] if env.loader else "")
    return env.get_template("cohort.html").render(
        rows=rows,
        genes=genes,
        data=Markup(picture_data(rows, [row.gene for row in genes])),
        script=Markup(script),
        policy=pages.policy(script),
        version=tierline.__version__,
        verdicts=Counter(str(row.verdict) for row in rows),
        unfinished=sum(not row.status for row in rows),
        runs=list(dict.fromkeys(row.run for row in rows)),
        synthetic=sum(row.synthetic for row in rows),
        panels=sorted({f"{row.panel} {row.panel_version}" for row in rows if row.panel_version}),
        tumor_types=sorted({(row.tumor_type, row.tumor_name) for row in rows if row.tumor_type}),
        Tier=Tier,
        TIER_MEANING=TIER_MEANING,
        KINDS=KINDS,
        ANSWERS=ANSWERS,
        JUDGEMENTS=list(Judgement),
    )
