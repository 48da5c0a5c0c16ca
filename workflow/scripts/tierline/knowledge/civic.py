"""CIViC (Clinical Interpretation of Variants in Cancer, https://civicdb.org, CC0): its accepted clinical evidence.

``resources/knowledge/civic/evidence.tsv`` holds the facts of every item, without its sentences, and its profile in our
grammar (``distil_civic.py`` writes it); ``diseases.tsv`` holds our reading of the diseases. What an item becomes
(Tierline design, "Tiers: the rules"):

* Predictive, diagnostic and prognostic items. Somatic ones, and those of unknown, mixed or no origin (expression has
  none). Rare germline: predictive items on a loss or any mutation of a gene, marked as such, for an inherited and an
  acquired loss are one target; a single inherited variant is left to germline reports. Common germline: never.
* Level A is A. B is B where two well-rated items (three stars or more, not flagged for review) with different citations
  make the same claim and none speaks against it, else C. C and D are D. E, an inference, is nothing.
* A claim is alteration x tumour types x setting x axis x effect x therapy. Against it speaks a well-rated item of level A
  or B on the same, with all its drugs among the given ones, that found the contrary, or looked for the claim and did
  not find it.
* "Does Not Support" is kept with ``supports=False``: shown, and never a level.
* Therapies in combination are one; substitutes are one item each. A sequence is not read: the table does not say which
  of its drugs the finding is about. Reduced sensitivity stands with resistance, with that word in ``setting``.
* A study of level B over tumours of any type is left out where it did not choose them by one change: an association of a
  gene's mutations or its expression, or of any marker with outcome, may be that of the types that have it. One change, a
  fusion or a copy number is read, and a gene where a registered trial treated by it.
* A negative diagnostic item below A says only that a variant is rarer there, and is not read.
* A fusion that defines the tumour type need not be found in its patient (BCR::ABL1 in chronic myeloid leukaemia).

``unread`` names everything else with its reason.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tierline.knowledge import KNOWLEDGE, Unread
from tierline.knowledge._civic_names import Unreadable, translate
from tierline.problems import InputError, Problem
from tierline.records import Axis, Evidence
from tierline.tables import read_rows

NAME = "civic"
ADDRESS = "https://civicdb.org/links/evidence_items/"

MEANINGS: Mapping[tuple[str, str], tuple[Axis, str]] = {
    ("Predictive", "Sensitivity/Response"): (Axis.SENSITIVITY, ""),
    ("Predictive", "Resistance"): (Axis.RESISTANCE, ""),
    ("Predictive", "Reduced Sensitivity"): (Axis.RESISTANCE, ""),
    ("Diagnostic", "Positive"): (Axis.DIAGNOSTIC, "positive"),
    ("Diagnostic", "Negative"): (Axis.DIAGNOSTIC, "negative"),
    ("Prognostic", "Better Outcome"): (Axis.PROGNOSTIC, "better"),
    ("Prognostic", "Poor Outcome"): (Axis.PROGNOSTIC, "worse"),
}
NO_EFFECT = ("Prognostic", "Does Not Support", "N/A")  # looked for an effect on outcome, either way, and found none
WELL_RATED = 3  # of five stars
ALONE = {"A": "A", "B": "C", "C": "D", "D": "D"}

DEFINED_BY: Mapping[str, frozenset[str]] = {
    "ABL1 fusion BCR": frozenset({"CML", "CMLBCRABL1", "AMLBCRABL1", "BLLBCRABL1", "MPALBCRABL1"}),
    "RARA fusion PML": frozenset({"APLPMLRARA"}),
}
"""Fusions that are part of the definition of tumour types: OncoTree's own names of these codes say so."""

TYPE_LEFT_OUT = "evidence type {}: not about therapy, diagnosis or prognosis"
INFERENCE = "level E: an inference"
COMMON_GERMLINE = "common germline variant"
RARE_GERMLINE = "single inherited variant, or not about therapy"
NEGATIVE = "negative diagnostic finding below level A"
MIXED = "level B over tumours of any type, not chosen by one change: the types may explain it"
BY_RULE = (INFERENCE, COMMON_GERMLINE, RARE_GERMLINE, NEGATIVE, MIXED)  # understood, and left out
"""Reasons of ``unread`` that are rules; the others are what could not be understood."""


@dataclass(frozen=True, slots=True)
class Item:
    """One row of ``civic/evidence.tsv``: the facts of one evidence item, in CIViC's words but for the last two."""

    evidence_id: int  # number behind EID
    profile: str  # molecular profile
    disease: str  # name of the Disease Ontology, or CIViC's own
    doid: str  # number behind DOID:, "" where there is none
    therapies: str  # joined by commas
    interaction: str  # Combination | Substitutes | Sequential, "" for one or no therapy
    evidence_type: str  # Predictive | Diagnostic | Prognostic | Predisposing | Oncogenic | Functional
    direction: str  # Supports | Does Not Support | N/A
    level: str  # A | B | C | D | E
    significance: str  # Sensitivity/Response, Poor Outcome, ...
    rating: int | None  # stars, 1-5
    source_type: str  # PubMed | ASCO | ASH
    citation_id: str  # in that source
    year: str  # of the citation, "" where it names none
    nct_ids: tuple[str, ...]  # trials
    origin: str  # Somatic | Rare Germline | Common Germline | ...
    reviewed: str  # YYYY-MM-DD of the last review
    flagged: bool  # an editor has asked for a second look
    alterations: tuple[str, ...]  # alternatives in the grammar of alterations.py, each with its gene
    unreadable: str  # what the profile asks for that the grammar cannot say, else ""


@dataclass(frozen=True, slots=True)
class Disease:
    """One row of ``civic/diseases.tsv``: what a disease of CIViC is in OncoTree."""

    disease: str  # as CIViC names it
    doid: str  # number behind DOID:, "" where there is none
    tumor_types: tuple[str, ...]  # OncoTree codes, any_solid, any_haematological or any
    setting: str  # what the name says beyond the type
    why: str  # why there is no code, else ""


@dataclass(frozen=True, slots=True)
class Correction:
    """One row of ``civic/corrections.tsv``: where an item says more than its source, or is out of date."""

    evidence_id: int  # number behind EID
    field: str  # level | tumor_types | except_types | alterations
    value: tuple[str, ...]  # what is taken instead
    reason: str  # with what shows it


@dataclass(frozen=True, slots=True)
class Reading:
    """Our tables beside CIViC's: its diseases by name, and the corrections."""

    diseases: Mapping[str, Disease]
    corrections: tuple[Correction, ...] = ()


# --------------------------------------------------------------------------- the contract of a source


def read(folder: Path) -> Iterator[Evidence]:
    """Every fact, in the order of the table. Raises InputError for a malformed table."""
    return evidence_of(read_rows(_table(folder), Item), reading(folder / "civic"))


def unread(folder: Path) -> Iterator[Unread]:
    """Every item that gives no fact, and why."""
    diseases = reading(folder / "civic").diseases
    for item in read_rows(_table(folder), Item):
        if reason := why_unread(item, diseases.get(item.disease)):
            yield Unread(NAME, f"EID{item.evidence_id}", f"{item.profile} in {item.disease or 'no disease'}", reason)


def release(folder: Path) -> dict[str, str]:
    """Name, release, date (of the latest review in it), licence, number of facts: as the head of the table says."""
    with open(_table(folder), encoding="utf-8") as handle:
        head = dict(re.findall(r"(Release|Latest review|Facts): ([\d-]+)", "".join(next(handle) for _ in range(5))))
    return {
        "name": "CIViC accepted clinical evidence",
        "release": head["Release"],
        "date": head["Latest review"],
        "licence": "CC0 1.0",
        "items": head["Facts"],
    }


def _table(folder: Path) -> Path:
    return folder / "civic" / "evidence.tsv"


def reading(folder: Path) -> Reading:
    """Our tables in ``folder`` (``resources/knowledge/civic``)."""
    diseases = {row.disease: row for row in read_rows(folder / "diseases.tsv", Disease)}
    return Reading(diseases, tuple(read_rows(folder / "corrections.tsv", Correction)))


# --------------------------------------------------------------------------- CIViC's own tables


def read_table(path: Path, folder: Path = KNOWLEDGE) -> tuple[Evidence, ...]:
    """The facts of a download of CIViC's clinical evidence (2026 or 2021 columns), by our tables in ``folder``
    (``resources/knowledge``).

    A disease that is named otherwise there is found by its DOID. Raises InputError where a column is missing.
    """
    ours = reading(folder / "civic")
    by_doid = {row.doid: row for row in ours.diseases.values() if row.doid}
    items = list(items_of(path))
    diseases = {item.disease: ours.diseases.get(item.disease) or by_doid.get(item.doid) for item in items}
    return tuple(evidence_of(items, replace(ours, diseases={name: row for name, row in diseases.items() if row})))


COLUMNS = (
    "disease", "doid", "evidence_type", "evidence_direction", "evidence_level", "citation_id", "source_type",
    "citation", "nct_ids", "rating", "evidence_status", "evidence_id", "variant_origin", "last_review_date",
)  # fmt: skip
RENAMED = {
    "therapies": "drugs",
    "therapy_interaction_type": "drug_interaction_type",
    "significance": "clinical_significance",
}


def items_of(path: Path) -> Iterator[Item]:
    """The accepted items of a download of CIViC's clinical evidence, in its order."""
    with open(path, encoding="utf-8", newline="") as handle:
        rows = csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE)
        names = rows.fieldnames or ()
        missing = [name for name in COLUMNS if name not in names]
        missing += [new for new, old in RENAMED.items() if new not in names and old not in names]
        missing += ["molecular_profile"] if "molecular_profile" not in names and "variant" not in names else []
        if missing:
            raise InputError(
                [
                    Problem(
                        str(path), 1, "", "", "this is not CIViC's clinical evidence",
                        f"Missing: {', '.join(missing)}. Take AcceptedClinicalEvidenceSummaries.tsv.",
                    )
                ]
            )  # fmt: skip
        for row in rows:
            if row["evidence_status"] == "accepted":
                yield _item({**row, **{new: row.get(new) or row.get(old) or "" for new, old in RENAMED.items()}})


def _item(row: Mapping[str, str]) -> Item:
    profile = row.get("molecular_profile") or profile_of_2021(row["gene"], row["variant"])
    alterations: tuple[str, ...] = ()
    unreadable = ""
    try:
        alterations = translate(profile)
    except Unreadable as error:
        unreadable = str(error)
    year = re.search(r"\b(19|20)\d\d\b", row["citation"])
    return Item(
        evidence_id=int(row["evidence_id"]),
        profile=profile,
        disease=row["disease"],
        doid=row["doid"],
        therapies=row["therapies"],
        interaction=row["therapy_interaction_type"],
        evidence_type=row["evidence_type"],
        direction=row["evidence_direction"],
        level=row["evidence_level"],
        significance=row["significance"],
        rating=int(row["rating"]) if row["rating"] else None,
        source_type=row["source_type"],
        citation_id=row["citation_id"],
        year=year.group() if year else "",
        nct_ids=tuple(re.findall(r"NCT\d{8}", row["nct_ids"])),
        origin=row["variant_origin"],
        reviewed=row["last_review_date"][:10],
        flagged=row.get("is_flagged") == "true",
        alterations=alterations,
        unreadable=unreadable,
    )


def profile_of_2021(gene: str, variant: str) -> str:
    """The profile that a gene and a variant of the older table make: fusions had dashes, and changes stood behind them.

    ``ABL1``, ``BCR-ABL T315I`` -> ``BCR::ABL1 Fusion AND ABL1 T315I``.
    """
    fusion, _, rest = variant.partition(" ")
    partners = [{"ABL": "ABL1", "NPM": "NPM1"}.get(name, name) for name in fusion.split("-")]
    if len(partners) == 2 and gene in partners:
        changes = [change for change in rest.split() if change != "and"]
        return " AND ".join([f"{partners[0]}::{partners[1]} Fusion", *(f"{gene} {change}" for change in changes)])
    if fusion == gene and rest.casefold().startswith("fusion"):
        changes = rest.split()[1:]
        return " AND ".join([f"v::{gene} Fusion", *(f"{gene} {change}" for change in changes)])
    return f"{gene} {variant}"


# --------------------------------------------------------------------------- from items to evidence


def why_unread(item: Item, disease: Disease | None) -> str:
    """Why the item gives no fact; "" where it does."""
    meaning = (item.evidence_type, item.direction, item.significance)
    if item.evidence_type not in ("Predictive", "Diagnostic", "Prognostic"):
        return TYPE_LEFT_OUT.format(item.evidence_type)
    if item.level == "E":
        return INFERENCE
    if item.origin == "Common Germline":
        return COMMON_GERMLINE
    if item.unreadable:
        return f"names {item.unreadable}"
    if item.origin == "Rare Germline" and not _is_loss_of_a_gene(item):
        return RARE_GERMLINE
    if disease is None:
        return "the disease is not in diseases.tsv"
    if not disease.tumor_types:
        return f"no tumour type: {disease.why}"
    if meaning != NO_EFFECT and (meaning[0], meaning[2]) not in MEANINGS:
        return f"significance {item.significance or 'not given'}: no direction of an effect"
    if item.significance == "Negative" and item.level != "A":
        return NEGATIVE
    if item.level == "B" and item.direction == "Supports" and _is_mixed(item, disease):
        return MIXED
    if item.evidence_type == "Predictive":
        if item.therapies in ("", "Not Applicable"):
            return "no therapy is named"
        if item.interaction == "Sequential":
            return "therapies in sequence: which of them it is about is not said"
    return ""


def _is_mixed(item: Item, disease: Disease) -> bool:
    """Whether a study was over tumours of any type that no one change had chosen."""
    if not set(disease.tumor_types) <= {"any", "any_solid", "any_haematological"}:
        return False
    if item.evidence_type != "Predictive":
        return True
    named = {text.partition(" ")[2] for text in item.alterations}
    treated_by_it = bool(item.nct_ids) and named <= {"mutation", "loss_of_function"}
    return named <= WHOLE_GENE and not treated_by_it


WHOLE_GENE = frozenset({"mutation", "loss_of_function", "truncating", "expression", "overexpression", "underexpression"})


def _is_loss_of_a_gene(item: Item) -> bool:
    named = {text.partition(" ")[2] for text in item.alterations}
    return item.evidence_type == "Predictive" and named <= {"mutation", "loss_of_function"}


@dataclass(frozen=True, slots=True)
class _Claim:
    """What one item says of one alteration and one therapy."""

    item: Item
    id: str
    alteration: str  # with its gene
    tumor_types: tuple[str, ...]
    except_types: tuple[str, ...]
    setting: str
    axis: Axis
    effect: str
    therapy: str
    supports: bool

    @property
    def subject(self) -> tuple[str, tuple[str, ...], str]:
        return self.alteration, self.tumor_types, self.setting

    @property
    def is_well_rated(self) -> bool:
        return (self.item.rating or 0) >= WELL_RATED and not self.item.flagged


def evidence_of(items: Iterable[Item], ours: Reading) -> Iterator[Evidence]:
    """The facts of all items together: what agrees, and what contradicts, decides on the level."""
    corrections: defaultdict[int, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for row in ours.corrections:
        corrections[row.evidence_id][row.field] = row.value
    claims = [
        claim
        for item in items
        if not why_unread(item, ours.diseases.get(item.disease))
        for claim in _claims(item, ours.diseases[item.disease], corrections[item.evidence_id])
    ]
    on: defaultdict[object, list[_Claim]] = defaultdict(list)
    for claim in claims:
        on[claim.subject].append(claim)
    for claim in claims:
        yield _evidence(claim, level_of(claim, on[claim.subject]))


def _claims(item: Item, disease: Disease, correction: Mapping[str, tuple[str, ...]]) -> Iterator[_Claim]:
    """One claim for each alternative alteration and each substitute; numbered where there are several."""
    axis, effect = MEANINGS.get((item.evidence_type, item.significance), (Axis.PROGNOSTIC, ""))
    tumor_types = correction.get("tumor_types", disease.tumor_types)
    alterations = correction.get("alterations", item.alterations)
    if "level" in correction:
        item = replace(item, level=correction["level"][0])
    told = [
        (alteration, therapy)
        for alteration in dict.fromkeys(without_defining(text, tumor_types) for text in alterations)
        for therapy in therapies_of(item)
    ]
    words = (
        disease.setting,
        "reduced sensitivity" if item.significance == "Reduced Sensitivity" else "",
        "inherited variant" if item.origin == "Rare Germline" else "",
    )
    for number, (alteration, therapy) in enumerate(told, 1):
        yield _Claim(
            item=item,
            id=f"EID{item.evidence_id}" + (f".{number}" if len(told) > 1 else ""),
            alteration=alteration,
            tumor_types=tumor_types,
            except_types=correction.get("except_types", ()),
            setting=", ".join(filter(None, words)),
            axis=axis,
            effect=effect,
            therapy=therapy,
            supports=item.direction == "Supports",
        )


def without_defining(alteration: str, tumor_types: tuple[str, ...]) -> str:
    """The alteration without a fusion that all the tumour types are defined by, where it asks for more than that."""
    parts = alteration.split(" & ")
    kept = [part for part in parts if not set(tumor_types) <= DEFINED_BY.get(part, frozenset())]
    return " & ".join(kept or parts)


def therapies_of(item: Item) -> tuple[str, ...]:
    """The therapies that the item speaks of, each as its components joined by `` + `` in alphabetical order."""
    if item.evidence_type != "Predictive":
        return ("",)
    if not item.interaction:
        return (_drug(item.therapies),)
    names = sorted({_drug(name) for name in re.split(r",(?!\d{3}\b)", item.therapies)}, key=str.casefold)
    return tuple(names) if item.interaction == "Substitutes" else (" + ".join(names),)


def _drug(name: str) -> str:
    """The drug in small letters but for codes (``TSR-011``) and names of genes, without its salt."""
    name = re.sub(r" (Mesylate|Anhydrous|Regimen)$", "", name.strip())
    return " ".join(word.lower() if word[1:].islower() else word for word in name.split())


def level_of(claim: _Claim, others: Iterable[_Claim]) -> str:
    """The claim's level among all claims on the same subject (itself included)."""
    level = ALONE[claim.item.level]
    if claim.item.level != "B":
        return level
    others = list(others)
    agreeing = {
        (other.item.source_type, other.item.citation_id)
        for other in others
        if (other.axis, other.effect, other.therapy, other.supports)
        == (claim.axis, claim.effect, claim.therapy, claim.supports)
        and other.item.level == "B"
        and other.is_well_rated
    }
    if not claim.is_well_rated or len(agreeing) < 2 or any(contradicts(other, claim) for other in others):
        return level
    return "B"


def contradicts(other: _Claim, claim: _Claim) -> bool:
    """Whether ``other``, on the same subject, is well rated, of level A or B, and found the contrary of ``claim``, or
    did not find what it says; for a therapy, where all its drugs were given."""
    if other.item.level not in "AB" or not other.is_well_rated:
        return False
    if not set(claim.therapy.split(" + ")) <= set(other.therapy.split(" + ")):
        return False
    same = (other.axis, other.effect or claim.effect) == (claim.axis, claim.effect or other.effect)
    if same:
        return other.supports != claim.supports
    predictive = {other.axis, claim.axis} == {Axis.SENSITIVITY, Axis.RESISTANCE}
    return (predictive or other.axis is claim.axis) and other.supports and claim.supports


def _evidence(claim: _Claim, level: str) -> Evidence:
    item = claim.item
    gene, _, alteration = claim.alteration.partition(" ")
    source = f"PMID {item.citation_id}" if item.source_type == "PubMed" else f"{item.source_type} {item.citation_id}"
    flag = "flagged for review at CIViC" if item.flagged else ""
    return Evidence(
        id=claim.id,
        gene=gene,
        alteration=alteration.replace(f"& {gene} ", "& "),
        tumor_types=claim.tumor_types,
        except_types=claim.except_types,
        axis=claim.axis,
        effect=claim.effect,
        therapy=claim.therapy,
        level=level,
        jurisdictions=(),
        approved_test="",
        setting=", ".join(filter(None, (claim.setting, flag))),
        source="; ".join((source, *item.nct_ids)),
        source_url=f"{ADDRESS}{item.evidence_id}",
        source_date=item.year,
        looked_up=f"via CIViC EID{item.evidence_id}, level {item.level}"
        + (f", {item.rating} of 5 stars" if item.rating else ", not rated"),
        read_on=item.reviewed,
        knowledge=NAME,
        supports=claim.supports,
    )
