"""Check every curated fact against the public tables that it was read in.

Usage: python resources/knowledge/check_sources.py [SHARED_DATA]

SHARED_DATA holds ``knowledge/`` with the CIViC evidence TSV and the distilled Molecular Oncology Almanac tables; its
default is ``$TIERLINE_SHARED_DATA``, else ``../shared/data`` beside the checkout. For each reference that a fact names
in ``looked_up`` (``ind:...``, ``assertion N``, ``EIDn``) these must agree: gene, therapy, axis, tumour type, protein
changes, level, PMIDs, application number, date and address. A difference that a curator has justified stands, with its
reason, in ``justified_differences.tsv``. So must fusion partners and, where a fact names a trial, the trial's number. A
fact that names no such row must have been read in a page of ``pages.tsv`` that names its gene. Prints what was compared
and what was skipped and why; exit 1 on a disagreement, on a justification or a page that nothing needs, or where fewer
than 95 % of the facts rest on a row or a listed page.
"""

from __future__ import annotations

import csv
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tierline.alterations import Atom, parse
from tierline.knowledge import curated
from tierline.oncotree import OncoTree
from tierline.records import Axis, Evidence
from tierline.tables import read_rows

HERE = Path(__file__).resolve().parent
DEFAULT_SHARED = Path(os.environ.get("TIERLINE_SHARED_DATA", HERE.parents[2] / "shared" / "data"))
MINIMUM = 0.95
TRIAL = re.compile(r"NCT\d{8}")
REFERENCE = re.compile(r"ind:[\w.-]+:\d+|assertion \d+|EID\d+")
WELL_RATED = 3

THREE_LETTER = {
    "Ala": "A", "Arg": "R", "Asn": "N", "Asp": "D", "Cys": "C", "Gln": "Q", "Glu": "E", "Gly": "G", "His": "H", "Ile": "I",
    "Leu": "L", "Lys": "K", "Met": "M", "Phe": "F", "Pro": "P", "Ser": "S", "Thr": "T", "Trp": "W", "Tyr": "Y", "Val": "V",
    "Ter": "*",
}  # fmt: skip

# CIViC names a disease in the words of the Disease Ontology; these are the OncoTree codes of the names used here
# (none: any solid tumour). Where OncoTree has no such type, the code is that of the nearest one above it.
CIVIC_DISEASES: dict[str, set[str]] = {
    "Acral Lentiginous Melanoma": {"ACRM"},
    "Acute Lymphoblastic Leukemia": {"BLL", "TLL"},
    "Acute Myeloid Leukemia": {"AML"},
    "Acute Myeloid Leukemia With MLL Rearrangement": {"AML"},
    "Acute Myeloid Leukemia With Mutated CEBPA": {"AML"},
    "Acute Promyelocytic Leukemia": {"APLPMLRARA"},
    "Alveolar Rhabdomyosarcoma": {"ARMS"},
    "Alveolar Soft Part Sarcoma": {"ASPS"},
    "Anaplastic Thyroid Carcinoma": {"THAP"},
    "Angiocentric Glioma": {"ANGL"},
    "Astroblastoma, MN1-altered": {"ASTB"},
    "Atypical Chronic Myeloid Leukemia, BCR-ABL1 Negative": {"ACML"},
    "Atypical Teratoid Rhabdoid Tumor": {"ATRT"},
    "B-cell Adult Acute Lymphocytic Leukemia": {"BLL"},
    "B-lymphoblastic Leukemia With DUX4 Rearrangement": {"BLL"},
    "B-lymphoblastic Leukemia With PAX5 P.P80R": {"BLL"},
    "B-lymphoblastic Leukemia/lymphoma": {"BLL"},
    "B-lymphoblastic Leukemia/lymphoma With ETV6-RUNX1": {"BLL"},
    "B-lymphoblastic Leukemia/lymphoma With TCF3-PBX1": {"BLL"},
    "B-lymphoblastic Leukemia/lymphoma, BCR-ABL1–like": {"BLL"},
    "Barrett's Adenocarcinoma": {"ESCA"},
    "Basal Cell Carcinoma": {"BCC"},
    "Biliary Tract Cancer": {"ICPN", "IPN"},
    "Bladder Carcinoma": {"BLCA"},
    "Bladder Urothelial Carcinoma": {"BLCA"},
    "Bone Giant Cell Tumor": {"GCTB"},
    "Breast Cancer": {"BRCA"},
    "Breast Secretory Carcinoma": {"JSCB"},
    "CIC-rearranged Sarcoma": {"RCSNOS"},
    "Cancer": set(),
    "Cervical Squamous Cell Carcinoma": {"CESC"},
    "Childhood Acute Lymphocytic Leukemia": {"BLL", "TLL"},
    "Childhood B-cell Acute Lymphoblastic Leukemia": {"BLL"},
    "Childhood Low-grade Glioma": {"LGGNOS"},
    "Childhood Medulloblastoma": {"MBL"},
    "Cholangiocarcinoma": {"CHOL"},
    "Chondroblastoma": {"CHBL"},
    "Chondrosarcoma": {"CHS"},
    "Chronic Lymphocytic Leukemia": {"CLLSLL"},
    "Chronic Lymphocytic Leukemia/small Lymphocytic Lymphoma": {"CLLSLL"},
    "Chronic Myeloid Leukemia": {"CML"},
    "Chronic Myelomonocytic Leukemia": {"CMML"},
    "Chronic Neutrophilic Leukemia": {"CNL"},
    "Clear Cell Renal Cell Carcinoma": {"CCRCC"},
    "Clear Cell Sarcoma": {"CCS"},
    "Colorectal Adenocarcinoma": {"COADREAD"},
    "Colorectal Cancer": {"COADREAD"},
    "Congenital Fibrosarcoma": {"IFS"},
    "Dermatofibrosarcoma Protuberans": {"DFSP"},
    "Desmoid Tumor": {"DES"},
    "Diffuse Astrocytoma, MYB- Or MYBL1-altered": {"DASTR"},
    "Diffuse Glioma, H3 G34 Mutant": {"DHG"},
    "Diffuse Large B-cell Lymphoma": {"DLBCLNOS"},
    "Diffuse Midline Glioma, H3 K27M-mutant": {"DMG"},
    "Epithelial Ovarian Cancer": {"OVT"},
    "Esophagus Squamous Cell Carcinoma": {"ESCC"},
    "Essential Thrombocythemia": {"ET"},
    "Estrogen-receptor Positive Breast Cancer": {"BRCA"},
    "Ewing Sarcoma": {"ES"},
    "Ewing Sarcoma Of Bone": {"ES"},
    "Fibrolamellar Carcinoma": {"FLC"},
    "Follicular Lymphoma": {"FL"},
    "Follicular Thyroid Carcinoma": {"THFO"},
    "Gastric Adenocarcinoma": {"STAD"},
    "Gastrointestinal Stromal Tumor": {"GIST"},
    "Glioblastoma": {"GB"},
    "Granulosa Cell Tumor": {"GRCT"},
    "Hairy Cell Leukemia": {"HCL"},
    "Head And Neck Squamous Cell Carcinoma": {"HNSC"},
    "Her2-receptor Negative Breast Cancer": {"BRCA"},
    "Her2-receptor Positive Breast Cancer": {"BRCA"},
    "Inflammatory Myofibroblastic Tumor": {"IMT"},
    "Intrahepatic Cholangiocarcinoma": {"IHCH"},
    "Kidney Clear Cell Sarcoma": {"CCSK"},
    "Langerhans-cell Histiocytosis": {"LCH"},
    "Lipofibromatosis-like Neural Tumor": {"SARCNOS"},
    "Liposarcoma": {"LIPO"},
    "Low Grade Glioma": {"LGGNOS"},
    "Lung Adenocarcinoma": {"LUAD"},
    "Lung Non-small Cell Carcinoma": {"NSCLC"},
    "Lung Squamous Cell Carcinoma": {"LUSC"},
    "Lymphoplasmacytic Lymphoma": {"LPL"},
    "Malignant Epithelioid Hemangioendothelioma": {"EHAE"},
    "Malignant Exocrine Pancreas Neoplasm": {"PAAD"},
    "Mammary Analogue Secretory Carcinoma": {"HNMASC"},
    "Mantle Cell Lymphoma": {"MCL"},
    "Medullary Thyroid Carcinoma": {"THME"},
    "Medulloblastoma": {"MBL"},
    "Medulloblastoma SHH Activated": {"MBLSHH"},
    "Melanoma": {"MEL"},
    "Mesenchymal Chondrosarcoma": {"MCHS"},
    "Multiple Myeloma": {"PCM"},
    "Myelodysplastic Syndrome": {"MDS"},
    "Myelofibrosis": {"PMF"},
    "Myeloid And Lymphoid Neoplasms With Eosinophilia And Abnormalities Of PDGFRA, PDGFRB, And FGFR1": {"MLNER"},
    "Myeloproliferative Neoplasm": {"MPN"},
    "NUT Midline Carcinoma": {"NMCHN", "NUTCL"},
    "Neuroblastoma": {"NBL"},
    "Ovarian Cancer": {"OVT"},
    "Ovarian Carcinoma": {"OVT"},
    "Ovarian Sex-cord Stromal Tumor": {"GRCT"},
    "Ovary Serous Adenocarcinoma": {"LGSOC"},
    "Pancreatic Adenocarcinoma": {"PAAD"},
    "Pancreatic Cancer": {"PAAD"},
    "Pancreatic Carcinoma": {"PAAD"},
    "Pancreatic Ductal Carcinoma": {"PAAD"},
    "Papillary Thyroid Carcinoma": {"THPA"},
    "Pericytoma With T(7;12)": {"MPC"},
    "Perivascular Epithelioid Cell Tumor": {"PECOMA"},
    "Pilocytic Astrocytoma": {"PAST"},
    "Plexiform Neurofibroma": {"NFIB"},
    "Polycythemia Vera": {"PV"},
    "Prostate Adenocarcinoma": {"PRAD"},
    "Prostate Cancer": {"PRAD"},
    "Prostate Carcinoma": {"PRAD"},
    "Pseudomyxoma Peritonei": {"LAMN"},
    "Renal Cell Carcinoma With MiT Translocations": {"TRCC"},
    "Rhabdomyosarcoma": {"RMS"},
    "Round Cell Sarcoma With EWSR1-non-ETS Fusion": {"RCSNOS"},
    "Sarcoma": {"SARCNOS"},
    "Sarcoma With BCOR Genetic Alterations": {"RCSNOS"},
    "Sertoli-Leydig Cell Tumor": {"SLCT"},
    "Skin Melanoma": {"MEL", "SKCM"},
    "Skin Squamous Cell Carcinoma": {"CSCC"},
    "Small-cell Carcinoma Of The Ovary Of Hypercalcemic Type": {"SCCO"},
    "Solid Tumor": set(),
    "Spindle Cell Rhabdomyosarcoma": {"SCRMS", "SCSRMS"},
    "Stomach Cancer": {"STAD"},
    "Supratentorial Ependymoma, YAP1 Fusion–positive": {"EPM"},
    "Supratentorial Ependymoma, ZFTA Fusion–positive": {"EPM"},
    "Synovial Sarcoma": {"SYNS"},
    "Systemic Mastocytosis": {"SM"},
    "T-cell Acute Lymphoblastic Leukemia": {"TLL"},
    "T-cell Large Granular Lymphocyte Leukemia": {"TLGL"},
    "Thyroid Cancer": {"THAP", "THPD", "WDTC"},
    "Uveal Melanoma": {"UM"},
}
# How the tables spell what the grammar writes by position or by word.
SPELT = {
    "exon 14-15 inframe_insertion": "ITD",
    "codon 287-290 truncating": "NPM1 EXON 11 MUTATION|NPM1 p.W288Cfs",
    "exon 14 skipping": r"MET.*\b14\b",
    "loss_of_function | deletion": "Loss",
    "deletion": "(?i)deletion|Loss",
    "fusion": "fusion|::|rearrange|ALK|RET",
    "c.-124C>T": "TERT C228T|Promoter",
    "c.860_863dup | c.863_864insCATG | c.863_864insCCTG": "NPM1 p.W288Cfs",
}
CIVIC_THERAPIES = {"imatinib mesylate": "imatinib", "regorafenib anhydrous": "regorafenib"}
CIVIC_MEANINGS = {  # (evidence type, significance) -> (axis, effect)
    ("Predictive", "Sensitivity/Response"): (Axis.SENSITIVITY, ""),
    ("Predictive", "Resistance"): (Axis.RESISTANCE, ""),
    ("Diagnostic", "Positive"): (Axis.DIAGNOSTIC, "positive"),
    ("Diagnostic", "Negative"): (Axis.DIAGNOSTIC, "negative"),
    ("Prognostic", "Better Outcome"): (Axis.PROGNOSTIC, "better"),
    ("Prognostic", "Poor Outcome"): (Axis.PROGNOSTIC, "worse"),
}


@dataclass(frozen=True, slots=True)
class Reference:
    """One row (or indication) of a shared table, in the terms of ``Evidence``."""

    name: str
    kind: str  # approval | guideline | label | study
    text: str  # genes and changes as the source names them
    tumor_types: frozenset[str]
    therapies: frozenset[frozenset[str]]  # each a set of components, lower case
    meanings: frozenset[tuple[Axis, str]]
    source: str
    url: str
    date: str
    level: str = ""  # CIViC's own
    rating: int = 0
    profile: str = ""
    disease: str = ""
    flagged: bool = False
    trials: frozenset[str] = frozenset()
    supports: bool = True


@dataclass(frozen=True, slots=True)
class Justified:
    """One row of ``justified_differences.tsv``: a difference between a fact and its source, with the reason for it."""

    fact: str
    check: str
    reason: str


@dataclass(frozen=True, slots=True)
class Page:
    """One row of ``pages.tsv``: a published page in which facts were read, and the genes that it names."""

    address: str
    what: str
    genes: tuple[str, ...]
    read_on: str


@dataclass(slots=True)
class Outcome:
    """What the check found."""

    compared: list[str] = field(default_factory=list)
    on_pages: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)  # (fact, reason)
    failures: list[str] = field(default_factory=list)
    used: set[tuple[str, str]] = field(default_factory=set)

    @property
    def share(self) -> float:
        traced = len(self.compared) + len(self.on_pages)
        return traced / (traced + len(self.skipped)) if traced else 0.0


def components(therapy: str, separator: str = " + ") -> frozenset[str]:
    """``Dabrafenib + Trametinib`` as the set of its components, lower case."""
    names = (part.strip().lower() for part in therapy.split(separator))
    return frozenset(CIVIC_THERAPIES.get(name, name) for name in names if name)


class Shared:
    """The shared tables, by reference."""

    def __init__(self, folder: Path):
        knowledge = folder / "knowledge"
        self.approvals: dict[str, list[dict[str, str]]] = {}
        for row in _rows(knowledge, "approvals_moalmanac_*.tsv"):
            self.approvals.setdefault(row["indication"], []).append(row)
        self.assertions = {row["assertion_id"]: row for row in _rows(knowledge, "moalmanac_assertions_*.tsv")}
        self.civic = {row["evidence_id"]: row for row in _rows(knowledge, "civic_Accepted*EvidenceSummaries_*.tsv")}

    def reference(self, name: str) -> Reference | None:
        """The row that ``name`` stands for; None where the tables do not hold it."""
        if name.startswith("ind:"):
            return self._approval(name) if name in self.approvals else None
        number = name.removeprefix("EID").removeprefix("assertion ")
        if name.startswith("EID"):
            return self._civic(self.civic[number]) if number in self.civic else None
        return self._assertion(self.assertions[number]) if number in self.assertions else None

    def _approval(self, name: str) -> Reference:
        rows = self.approvals[name]
        first = rows[0]
        label, application = first["label"], first["application"]
        date, approved = first["label_date"], first["first_approved"]
        agency = first["agency"].upper()
        words = [f"{label} label", f"{agency} application {application}" if application else agency, date]
        if approved > date:  # the table's label is older than the indication
            words.append(f"indication of {approved}")
        return Reference(
            name,
            "approval",
            " ; ".join(row["biomarkers"] for row in rows),
            frozenset(row["oncotree"].split(" ")[0] for row in rows if row["oncotree"]),
            frozenset(components(row["therapy"]) for row in rows),
            frozenset({(Axis.SENSITIVITY, "")}),
            ", ".join(words),
            first["url"],
            max(date, approved),
        )

    def _assertion(self, row: dict[str, str]) -> Reference:
        implication = row["predictive_implication"]
        kind = {"Guideline": "guideline", "FDA-Approved": "label"}.get(implication, "study")
        year = row["publication_date"][:4]
        date = year if row["publication_date"].endswith("-01-01") else row["publication_date"]
        file = row["url"].rsplit("/", 1)[-1]
        source = {
            "guideline": f"NCCN guideline {file}, {date}" if "nccn.org" in row["url"] else f"guideline {row['url']}",
            "label": f"FDA label {file}, {date}",
            "study": f"PMID {row['pmid']}" + (f"; {row['nct']}" if row["nct"] else ""),
        }[kind]
        meanings = set()
        if row["therapy_sensitivity"] == "1":
            meanings.add((Axis.SENSITIVITY, ""))
        if row["therapy_resistance"] == "1" or row["therapy_sensitivity"] == "0":
            meanings.add((Axis.RESISTANCE, ""))
        if row["favorable_prognosis"]:
            meanings.add((Axis.PROGNOSTIC, "better" if row["favorable_prognosis"] == "1" else "worse"))
        fields = (
            "gene", "gene1", "gene2", "rearrangement_type", "protein_change", "variant_annotation", "exon", "direction",
            "cdna_change", "status", "classification",
        )  # fmt: skip
        return Reference(
            f"assertion {row['assertion_id']}",
            kind,
            " ".join(row[name] for name in fields),
            frozenset({row["oncotree_code"]} - {""}),
            frozenset({components(row["therapy_name"])}),
            frozenset(meanings),
            source,
            row["url"],
            date,
            trials=frozenset(TRIAL.findall(row["nct"])),
        )

    def _civic(self, row: dict[str, str]) -> Reference:
        names = frozenset(components(row["therapies"], ","))
        combined = row["therapy_interaction_type"] != "Substitutes"
        therapies = frozenset({names}) if combined else frozenset(frozenset({name}) for name in names)
        year = re.search(r"\b(19|20)\d\d\b", row["citation"])
        return Reference(
            f"EID{row['evidence_id']}",
            "study",
            row["molecular_profile"],
            frozenset(CIVIC_DISEASES.get(row["disease"], {row["disease"]})),
            therapies,
            frozenset({CIVIC_MEANINGS.get((row["evidence_type"], row["significance"]), (Axis.SENSITIVITY, "?"))}),
            f"PMID {row['citation_id']}"
            if row["source_type"] == "PubMed"
            else f"{row['source_type']} {row['citation_id']}",
            row["evidence_civic_url"],
            year.group() if year else "",
            row["evidence_level"],
            int(row["rating"] or 0),
            row["molecular_profile"],
            row["disease"],
            row["is_flagged"] == "true",
            frozenset(TRIAL.findall(row["nct_ids"])),
            row["evidence_direction"] == "Supports",
        )

    def contradictions(self, reference: Reference) -> list[str]:
        """CIViC items of level A or B on the same profile, disease and therapy that say the opposite."""
        opposite = []
        (axis, effect) = next(iter(reference.meanings))
        for row in self.civic.values():
            if row["molecular_profile"] != reference.profile or row["disease"] != reference.disease:
                continue
            other = self._civic(row)
            if other.level not in "AB" or other.rating < WELL_RATED:
                continue
            overlap = other.therapies == reference.therapies
            (other_axis, other_effect) = next(iter(other.meanings))
            same = (other_axis, other_effect) == (axis, effect)
            both_predictive = {axis, other_axis} == {Axis.SENSITIVITY, Axis.RESISTANCE}
            reverse = both_predictive or (axis == other_axis and effect != other_effect)
            if overlap and ((same and not other.supports) or (reverse and other.supports)):
                opposite.append(other.name)
        return opposite


def _rows(folder: Path, pattern: str) -> list[dict[str, str]]:
    """The rows of the newest table that fits ``pattern``."""
    path = sorted(folder.glob(pattern))[-1]
    with open(path, encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE))


def references(fact: Evidence) -> list[str]:
    """The rows that ``fact`` says it was read in."""
    return REFERENCE.findall(fact.looked_up)


def highest_level(fact: Evidence, found: list[Reference], shared: Shared) -> str:
    """The best level that the rows allow (design: approval or guideline A; CIViC A, or two agreeing B; else C, D)."""
    if any(item.kind in ("approval", "guideline", "label") for item in found) and not fact.withdrawn_on:
        return "A"
    civic = [item for item in found if item.level]
    if any(item.level == "A" for item in civic) and not fact.withdrawn_on:
        return "A"
    good = [item for item in civic if item.level == "B" and item.rating >= WELL_RATED and not shared.contradictions(item)]
    if independent(good) >= 2:
        return "B"
    if any(item.level in ("A", "B") for item in civic) or any(item.kind == "study" and not item.level for item in found):
        return "C"
    return "D"


def independent(studies: list[Reference]) -> int:
    """How many of ``studies`` are neither the same paper nor reports of the same trial as one before them."""
    sources: set[str] = set()
    trials: set[str] = set()
    count = 0
    for study in studies:
        if study.source not in sources and trials.isdisjoint(study.trials):
            count += 1
        sources.add(study.source)
        trials |= study.trials
    return count


NAMES = {
    "CD274": "PD-L1",
    "ERBB2": "HER2",
    "ESR1": "ER",
    "PGR": "PR",
    "CLDN18": r"CLDN18\.2",
    "MET": "c-Met",
    "MSI": "MSI-H|dMMR|MSI-High",
    "Chr5q": "5q",
}
"""Genes and what stands in their place, as the sources name them beside the symbol."""
STATED = {
    "overexpression": "positive|>=",
    "expression": "positive|>=",
    "high": "MSI-H|dMMR|TMB-H|High",
    "low": "HER2-low",
    "positive": "HRD",
    "loss": "deletion",
    "methylation": "(?i)methylation",
}
"""What a laboratory states, as the sources say it."""
SCALES = {"CPS": r"\(CPS\) ", "TAP": r"\(TAP\) ", "%": "(PD-L1|CLDN18\\.2|c-Met) ", "IC": "", "mut/Mb": r"TMB-H \("}


def spoken(gene: str, atom: Atom) -> str:
    """The names that a source may have for the gene, as a pattern: others than the symbol only in a statement."""
    return f"{gene}|{NAMES[gene]}" if gene in NAMES and atom.kind in STATED else gene


def stated_otherwise(alteration: str, gene: str, text: str) -> Iterator[str]:
    """The statements of a laboratory in ``alteration`` that ``text`` does not make, and cut-offs that it has not."""
    for part in parse(alteration, gene).parts:
        for atom in () if part.is_negative else part.atoms:
            named = re.search(rf"\b({spoken(part.gene, atom)})\b", text)
            if atom.kind in STATED and not (named and re.search(STATED[atom.kind], text)):
                yield f"{part.gene} {atom.kind}"
            if atom.score and not re.search(rf"{SCALES[atom.score]}>= {atom.least:g}(?!\d)", text):
                yield f"{part.gene} {atom}"


def named_otherwise(alteration: str, text: str) -> Iterator[str]:
    """The exons, codons and classes of ``alteration`` that ``text`` does not name. Negated parts make no claim."""
    claims = " & ".join(part for part in alteration.split(" & ") if "!" not in part)
    for atom, words in SPELT.items():
        if atom in claims and re.search(words, text):
            claims = claims.replace(atom, "")
    for kind, numbers in re.findall(r"(exon|codon) ([\d-]+)", claims):
        first, _, last = numbers.partition("-")
        before = r"\b(?:exon )?" if kind == "exon" else r"\b[A-Z]"
        if not all(re.search(rf"{before}{number}(?:\D|$)", text, re.IGNORECASE) for number in filter(None, (first, last))):
            yield f"{kind} {numbers}"
    for word in ("amplification", "deletion", "fusion", "promoter"):
        if re.search(rf"(?<!_){word}", claims) and not re.search(SPELT.get(word, word), text, re.IGNORECASE):
            yield word


def one_letter(change: str) -> str:
    """``p.Val600Glu`` as ``V600E``; ``p.Gly776delinsValCys`` as ``G776delinsVC``."""
    return re.sub("|".join(THREE_LETTER), lambda match: THREE_LETTER[match.group()], change.removeprefix("p."))


def differences(fact: Evidence, found: list[Reference], shared: Shared, oncotree: OncoTree) -> Iterator[tuple[str, str]]:
    """(check, what differs) for one fact against the rows it names."""
    names = ", ".join(item.name for item in found)
    text = " ".join(item.text for item in found)
    atoms = [atom for part in parse(fact.alteration, fact.gene).parts if part.gene == fact.gene for atom in part.atoms]
    if not any(re.search(rf"\b({spoken(fact.gene, atom)})\b", text) for atom in atoms):
        yield "gene", f"{fact.gene} is not in {names}"
    for item in found:
        if fact.therapy and components(fact.therapy) not in item.therapies:
            yield "therapy", f"{fact.therapy!r}, {item.name} has {sorted(map(sorted, item.therapies))}"
        if (fact.axis, fact.effect) not in item.meanings:
            yield "axis", f"{fact.axis} {fact.effect}, {item.name} has {sorted(item.meanings)}"
        if item.flagged or not item.supports:
            yield "standing", f"{item.name} is flagged or does not support"
        if not all(part in fact.source for part in item.source.split("; ")):
            yield "source", f"{fact.source!r}, {item.name} has {item.source!r}"
    codes = {code for code in fact.tumor_types if oncotree.exists(code)}
    listed = {code for item in found for code in item.tumor_types}
    if codes != listed or (not codes and not listed and fact.tumor_types != ("any_solid",)):
        yield "tumor_types", f"{';'.join(fact.tumor_types)}, {names} has {';'.join(sorted(listed)) or 'no code'}"
    for words in (*named_otherwise(fact.alteration, text), *stated_otherwise(fact.alteration, fact.gene, text)):
        yield "alteration", f"{words} is not named in {names}"
    for partner in re.findall(r"fusion ([A-Z][\w-]*)", fact.alteration):
        if not re.search(rf"\b{partner}\b", text):
            yield "alteration", f"the partner {partner} is not named in {names}"
    known = {trial for item in found for trial in item.trials}
    for trial in TRIAL.findall(f"{fact.setting} {fact.source}"):
        if trial not in known:
            yield "trial", f"{trial} is not in {names}"
    for change in re.findall(r"p\.[\w*]+", fact.alteration):
        short = one_letter(change)
        if not re.search(rf"\b{re.escape(short)}(?!\w)", text.replace("p.", "")):
            yield "alteration", f"{change} ({short}) is not named in {names}"
    best = highest_level(fact, found, shared)
    if fact.level < best:
        yield "level", f"level {fact.level}, {names} allows {best}"
    if fact.source_url not in {item.url for item in found}:
        yield "source_url", f"{fact.source_url} is not the address of {names}"
    if fact.source_date not in {item.date for item in found}:
        yield "source_date", f"{fact.source_date}, {names} has {sorted({item.date for item in found})}"


def strange_to(page: Page, fact: Evidence) -> Iterator[str]:
    """What of ``fact`` does not fit the page that it was read in."""
    if fact.gene not in page.genes:
        yield f"{fact.gene} is not named in {page.address}"
    if fact.source != page.what:
        yield f"{fact.source!r}, {page.address} has {page.what!r}"
    if fact.read_on < page.read_on:
        yield f"read on {fact.read_on}, {page.address} on {page.read_on}"


def check(folder: Path, facts: list[Evidence], justified: list[Justified], pages: Sequence[Page] = ()) -> Outcome:
    """Compare every fact with the shared tables under ``folder``, or with the list of ``pages``."""
    shared, oncotree, outcome = Shared(folder), OncoTree.load(), Outcome()
    allowed = {(row.fact, row.check) for row in justified}
    by_address = {page.address: page for page in pages}
    for fact in facts:
        wanted = references(fact)
        if not wanted and (page := by_address.get(fact.source_url)):
            outcome.on_pages.append(fact.id)
            outcome.failures += [f"{fact.id}: page: {words}" for words in strange_to(page, fact)]
            continue
        if not wanted:
            outcome.skipped.append((fact.id, "read in a published source that neither the tables nor pages.tsv hold"))
            continue
        found = [shared.reference(name) for name in wanted]
        missing = [name for name, item in zip(wanted, found, strict=True) if item is None]
        if missing:
            outcome.failures.append(f"{fact.id}: no such row: {', '.join(missing)}")
            continue
        outcome.compared.append(fact.id)
        for name, words in differences(fact, [item for item in found if item], shared, oncotree):
            if (fact.id, name) in allowed:
                outcome.used.add((fact.id, name))
            else:
                outcome.failures.append(f"{fact.id}: {name}: {words}")
    for fact_id, name in sorted(allowed - outcome.used):
        outcome.failures.append(f"{fact_id}: {name}: justified in the table, but nothing differs")
    used_pages = {(fact.source_url, fact.gene) for fact in facts if not references(fact)}
    for page in pages:
        idle = [gene for gene in page.genes if (page.address, gene) not in used_pages]
        outcome.failures += [f"pages.tsv: {page.address}: no fact on {gene} was read there" for gene in idle]
    return outcome


def main(folder: Path) -> int:
    if not (folder / "knowledge").is_dir():
        print(f"No shared data at {folder}: nothing compared.")
        return 1
    facts = list(curated.read(HERE))
    justified, pages = (
        list(read_rows(HERE / "justified_differences.tsv", Justified)),
        list(read_rows(HERE / "pages.tsv", Page)),
    )
    outcome = check(folder, facts, justified, pages)
    for line in outcome.failures:
        print(f"DIFFERS  {line}")
    for reason, count in Counter(reason for _, reason in outcome.skipped).items():
        print(f"skipped {count}: {reason}")
    print(
        f"compared {len(outcome.compared)} of {len(facts)} facts, {len(outcome.on_pages)} read in listed pages "
        f"(together {outcome.share:.1%}), "
        f"{len(outcome.used)} justified differences, {len(outcome.failures)} failures"
    )
    return 1 if outcome.failures or outcome.share < MINIMUM else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_SHARED))
