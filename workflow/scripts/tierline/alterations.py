"""The grammar of the alterations that evidence names, and whether a variant is one of them.

Grammar (spaces matter only between words)::

    profile := part (" & " part)*                 all parts must hold in one case
    part    := [GENE " "] ["!"] atom (" | " atom)*    "!": must not be present; the gene defaults to the item's own.
                                   Beside a class of the same gene it takes changes out of it    mutation & !p.Asp842Val
    atom    := p.<HGVS>            this protein change           p.Val600Glu
             | c.<HGVS>            this coding change            c.-124C>T
             | codon N[-M] [class] a change whose residues all lie in N..M; without a class: any protein-changing,
                                   non-truncating one            codon 12-13
             | exon N[-M] [class]  the same for exons            exon 19 inframe_deletion
             | mutation            an oncogenic or hotspot variant of the gene (an in-frame indel where such recur, too)
             | loss_of_function | truncating | promoter | amplification | deletion | fusion [PARTNER] | wild_type
             | biomarker [SCORE>=N]  only a statement of the laboratory matches it       expression CPS>=10
    biomarker := expression | overexpression | underexpression | methylation | phosphorylation    of a gene
             | partial_tandem_duplication      of a gene's exons: no call of a small variant shows it
             | high | low          of a gene's product (ERBB2 low), of MSI and TMB             TMB high mut/Mb>=10
             | positive            of HRD, EBV and HPV
             | gain | loss         of a chromosome or its arm      Chr1p loss & Chr19q loss
    class   := mutation | missense | inframe_deletion | inframe_insertion | inframe_indel | truncating | skipping

What has no gene stands in its place: MSI, TMB, HRD, EBV, HPV (``GENOME_WIDE``), Chr3, Chr19q. Deficient mismatch repair
is ``MSI high``, microsatellite stability its absence. Scores are those of ``SCORES``.

An atom supports exactly what it names: p.Gly12Cys is not p.Gly12Asp. A synonymous change is never more than itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from tierline.hgvs import CodingChange, ProteinChange, parse_coding, parse_protein, parts_of_coding
from tierline.records import Variant

CLASSES = ("mutation", "missense", "inframe_deletion", "inframe_insertion", "inframe_indel", "truncating", "skipping")
ARM_WORDS = ("gain", "loss")
BIOMARKERS = (
    *("expression", "overexpression", "underexpression", "methylation", "phosphorylation", "high", "low", "positive"),
    "partial_tandem_duplication",  # of exons: no call of a small variant shows it
    *ARM_WORDS,
)
GENOME_WIDE: Mapping[str, tuple[str, ...]] = {
    "MSI": ("high", "low"),
    "TMB": ("high", "low"),
    "HRD": ("positive",),
    "EBV": ("positive",),
    "HPV": ("positive",),
}
"""Biomarkers of no one gene, and what can be said of each; of CHROMOSOME, ``ARM_WORDS``."""
CHROMOSOME = re.compile(r"Chr(?:[1-9]|1\d|2[0-2]|X|Y)[pq]?")
SCORES: Mapping[str, str] = {
    "%": "percent of tumour cells that stain; of PD-L1 its TPS or TC",
    "CPS": "combined positive score",
    "IC": "percent of the tumour's area covered by immune cells that stain",
    "TAP": "percent of the tumour's area covered by cells that stain",
    "IHC": "staining from 0 to 3",
    "mut/Mb": "mutations per million bases",
}
"""What a cut-off is counted in."""
WORDS = (
    *("mutation", "loss_of_function", "truncating", "promoter", "amplification", "deletion", "fusion", "wild_type"),
    *BIOMARKERS,
)

EXON_CODING: Mapping[str, Mapping[int, tuple[int, int]]] = {
    "BRAF": {11: (1315, 1432), 15: (1742, 1860)},
    "CALR": {9: (1054, 1254)},
    "CTNNB1": {3: (14, 241)},
    "EGFR": {18: (2062, 2184), 19: (2185, 2283), 20: (2284, 2469), 21: (2470, 2625)},
    "ERBB2": {20: (2308, 2493)},
    "FLT3": {14: (1705, 1837), 15: (1838, 1942), 20: (2419, 2541)},
    "HRAS": {2: (1, 111), 3: (112, 290), 4: (291, 450)},
    "JAK2": {12: (1514, 1641), 14: (1777, 1864)},
    "KIT": {
        8: (1232, 1346),
        9: (1347, 1540),
        11: (1648, 1774),
        13: (1880, 1990),
        14: (1991, 2141),
        17: (2362, 2484),
        18: (2485, 2596),
    },
    "KRAS": {2: (1, 111), 3: (112, 290), 4: (291, 450)},
    "MET": {14: (2888, 3028)},
    "NRAS": {2: (1, 111), 3: (112, 290), 4: (291, 450)},
    "PDGFRA": {12: (1654, 1786), 14: (1892, 2002), 18: (2440, 2562)},
    "PIK3CA": {9: (1540, 1664), 20: (2937, 3207)},
}
"""First and last coding base of the exons that evidence speaks of, by the exon numbers of the literature (which count
PIK3CA's exons from the first coding one). Computed from the gene models and coding-exon tables in the shared data
(``tests/unit/test_alterations.py`` does so again): where a gene stands here, position decides, not the annotator's
exon number."""

PROMOTER_HOTSPOTS: Mapping[str, frozenset[str]] = {"TERT": frozenset({"c.-124C>T", "c.-146C>T"})}
"""Promoter changes known to activate: TERT C228T and C250T, 124 and 146 bases before the start (CIViC variant 220)."""

LAST_BASE_CHANGES: Mapping[str, frozenset[str]] = {"MET": frozenset({"p.Asp1010Asn", "p.Asp1010His", "p.Asp1010Tyr"})}
"""Protein changes that one substitution makes, that of an exon's last base: of MET's aspartate 1010 (GAY, exon 14 ends at
its first base, c.3028) only A, C or T there makes asparagine, histidine or tyrosine."""

SPLICE_SITE = frozenset({"splice_acceptor_variant", "splice_donor_variant", "splice_site_variant"})
SKIPPING_TRACT = 30  # intronic bases before an exon (branch point, polypyrimidine tract) whose indels can skip it
NMD_PROTEIN_FRACTION = 0.10  # of the protein: a truncation that removes less, and escapes decay, may be tolerated


@dataclass(frozen=True, slots=True)
class Atom:
    """One named alteration. ``first``/``last`` are codons or exons; ``klass`` is empty where the atom names none."""

    kind: str  # protein | coding | codon | exon | one of WORDS
    protein: ProteinChange | None = None
    coding: CodingChange | None = None
    first: int = 0
    last: int = 0
    klass: str = ""
    partner: str = ""
    score: str = ""  # of SCORES; "" where no cut-off is named
    least: float = 0.0  # of the score

    @property
    def place(self) -> tuple[int, int] | None:
        """First and last residue (of a coding change: base) that it names; None for an exon and where it names none."""
        if self.coding is not None:
            return self.coding.start.base, self.coding.end.base
        if self.protein is not None:
            return self.protein.start, self.protein.end
        return (self.first, self.last) if self.kind == "codon" else None

    def __str__(self) -> str:
        if self.protein or self.coding:
            return (self.protein or self.coding).text  # type: ignore[union-attr]
        numbers = f" {self.first}" + (f"-{self.last}" if self.last != self.first else "") if self.first else ""
        more = self.klass or self.partner or (f"{self.score}>={self.least:g}" if self.score else "")
        return self.kind + numbers + (f" {more}" if more else "")


@dataclass(frozen=True, slots=True)
class Part:
    """Atoms of one gene of which one must hold, or, with ``absent``, none may."""

    gene: str
    absent: bool
    atoms: tuple[Atom, ...]

    @property
    def is_negative(self) -> bool:
        """Whether the part asks for something not to be there ("!" or wild type)."""
        return self.absent or all(atom.kind == "wild_type" for atom in self.atoms)

    def __str__(self) -> str:
        return f"{self.gene} {'!' if self.absent else ''}{' | '.join(map(str, self.atoms))}"


@dataclass(frozen=True, slots=True)
class Profile:
    """Parts that must all hold in one case."""

    parts: tuple[Part, ...]

    @property
    def genes(self) -> tuple[str, ...]:
        """The genes whose variants can support the profile, sorted: its positive parts and fusion partners."""
        positive = [part for part in self.parts if not part.is_negative]
        partners = {atom.partner for part in positive for atom in part.atoms if atom.partner}
        return tuple(sorted({part.gene for part in positive} | partners))

    def __str__(self) -> str:
        return " & ".join(map(str, self.parts))


# --------------------------------------------------------------------------- reading

_GENE = re.compile(r"([A-Z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*)\s+")
_NUMBERED = re.compile(r"(codon|exon) +(\d+)(?:-(\d+))?(?: +(\S+))?")
_CUT_OFF = re.compile(rf"(\w+) +({'|'.join(SCORES)})>=(\d+(?:\.\d+)?)")


@lru_cache(maxsize=50_000)
def parse(text: str, gene: str) -> Profile:
    """Read a profile. ``gene`` is that of parts which name none.

    Raises ValueError with the 1-based position in ``text`` and what to write instead.
    """
    parts, at = [], 0
    for piece in text.split("&"):
        parts.append(_part(text, at, piece, gene))
        at += len(piece) + 1
    return Profile(tuple(parts))


def _wrong(text: str, at: int, why: str, remedy: str) -> ValueError:
    return ValueError(f"alteration {text!r}, position {at + 1}: {why}. {remedy}")


def _part(text: str, at: int, piece: str, gene: str) -> Part:
    body = piece.lstrip()
    at += len(piece) - len(body)
    named = _GENE.match(body)
    if named:
        gene, body, at = named[1], body[named.end() :], at + named.end()
    absent = body.startswith("!")
    if absent:
        at += len(body) - len(body[1:].lstrip())
        body = body[1:].lstrip()
    if not gene:
        raise _wrong(text, at, "no gene is named", "Write GENE before the alteration, or give the item's gene.")
    atoms = []
    for word in body.split("|"):
        start = at + len(word) - len(word.lstrip())
        atoms.append(_atom(text, start, word.strip()))
        at += len(word) + 1
    if any(atom.kind == "wild_type" for atom in atoms) and (absent or len(atoms) > 1):
        raise _wrong(text, at - len(body) - 1, "wild_type stands alone", "Write GENE wild_type as a part of its own.")
    for atom in atoms:
        if why := misplaced(gene, atom):
            raise _wrong(text, at - len(body) - 1, f"{gene} cannot be {atom.kind}", why)
    return Part(gene, absent, tuple(atoms))


def misplaced(gene: str, atom: Atom) -> str:
    """What to write instead where ``gene``, or what stands in its place, has no such state; "" where it has."""
    words = GENOME_WIDE.get(gene) or (ARM_WORDS if CHROMOSOME.fullmatch(gene) else None)
    if words is None and atom.kind in (*ARM_WORDS, "positive"):
        return "gain and loss are of a chromosome or arm (Chr3, Chr1p), positive of HRD, EBV and HPV."
    return f"Write {gene} {' or '.join(words)}." if words is not None and atom.kind not in words else ""


def _atom(text: str, at: int, word: str) -> Atom:
    try:
        if word.startswith("p."):
            return Atom("protein", protein=parse_protein(word))
        if word.startswith("c."):
            return Atom("coding", coding=parse_coding(word))
    except ValueError as error:
        raise _wrong(text, at, str(error).rstrip("."), "") from error
    numbered = _NUMBERED.fullmatch(word)
    if numbered:
        kind, first, last, klass = numbered[1], int(numbered[2]), int(numbered[3] or numbered[2]), numbered[4] or ""
        if not 1 <= first <= last:
            raise _wrong(text, at, f"the {kind}s do not ascend from 1", f"Write e.g. {kind} 12-13.")
        if klass and klass not in CLASSES:
            raise _wrong(text, at, f"{klass!r} is no class", f"Write one of {', '.join(CLASSES)}.")
        if klass == "skipping" and kind == "codon":
            raise _wrong(text, at, "a codon cannot be skipped", "Write exon N skipping.")
        return Atom(kind, first=first, last=last, klass=klass)
    cut_off = _CUT_OFF.fullmatch(word)
    if cut_off and cut_off[1] in BIOMARKERS:
        return Atom(cut_off[1], score=cut_off[2], least=float(cut_off[3]))
    name, _, partner = word.partition(" ")
    if name in WORDS and (not partner or (name == "fusion" and _GENE.fullmatch(partner + " "))):
        return Atom(name, partner=partner)
    remedy = f"Write p.<HGVS>, c.<HGVS>, codon N[-M] [class], exon N[-M] [class] or {', '.join(WORDS)}."
    raise _wrong(text, at, f"{word!r} is no alteration" if word else "an alteration is missing", remedy)


# --------------------------------------------------------------------------- what a variant is


@dataclass(slots=True, unsafe_hash=True)
class Effect:
    """What a variant does, derived once from its notations and its consequence."""

    protein: ProteinChange | None  # None where no protein change is known
    coding: CodingChange | None
    classes: frozenset[str]  # of CLASSES; "stop_loss", "splice", "stated"; empty: no change of the protein is known


@lru_cache(maxsize=10_000)
def effect(hgvsc: str, hgvsp: str, consequence: str) -> Effect:
    """The effect of a change. The protein change decides where there is one, else the consequence terms do.

    Raises ValueError where a notation cannot be read.
    """
    protein = parse_protein(hgvsp) if hgvsp else None
    coding = parse_coding(hgvsc) if hgvsc else None
    terms = frozenset(consequence.split("&"))
    classes: set[str] = set()
    if protein is not None and protein.kind not in ("unknown", "unchanged"):
        if protein.is_truncating:
            classes.add("truncating")
        elif protein.kind == "extension":
            classes.add("stop_loss")
        elif protein.length_change is not None:
            classes |= _in_frame(protein.length_change, protein.kind)
        if protein.kind == "splice":
            classes.add("splice")
    elif protein is None or protein.kind == "unknown":
        for term in terms:
            classes |= _TERM_CLASSES.get(term.removeprefix("conservative_").removeprefix("disruptive_"), set())
        if not consequence and coding is not None:
            classes |= _from_coding(coding)
    if not terms.isdisjoint(SPLICE_SITE) or (coding and _at_splice_site(coding)):
        classes |= {"truncating", "splice"}
    if protein is not None and protein.kind in ("unknown", "unchanged"):
        protein = None
    return Effect(protein, coding, frozenset(classes))


_TERM_CLASSES: Mapping[str, frozenset[str]] = {
    "missense_variant": frozenset({"missense"}),
    "stop_gained": frozenset({"truncating"}),
    "frameshift_variant": frozenset({"truncating"}),
    "start_lost": frozenset({"truncating"}),
    "stop_lost": frozenset({"stop_loss"}),
    "feature_truncation": frozenset({"truncating"}),
    "loss_of_function_variant": frozenset({"stated"}),  # said of the gene, without a place
    "gain_of_function_variant": frozenset({"stated"}),
    "protein_altering_variant": frozenset({"inframe_indel"}),
    "inframe_deletion": frozenset({"inframe_indel", "inframe_deletion"}),
    "inframe_insertion": frozenset({"inframe_indel", "inframe_insertion"}),
}


def _from_coding(coding: CodingChange) -> set[str]:
    """The class of an indel whose positions alone say it; a substitution needs the sequence, and says nothing."""
    span = coding.start.span(coding.end)
    inside = coding.start.offset == coding.end.offset == 0 < coding.start.base and not coding.end.after_stop
    if not inside or span is None or coding.kind not in ("deletion", "duplication", "insertion", "delins"):
        return set()
    gained = {"deletion": -span, "duplication": span, "insertion": len(coding.alt)}.get(coding.kind, len(coding.alt) - span)
    if gained % 3:
        return {"truncating"}
    return _in_frame(gained // 3, coding.kind) if gained else set()


def _in_frame(length_change: int, kind: str) -> set[str]:
    if kind == "missense":
        return {"missense"}
    if length_change == 0:
        return {"missense", "inframe_indel"}
    return {"inframe_indel", "inframe_deletion" if length_change < 0 else "inframe_insertion"}


def _at_splice_site(coding: CodingChange) -> bool:
    """Whether the change touches one of the two intronic bases beside an exon, or runs over the exon's edge."""
    offsets = (coding.start.offset, coding.end.offset)
    if offsets == (0, 0) or coding.kind == "unchanged" or coding.kind == "duplication":
        return False
    if coding.kind == "insertion":
        return offsets in ((1, 2), (-2, -1))
    if any(offset in (-2, -1, 1, 2) for offset in offsets):
        return True
    crosses = coding.start.base != coding.end.base or (offsets[0] == 0) != (offsets[1] == 0)
    return crosses and (offsets[0] < 0 or offsets[1] > 0)


def effect_of(variant: Variant) -> Effect:
    return effect(variant.hgvsc, variant.hgvsp, variant.consequence)


def is_suppressor(role: str) -> bool:
    """Whether loss of the gene can drive a tumour (``tumour_suppressor`` or ``both``)."""
    return role in ("tumour_suppressor", "both")


def escapes_decay(variant: Variant) -> bool:
    """Whether a truncation is known to leave a nearly whole protein.

    It lies in the last exon of several, or is labelled ``escapes_nmd`` (which also covers the last 50 bases of the
    exon before); and it does not remove more than a tenth of the protein, as far as the length is known.
    Source: PVS1 decision tree, Abou Tayoun et al. 2018 (PMID 30192042); exon unknown: taken as not escaping.
    """
    last_exon = variant.exon is not None and variant.exon == variant.exon_count and variant.exon_count > 1
    if not last_exon and "escapes_nmd" not in variant.labels:
        return False
    protein = effect_of(variant).protein
    if protein is None or variant.protein_length is None:
        return True
    return variant.protein_length - protein.start + 1 <= NMD_PROTEIN_FRACTION * variant.protein_length


def is_loss_of_function(variant: Variant, role: str) -> bool:
    """Whether the variant takes a tumour suppressor's function away.

    Truncating (nonsense, frameshift, canonical splice, start-loss) unless it escapes decay, a homozygous deletion, or,
    in a gene that is a suppressor only, an oncogenic or hotspot change of any kind.
    """
    if not is_suppressor(role):
        return False
    if variant.copy_number_change == "deletion":
        return True
    classes = effect_of(variant).classes
    if "truncating" in classes:
        return not escapes_decay(variant)
    if variant.consequence == "loss_of_function_variant":
        return True
    return role == "tumour_suppressor" and _marked_oncogenic(variant, classes)


def _is_labelled(variant: Variant) -> bool:
    return "oncogenic" in variant.labels or "likely_oncogenic" in variant.labels


def _marked_oncogenic(variant: Variant, classes: frozenset[str]) -> bool:
    return bool(classes) and (_is_labelled(variant) or (variant.is_hotspot and "truncating" not in classes))


def _rests_on_recurrence(variant: Variant) -> bool:
    """Whether only the recurrence of a change that leaves the protein whole speaks for its loss of function."""
    shown = _is_labelled(variant) or variant.copy_number_change == "deletion"
    return (
        not shown and "truncating" not in effect_of(variant).classes and variant.consequence != "loss_of_function_variant"
    )


def is_oncogenic(variant: Variant, role: str) -> bool:
    """Whether the variant counts as a driver of its gene: labelled (likely) oncogenic, on a hotspot and changing
    the protein, an activating promoter change, or a loss of function of a suppressor."""
    if not (_is_labelled(variant) or variant.is_hotspot or is_suppressor(role) or variant.gene in PROMOTER_HOTSPOTS):
        return False
    return (
        _marked_oncogenic(variant, effect_of(variant).classes)
        or is_activating_promoter(variant)
        or is_loss_of_function(variant, role)
    )


def is_activating_promoter(variant: Variant) -> bool:
    """Whether the variant, or a part of it, is a known activating promoter change."""
    known = PROMOTER_HOTSPOTS.get(variant.gene)
    return known is not None and not known.isdisjoint(_coding_texts(variant))


def _coding_texts(variant: Variant) -> tuple[str, ...]:
    """The coding change and, where no protein change is known, the substitutions inside it.

    Inside a codon a part is not a finding of its own: c.1799T>A within p.Val600Lys is no p.Val600Glu.
    """
    found = effect_of(variant)
    if found.coding is None or found.protein is not None:
        return (found.coding.text,) if found.coding else ()
    given = tuple(parse_coding(part).text for part in variant.parts if part.startswith("c."))
    return (found.coding.text, *parts_of_coding(variant.hgvsc), *given)


def _protein_parts(variant: Variant, protein: ProteinChange) -> tuple[str, ...]:
    """The substitutions of single residues inside a change of several."""
    if protein.start == protein.end or protein.kind != "delins":
        return ()
    given = (parse_protein(part) for part in variant.parts if part.startswith("p."))
    return (*protein.parts, *(part.text for part in given if protein.start <= part.start <= protein.end))


# --------------------------------------------------------------------------- matching

PROTEIN_CHANGING = frozenset({"missense", "inframe_deletion", "inframe_insertion", "inframe_indel", "stop_loss"})
MATCHES = ("exact", "part", "codon", "range", "exon", "class", "gene", "presumed")  # from the most to the least specific


def match(atom: Atom, variant: Variant, role: str) -> str:
    """How ``variant`` is what ``atom`` names: one of MATCHES, or "" where it is not.

    The atom is taken to be of the variant's gene (or of its fusion partner's); ``role`` is that gene's. A wild type
    is never matched by a variant. Raises ValueError where the variant's notation cannot be read.
    """
    if atom.kind == "fusion":
        if not variant.fusion_partner:
            return ""
        named = atom.partner in (variant.gene, variant.fusion_partner)
        return "exact" if named else "class" if not atom.partner else ""
    if atom.kind in ("amplification", "deletion"):
        return "class" if variant.copy_number_change == atom.kind else ""
    if atom.kind in BIOMARKERS:
        return "class" if _is_stated(atom, variant) else ""
    if atom.kind == "loss_of_function":
        return "" if not is_loss_of_function(variant, role) else "presumed" if _rests_on_recurrence(variant) else "class"
    found = effect_of(variant)
    if atom.protein is not None:
        if found.protein is None:
            return ""
        if atom.protein.same_as(found.protein):
            return "exact"
        return "part" if atom.protein.text in _protein_parts(variant, found.protein) else ""
    if atom.coding is not None:
        texts = _coding_texts(variant)
        return "" if atom.coding.text not in texts else "exact" if atom.coding.text == texts[0] else "part"
    if atom.kind == "truncating":
        return "class" if "truncating" in found.classes else ""
    if atom.kind == "promoter":
        return "class" if is_activating_promoter(variant) else ""
    if atom.kind == "mutation":
        return "gene" if not variant.copy_number_change and is_oncogenic(variant, role) else ""
    if atom.kind == "codon":
        inside = _within(residues(variant), atom.first, atom.last) and _of_class(atom.klass, variant, role)
        return "" if not inside else "codon" if atom.first == atom.last else "range"
    if atom.kind == "exon":
        if atom.klass == "skipping":
            return "exon" if _skips(variant, atom.first, atom.last) else ""
        return "exon" if _of_class(atom.klass, variant, role) and _in_exons(variant, atom.first, atom.last) else ""
    return ""


def _is_stated(atom: Atom, variant: Variant) -> bool:
    """Whether the laboratory's word is the atom's and reaches its cut-off.

    "High" without a figure is above a cut-off by the laboratory's own judgement; every other word says nothing of one.
    """
    if variant.biomarker != atom.kind:
        return False
    if not atom.score or (variant.score is None and atom.kind == "high"):
        return True
    return variant.score_unit == atom.score and variant.score is not None and variant.score >= atom.least


def match_part(part: Part, variant: Variant, role: str) -> str:
    """The most specific match of the part's atoms; "" where none matches or the variant is of another gene.

    ``role`` is that of the part's gene.
    """
    found = {
        match(atom, variant, role)
        for atom in part.atoms
        if part.gene == variant.gene or (atom.kind == "fusion" and part.gene == variant.fusion_partner)
    }
    return next((name for name in MATCHES if name in found), "")


def is_near(atom: Atom, variant: Variant) -> bool:
    """Whether the variant lies on the residues or bases that ``atom`` names: context where it does not match."""
    if atom.protein is not None or atom.kind == "codon":
        low, high = (atom.protein.start, atom.protein.end) if atom.protein else (atom.first, atom.last)
        here = residues(variant)
        return here is not None and low > 0 and here[0] <= high and low <= here[1]
    coding = effect_of(variant).coding
    if atom.coding is None or coding is None:
        return False
    return coding.start.base <= atom.coding.end.base and atom.coding.start.base <= coding.end.base


def residues(variant: Variant) -> tuple[int, int] | None:
    """First and last residue that the variant touches (an insertion: its neighbours), 1-based; None outside the
    coding sequence and for introns."""
    found = effect_of(variant)
    if found.protein is not None:
        return found.protein.start, found.protein.end
    coding = found.coding
    if coding is None or coding.start.base < 1 or coding.end.after_stop or coding.start.offset or coding.end.offset:
        return None
    return codon_of(coding.start.base), codon_of(coding.end.base)


def bases(variant: Variant) -> tuple[tuple[int, int], ...]:
    """First and last coding base (without intronic offsets) of the variant, and of the coding changes inside it."""
    given = [parse_coding(part) for part in variant.parts if part.startswith("c.")]
    coding = effect_of(variant).coding
    return tuple((change.start.base, change.end.base) for change in (*((coding,) if coding else ()), *given))


def codon_of(base: int) -> int:
    return (base + 2) // 3


def _within(here: tuple[int, int] | None, first: int, last: int) -> bool:
    return here is not None and first <= here[0] and here[1] <= last


def _of_class(klass: str, variant: Variant, role: str) -> bool:
    classes = effect_of(variant).classes
    if klass == "":
        return "truncating" not in classes and not classes.isdisjoint(PROTEIN_CHANGING)
    if klass == "mutation":
        return is_oncogenic(variant, role)
    return klass in classes and (klass == "truncating" or "truncating" not in classes)


def _exon_bases(gene: str, first: int, last: int) -> tuple[int, int] | None:
    exons = EXON_CODING.get(gene, {})
    return (exons[first][0], exons[last][1]) if first in exons and last in exons else None


def _in_exons(variant: Variant, first: int, last: int) -> bool:
    """By position where the exon's bases are known here, else by the annotator's exon number.

    An exon without a count of all is one that a person named, in the numbers of the literature.
    """
    bases = _exon_bases(variant.gene, first, last)
    if bases is None or _named_exon(variant):
        return variant.exon is not None and first <= variant.exon <= last
    coding = effect_of(variant).coding
    if coding is not None and not coding.end.after_stop:
        return bases[0] <= coding.start.base and coding.end.base <= bases[1]
    return _within(residues(variant), codon_of(bases[0]), codon_of(bases[1]))


def _named_exon(variant: Variant) -> bool:
    return variant.exon is not None and variant.exon_count is None and not (variant.hgvsp or variant.hgvsc)


def _skips(variant: Variant, first: int, last: int) -> bool:
    """Whether the variant makes the exons be left out: its splice sites, the tract before them, its last base, or a
    protein change that says so."""
    found, bases = effect_of(variant), _exon_bases(variant.gene, first, last)
    if variant.consequence == "exon_loss_variant" and _named_exon(variant):
        return variant.exon is not None and first <= variant.exon <= last
    if bases is None:
        return "splice" in found.classes and variant.exon is not None and first <= variant.exon <= last
    protein, coding = found.protein, found.coding
    if protein is not None and protein.kind in ("deletion", "delins") and (protein.length_change or 0) < 0:
        covered = range(codon_of(bases[0]) + 1, codon_of(bases[1]))
        if protein.start <= covered.start and protein.end >= covered.stop - 1:
            return True
    if (
        protein is not None
        and protein.start == codon_of(bases[1])
        and protein.text in LAST_BASE_CHANGES.get(variant.gene, ())
    ):
        return True
    if coding is None:
        return protein is not None and protein.kind == "splice" and protein.start in map(codon_of, bases)
    before = any(position.base == bases[0] and position.offset < 0 for position in (coding.start, coding.end))
    behind = any(position.base == bases[1] and position.offset > 0 for position in (coding.start, coding.end))
    if "splice" in found.classes:
        return before or behind
    if coding.kind in ("deletion", "delins"):
        return before and coding.end.offset >= -SKIPPING_TRACT
    return coding.kind == "substitution" and coding.start.base == bases[1] and coding.start.offset == 0
