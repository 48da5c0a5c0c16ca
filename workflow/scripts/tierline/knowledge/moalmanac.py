"""Molecular Oncology Almanac: its JSON, where the user has put it into ``moalmanac/*.json`` of the knowledge folder.

The database (https://github.com/vanallenlab/moalmanac-db, GPL-2.0) is not part of Tierline: without a file the source
has no facts, and its release says "not installed". Both forms of the database are read:

* the dated releases, a list of assertions (``molecular-oncology-almanac.json``; fields: its docs/sop.md);
* the draft of version 2, ``{"about": ..., "content": [statements]}`` as its utils/dereference.py writes it, or one
  statement a file; a biomarker may stand in a criterion (``{"present": ..., "subject": ...}``).

Levels, by what the Almanac means with its kinds of evidence (https://moalmanac.org/about): an approval or a guideline
is A. "Clinical trial" says that the alteration is or was an inclusion criterion: C. "Clinical evidence" is one clinical
study outside a trial: two or more with different sources that say the same of the same alteration, tumour type and
therapy, and none that says the opposite, are several small studies: C; one is D. Preclinical and inferential: D.

The Almanac does not say which approvals were withdrawn: one that our curated facts know as withdrawn gets its date.
What a laboratory states (MSI, TMB, HRD, stainings, chromosome arms) is read where the grammar has a word for it. What is
not read is listed by ``unread`` with its reason: kinds of biomarker that no tested variant can be (germline variants among
them: a somatic one is not evidence of an inherited one), statements of no effect, and known faults.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from tierline.alterations import parse as parse_alteration
from tierline.hgvs import normalise_protein
from tierline.knowledge import Unread, curated, load_gene_roles, own_or_shipped
from tierline.knowledge._gene_roles import GENE_ROLES
from tierline.oncotree import ONCOTREE_TSV, OncoTree
from tierline.problems import InputError, Problem
from tierline.records import Axis, Evidence

NAME = "moalmanac"
TITLE, LICENCE, NOT_INSTALLED = "Molecular Oncology Almanac", "GPL-2.0", "not installed"

CLINICAL = "clinical evidence"
LEVELS = {
    "fda-approved": "A",
    "approval": "A",
    "guideline": "A",
    "clinical trial": "C",
    CLINICAL: "D",  # C where several agree: see ``_several``
    "preclinical": "D",
    "preclinical evidence": "D",
    "inferential": "D",
    "inferential evidence": "D",
}
NO_VARIANT = {  # kinds of biomarker that are not read
    "germline variant": "an inherited variant: it says nothing of a somatic one",
    "knockdown": "a knockdown is an experiment, and no alteration of a tumour",
    "aneuploidy": "aneuploidy",
    "mutational signature": "a mutational signature",
}
STATUS = {  # kind of biomarker, status: gene and alteration
    ("microsatellite stability", "msi-high"): ("MSI", "high"),
    ("microsatellite stability", "microsatellite instability-high (msi-h)"): ("MSI", "high"),
    ("microsatellite stability", "microsatellite instability-low (msi-l)"): ("MSI", "low"),
    ("mismatch repair", "deficient"): ("MSI", "high"),
    ("mismatch repair", "proficient"): ("MSI", "!high"),
    ("homologous recombination", "deficient"): ("HRD", "positive"),
}
STAINING = "protein expression"
MARKERS = {  # of a staining: gene, and what is said where it is positive
    "estrogen receptor (er)": ("ESR1", "expression"),
    "progesterone receptor (pr)": ("PGR", "expression"),
    "human epidermal growth factor receptor 2 (her2)": ("ERBB2", "overexpression"),
    "pd-l1": ("CD274", "expression"),
    "egfr": ("EGFR", "expression"),
    "cldn18.2": ("CLDN18", "expression"),
    "folr1": ("FOLR1", "expression"),
    "cd19": ("CD19", "expression"),
    "cd20": ("MS4A1", "expression"),
    "cd22": ("CD22", "expression"),
    "cd30": ("TNFRSF8", "expression"),
    "cd33": ("CD33", "expression"),
    "cd117": ("KIT", "expression"),
}
SCORES = {  # how a staining is counted: the grammar's word, and the grammar's units in one of the Almanac's
    "combined positive score (cps)": ("CPS", 1),
    "tumor proportion score (tps)": ("%", 100),
    "percentage of tumor cells": ("%", 100),
    "tumor-infiltrating immune cells (tiic)": ("IC", 100),
    "tumor area positivity (tap)": ("TAP", 100),
}
TRUNCATING = ("nonsense", "frameshift", "splice site")
ANY_SOLID = "any solid tumor"
APPROVALS = ("fda-approved", "approval")
LABELLED_OTHERWISE = (("Talazoparib", "PRAD", "breast"), ("Gilteritinib", "ALL", "acute myeloid"))  # drug, code, label
EGFR_ACTIVATING = "mutation & !p.Thr790Met | exon 20 inframe_insertion"  # resistant: EID238, assertions 245 and 248
INHIBITORS_BEFORE_T790M = frozenset({"gefitinib", "erlotinib", "afatinib", "dacomitinib"})
ODD = (AttributeError, IndexError, KeyError, TypeError, ValueError)  # what a record of another structure raises


class _NotRead(Exception):
    """Why a record is not understood."""


@dataclass(frozen=True, slots=True)
class _Feature:
    """One biomarker, in the words of either form. ``name`` is version 2's; genes are in the order of the source."""

    kind: str
    genes: tuple[str, ...]
    present: bool = True
    protein_change: str = ""
    annotation: str = ""
    exon: str = ""
    direction: str = ""
    locus: str = ""
    name: str = ""
    status: str = ""  # of MSI, mismatch repair, HRD, TMB
    per_megabase: str = ""  # of TMB
    count: str = ""  # of TMB, in mutations
    marker: str = ""  # of a staining
    unit: str = ""
    equality: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class _Record:
    """One assertion or statement, in the words of either form; empty where it says nothing."""

    id: str
    features: tuple[_Feature, ...]
    axis: Axis
    effect: str
    therapy: str
    disease: str  # OncoTree code, or the words for any solid tumour
    implication: str  # a key of LEVELS
    agency: str
    setting: str
    source: str
    url: str
    date: str
    updated: str


def read(folder: Path) -> Iterator[Evidence]:
    """Every fact understood, in the order of the files. Raises InputError for a file that is not the Almanac's."""
    return iter(_understood(folder)[0])


def unread(folder: Path) -> Iterator[Unread]:
    """Every record that is not understood, with the reason. Raises as ``read``."""
    return iter(_understood(folder)[1])


def release(folder: Path) -> dict[str, str]:
    """The release that the file names, else the file; its latest date; "not installed" where there is none."""
    files = _files(folder)
    about = [data["about"] for data in map(_load, files) if isinstance(data, dict) and isinstance(data.get("about"), dict)]
    facts = _understood(folder)[0]
    named = about[0].get("release", "") if about else ", ".join(path.stem for path in files)
    latest = max((fact.read_on for fact in facts), default="")
    return {
        "name": TITLE,
        "release": named or NOT_INSTALLED,
        "date": (about[0].get("last_updated") or latest) if about else latest,
        "licence": LICENCE,
        "items": str(len(facts)),
    }


# --------------------------------------------------------------------------- files


def _files(folder: Path) -> list[Path]:
    return sorted((folder / "moalmanac").glob("*.json"))


def _load(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError([Problem(str(path), None, "", "", f"the file cannot be read: {error.strerror}", "")]) from error
    except (ValueError, RecursionError) as error:
        raise InputError([Problem(str(path), None, "", "", f"not JSON: {error}", "Download it again.")]) from error


def _rows(path: Path) -> list[dict[str, Any]]:
    data = _load(path)
    if isinstance(data, dict):
        data = data.get("content", [data])
    known = isinstance(data, list) and all(
        isinstance(row, dict) and ("feature_type" in row or "proposition" in row) for row in data
    )
    if not known:
        remedy = "Put molecular-oncology-almanac.json of a release, or the dereferenced JSON of version 2, there."
        raise InputError([Problem(str(path), None, "", "", "this is no JSON of the Molecular Oncology Almanac", remedy)])
    return list(data)


def _understood(folder: Path) -> tuple[tuple[Evidence, ...], tuple[Unread, ...]]:
    """Facts and what is not understood, of all files."""
    files = _files(folder)
    if not files:
        return (), ()
    tree = OncoTree.load(own_or_shipped(folder, ONCOTREE_TSV))
    roles = {gene: row.role for gene, row in load_gene_roles(own_or_shipped(folder, GENE_ROLES)).items()}
    withdrawn = {(fact.gene, fact.therapy): fact.withdrawn_on for fact in curated.read(folder) if fact.withdrawn_on}
    found: list[tuple[_Record, Evidence]] = []
    left: list[Unread] = []
    for path in files:
        for number, row in enumerate(_rows(path), 1):
            name = str(row.get("assertion_id") or row.get("id") or number)
            try:
                record = _statement(row, name) if "proposition" in row else _assertion(row, name)
                fact = _evidence(record, tree, roles)
                gone = withdrawn.get((fact.gene, fact.therapy)) if record.implication in APPROVALS else None
                found.append((record, replace(fact, level="C", withdrawn_on=gone) if gone else fact))
            except _NotRead as error:
                left.append(Unread(NAME, name, _what(row), str(error)))
            except ODD:
                left.append(Unread(NAME, name, _what(row), "a record of another structure than the Almanac's"))
    return _several(found), tuple(left)


# --------------------------------------------------------------------------- the dated releases


def _assertion(row: Mapping[str, Any], name: str) -> _Record:
    cells = {key: "" if value is None else str(value).strip() for key, value in row.items()}

    def cell(key: str) -> str:
        return cells.get(key, "")

    kind = cell("feature_type").casefold()
    genes = (cell("gene1"), cell("gene2")) if kind == "rearrangement" else (cell("gene"),)
    feature = _Feature(
        kind=kind,
        genes=tuple(filter(None, genes)),
        protein_change=cell("protein_change"),
        annotation=(cell("variant_annotation") or cell("rearrangement_type")).casefold(),
        exon=cell("exon"),
        direction=cell("direction").casefold(),
        locus=cell("locus"),
        status=(cell("status") or cell("classification")).casefold(),
        per_megabase=cell("mutations_per_mb"),
        count=cell("minimum_mutations"),
    )
    axis, effect = _meaning(cell)
    implication = cell("predictive_implication").casefold()
    if (axis, implication, cell("oncotree_code"), feature.genes) == (Axis.RESISTANCE, "guideline", "CML", ("ABL1",)):
        raise _NotRead("known fault: lists the drugs that the guideline advises as drugs that are resisted")
    if (cell("therapy_name"), feature.genes) == ("Revumenib", ("NPM1",)) and cell("oncotree_code") != "AML":
        raise _NotRead("known fault: the NPM1 indication of revumenib is for AML")
    paper = f"PMID {cell('pmid')}" if cell("pmid") else _citation(cell("citation")) or cell("doi") or cell("url")
    broad = ANY_SOLID if cell("oncotree_term").casefold() == cell("disease").casefold() == ANY_SOLID else ""
    return _Record(
        id=f"moa-{name}",
        features=(feature,),
        axis=axis,
        effect=effect,
        therapy=cell("therapy_name"),
        disease=cell("oncotree_code") or broad,
        implication=implication,
        agency="FDA" if implication == "fda-approved" else "",
        setting=cell("context"),
        source="; ".join(filter(None, (paper, cell("nct")))),
        url=cell("url"),
        date=_iso(cell("publication_date")),
        updated=_iso(cell("last_updated")),
    )


def _meaning(cell: Any) -> tuple[Axis, str]:
    """The axis and effect of an assertion. "0" for sensitivity asserts that there is none, which supports nothing."""
    meanings = {
        ("therapy_sensitivity", "1"): (Axis.SENSITIVITY, ""),
        ("therapy_resistance", "1"): (Axis.RESISTANCE, ""),
        ("favorable_prognosis", "1"): (Axis.PROGNOSTIC, "better"),
        ("favorable_prognosis", "0"): (Axis.PROGNOSTIC, "worse"),
        ("diagnostic", "1"): (Axis.DIAGNOSTIC, "positive"),
    }
    if cell("therapy_sensitivity") == "0" or cell("therapy_resistance") == "0":
        raise _NotRead("asserts that there is no effect")
    found = [meaning for (key, value), meaning in meanings.items() if cell(key).removesuffix(".0") == value]
    if len(found) != 1:
        raise _NotRead("names no axis, or several" if not cell("adverse_event_risk") else "an adverse event")
    return found[0]


def _citation(text: str) -> str:
    """A citation without the address and the days of reading: ``National ... Leukemia (Version 1.2016)``."""
    return re.split(r"\.? (?:https?://|Accessed\b|To view\b)", text)[0].strip(" .")


# --------------------------------------------------------------------------- the draft of version 2


def _statement(row: Mapping[str, Any], name: str) -> _Record:
    proposition = row["proposition"]
    if row.get("direction", "supports") != "supports":
        raise _NotRead("does not support its proposition")
    axes = {"predictSensitivityTo": Axis.SENSITIVITY, "predictResistanceTo": Axis.RESISTANCE}
    axis = axes.get(proposition.get("predicate", ""))
    if axis is None:
        raise _NotRead(f"the predicate {proposition.get('predicate')!r} is not known")
    documents = row.get("reportedIn") or [{}]
    more = {key: str(value or "") for key, value in _extensions(documents[0]).items() if not isinstance(value, dict)}
    if more.get("status", "Active") != "Active":
        raise _NotRead("its document is no longer in force in the Almanac")
    number, date = more.get("identification_number", ""), _iso(more.get("publication_date", ""))
    agency = documents[0].get("id", "").removeprefix("doc:").partition(".")[0].upper()
    words = [documents[0].get("name", "").rstrip("."), f"application {number}" if number else "", date]
    condition = proposition.get("conditionQualifier") or {}
    coding = condition.get("primaryCoding") or {}
    therapies = _therapies(proposition.get("objectTherapeutic") or {})
    if (proposition.get("objectTherapeutic") or {}).get("membershipOperator", "AND") != "AND":
        raise _NotRead("its therapies are alternatives in one group")
    labelled = str((row.get("indication") or {}).get("raw_cancer_type") or "").casefold()
    for drug, code, word in LABELLED_OTHERWISE:
        if drug in therapies and coding.get("code") == code and word in labelled:
            raise _NotRead(f"known fault: the label says {word}, the code {code}")
    urls = documents[0].get("urls") or [documents[0].get("url", "")]
    return _Record(
        id=f"moa2-{name}",
        features=tuple(_biomarker(item) for item in proposition.get("biomarkers") or ()),
        axis=axis,
        effect="",
        therapy=" + ".join(therapies),
        disease=coding.get("code", "") or condition.get("name", "").casefold(),
        implication=(row.get("strength") or {}).get("name", "").casefold(),
        agency=agency,
        setting="",
        source=", ".join(filter(None, words)),
        url=urls[0],
        date=date,
        updated=max(
            (item.get("date", "") for item in row.get("contributions") or () if isinstance(item, dict)), default=""
        ),
    )


def _extensions(item: Mapping[str, Any]) -> dict[str, Any]:
    return {extension["name"]: extension.get("value") for extension in item.get("extensions") or ()}


def _biomarker(item: Mapping[str, Any]) -> _Feature:
    subject = item.get("subject", item)
    more = _extensions(subject)

    def cell(key: str) -> str:
        return "" if more.get(key) is None else str(more[key]).strip()

    genes = [gene["name"] for gene in subject.get("genes") or ()]
    genes += [part["featureContext"]["name"] for part in subject.get("constraints") or () if "featureContext" in part]
    return _Feature(
        kind=(cell("biomarker_type") or str(subject.get("biomarker_type", ""))).casefold(),
        genes=tuple(genes),
        present=bool(item.get("present", more.get("_present", True))),
        protein_change=cell("protein_change"),
        annotation=(cell("variant_annotation") or cell("rearrangement_type")).casefold(),
        exon=cell("exon").partition("/")[0],
        direction=cell("direction").casefold() or _direction(subject.get("name", "")),
        locus=cell("locus"),
        name=subject.get("name", ""),
        status=cell("status").casefold(),
        marker=cell("marker").casefold(),
        unit=cell("unit").casefold(),
        equality=cell("equality"),
        value=cell("value").casefold(),
    )


def _direction(name: str) -> str:
    return next((word for word in ("amplification", "deletion") if name.casefold().endswith(word)), "")


def _therapies(item: Mapping[str, Any]) -> list[str]:
    group = item.get("therapies")
    return [part["name"] for part in group] if group else [item["name"]] if item.get("name") else []


# --------------------------------------------------------------------------- to Evidence


def _evidence(record: _Record, tree: OncoTree, roles: Mapping[str, str]) -> Evidence:
    if record.implication not in LEVELS:
        raise _NotRead(f"the kind of evidence {record.implication!r} is not known")
    if not record.features:
        raise _NotRead("names no biomarker")
    drugs = {drug.casefold() for drug in record.therapy.split(" + ")}
    if "atezolizumab" in drugs and record.disease == "BLCA" and any(f.value == "0.05" for f in record.features):
        raise _NotRead("known fault: of PD-L1 in urothelial carcinoma immune cells are counted, not tumour cells")
    parts, own = [], []
    for feature in record.features:
        gene, text = _alteration(feature, roles)
        if gene == "EGFR" and text == "mutation" and drugs & INHIBITORS_BEFORE_T790M and len(record.features) == 1:
            text = EGFR_ACTIVATING if record.axis is Axis.SENSITIVITY else text
        if not feature.present:
            if text.startswith("!"):
                raise _NotRead("asks for the absence of an absence")
            text = f"!{text}"
        if not text.startswith("!") and text != "wild_type":
            own.append(gene)
        parts.append(f"{gene} {text}")
    if not own:
        raise _NotRead("only asks for what must be absent: nothing found in a tumour supports it")
    gene = own[0]
    alteration = " & ".join(sorted(parts, key=lambda part: not part.startswith(f"{gene} "))).removeprefix(f"{gene} ")
    parse_alteration(alteration, gene)
    if record.axis in (Axis.SENSITIVITY, Axis.RESISTANCE) and not record.therapy:
        raise _NotRead("names no therapy")
    return Evidence(
        id=record.id,
        gene=gene,
        alteration=alteration,
        tumor_types=_tumor_types(record.disease, tree),
        except_types=(),
        axis=record.axis,
        effect=record.effect,
        therapy=" + ".join(_in_small_letters(drug) for drug in record.therapy.split(" + ")),
        level=LEVELS[record.implication],
        jurisdictions=(record.agency,) if record.agency else (),
        approved_test="unknown" if record.agency else "",
        setting=record.setting,
        source=record.source,
        source_url=record.url,
        source_date=record.date,
        looked_up=f"via {TITLE} {record.id.replace('moa2-', 'statement ').replace('moa-', 'assertion ')}",
        read_on=record.updated or record.date,
        knowledge=NAME,
    )


def _tumor_types(disease: str, tree: OncoTree) -> tuple[str, ...]:
    """Current codes of the disease; a code that OncoTree has split is all that it became."""
    if disease.casefold() == ANY_SOLID:
        return ("any_solid",)
    codes = tree.heirs(disease) if disease else ()
    if not codes:
        raise _NotRead(f"the tumour type {disease!r} is no code of OncoTree" if disease else "has no OncoTree code")
    return codes


def _in_small_letters(drug: str) -> str:
    """``Vemurafenib`` as ``vemurafenib``; names with capitals or figures inside (LY3009120) stay."""
    drug = drug.strip()
    return drug.lower() if drug[1:].islower() or " " in drug else drug


def _alteration(feature: _Feature, roles: Mapping[str, str]) -> tuple[str, str]:
    """Gene and alteration in the grammar of ``alterations.py``, "!" before what must be absent.

    Raises _NotRead where the grammar has no word for it.
    """
    if feature.kind in NO_VARIANT:
        raise _NotRead(NO_VARIANT[feature.kind])
    if feature.kind in {kind for kind, _ in STATUS}:
        if (feature.kind, feature.status) not in STATUS:
            raise _NotRead(f"{feature.kind} of another status than the grammar has words for")
        return STATUS[feature.kind, feature.status]
    if feature.kind.endswith("mutational burden"):
        return "TMB", _burden(feature)
    if feature.kind == STAINING:
        return _staining(feature)
    if feature.kind == "copy number (arm level)":
        arm = re.fullmatch(r"(\d{1,2}|X|Y)([pq]) deletion", feature.name)
        if not arm:
            raise _NotRead("a chromosome arm that is not simply lost")
        return f"Chr{arm[1]}{arm[2]}", "loss"
    if not feature.genes:
        raise _NotRead("names no gene")
    return feature.genes[0], _of_gene(feature, roles)


def _burden(feature: _Feature) -> str:
    """``high``, with the cut-off per megabase where one is named: in a field, or in the name that version 2 gives it."""
    named = re.fullmatch(r"TMB-H \(>= (\d+) mutations / Mb\)", feature.name)
    if feature.status != "high" and not named:
        raise _NotRead("a mutational burden that is not high")
    if feature.count:
        raise _NotRead("a mutational burden that is counted otherwise than by megabase")
    least = named[1] if named else feature.per_megabase
    return f"high mut/Mb>={float(least):g}" if least else "high"


def _staining(feature: _Feature) -> tuple[str, str]:
    """Gene and alteration of a staining: positive, negative, HER2-low, or from a cut-off on."""
    if feature.marker in MARKERS:
        gene, word = MARKERS[feature.marker]
        if feature.unit == "status" and feature.equality == "=":
            said = {"positive": word, "negative": f"!{word}"} | ({"low": "low"} if gene == "ERBB2" else {})
            if feature.value in said:
                return gene, said[feature.value]
        if feature.unit in SCORES and feature.equality == ">=":
            score, factor = SCORES[feature.unit]
            least = round(float(feature.value) * factor, 6)
            if re.search(rf">= {least:g}(?![\d.])", feature.name) is None:
                raise _NotRead("a cut-off whose name and figure differ")
            return gene, f"{word} {score}>={least:g}"
    raise _NotRead("protein expression that the grammar has no word for")


def _of_gene(feature: _Feature, roles: Mapping[str, str]) -> str:
    """The alteration of a feature of a gene."""
    if feature.kind == "wild type":
        return "wild_type"
    if feature.kind == "copy number":
        if feature.direction not in ("amplification", "deletion"):
            raise _NotRead("a copy-number change without direction")
        return feature.direction
    if feature.kind in ("rearrangement", "gene fusion"):
        if feature.locus:
            raise _NotRead("a translocation that is named by its bands")
        return f"fusion {feature.genes[1]}" if len(feature.genes) > 1 else "fusion"
    if feature.kind == "somatic variant":
        return _somatic(feature, roles.get(feature.genes[0], ""))
    raise _NotRead(f"the kind of biomarker {feature.kind!r} is not known")


def _somatic(feature: _Feature, role: str) -> str:
    gene, what = feature.genes[0], feature.annotation
    if "TKD" in feature.name:
        raise _NotRead("a kinase domain without its codons")
    if feature.protein_change:
        codon = re.fullmatch(r"p\.[A-Z](\d+)", feature.protein_change)
        if codon:
            return f"codon {codon[1]}"
        try:
            return normalise_protein(feature.protein_change)
        except ValueError as error:
            raise _NotRead(f"the change {feature.protein_change!r} can't be read") from error
    if what == "internal tandem duplication (itd)" and gene == "FLT3":
        return "exon 14-15 inframe_insertion"
    if what in TRUNCATING and role == "oncogene" and not (gene == "MET" and what == "splice site"):
        raise _NotRead("a truncation of an oncogene")
    if feature.exon:
        skips = what == "splice site" or (gene, feature.exon, what) == ("MET", "14", "deletion")
        words = {"": "", "missense": " missense", "deletion": " inframe_deletion", "insertion": " inframe_insertion"}
        words |= dict.fromkeys(("nonsense", "frameshift"), " truncating")
        if skips or what in words:
            return f"exon {feature.exon}" + (" skipping" if skips else words[what])
    elif what in TRUNCATING:
        return "truncating"
    elif what in ("", "activating mutation"):
        return "mutation"
    raise _NotRead(f"{what} anywhere in a gene" if what else "a somatic variant without change or exon")


def _several(found: list[tuple[_Record, Evidence]]) -> tuple[Evidence, ...]:
    """All facts; clinical studies that agree, and that none contradicts, are raised from D to C."""
    opposite = {Axis.SENSITIVITY: Axis.RESISTANCE, Axis.RESISTANCE: Axis.SENSITIVITY, "better": "worse", "worse": "better"}

    def subject(fact: Evidence) -> tuple[object, ...]:
        return (fact.gene, fact.alteration, fact.tumor_types, fact.therapy)

    sources: defaultdict[tuple[object, ...], set[str]] = defaultdict(set)
    said: set[tuple[object, ...]] = set()
    for record, fact in found:
        claim = fact.effect or fact.axis
        said.add((subject(fact), claim))
        if record.implication == CLINICAL:
            sources[subject(fact), claim].add(fact.source)
    facts = []
    for record, fact in found:
        claim = fact.effect or fact.axis
        contradicted = (subject(fact), opposite.get(claim)) in said
        agreed = record.implication == CLINICAL and len(sources[subject(fact), claim]) > 1 and not contradicted
        facts.append(replace(fact, level="C") if agreed else fact)
    return tuple(facts)


# --------------------------------------------------------------------------- words


def _iso(text: str) -> str:
    """``9/16/21`` or ``2021-05-01`` as YYYY-MM-DD; "" for what is no date."""
    for shape in ("%Y-%m-%d", "%m/%d/%y", "%m/%d/%Y"):
        try:
            return datetime.strptime(text, shape).date().isoformat()
        except ValueError:
            continue
    return ""


def _what(row: Mapping[str, Any]) -> str:
    """A record that is not read, in a few of its own words: kind, genes, change, therapy."""
    keys = ("feature_type", "gene", "gene1", "gene2", "protein_change", "variant_annotation", "exon", "direction", "status")
    if "proposition" not in row:
        return " ".join(str(row[key]) for key in (*keys, "therapy_name") if row.get(key)) or "a record"
    try:
        names = [item.get("subject", item).get("name", "") for item in row["proposition"].get("biomarkers") or ()]
        drugs = _therapies(row["proposition"].get("objectTherapeutic") or {})
        return f"{' and '.join(names) or 'no biomarker'}: {' + '.join(drugs) or 'no therapy'}"
    except ODD:
        return "a statement"
