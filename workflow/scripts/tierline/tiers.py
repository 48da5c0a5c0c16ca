"""AMP/ASCO/CAP tiers of somatic variants, as pure functions over records.

Level A or B makes Tier I, C or D Tier II; Tier III is a variant of unknown clinical significance; Tier IV needs
positive evidence of being benign (Li et al., J Mol Diagn 2017, PMID 27993330). What an item of evidence is worth in
this patient is decided item by item; ``RULES`` states every rule once, and each ``EvidenceMatch`` of the trace names
the rule that set its level. The tier is that of the best item over all axes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from operator import itemgetter
from typing import Protocol

from tierline.alterations import (
    BIOMARKERS,
    EXON_CODING,
    MATCHES,
    Atom,
    Part,
    Profile,
    bases,
    codon_of,
    effect_of,
    is_near,
    is_oncogenic,
    match,
    match_part,
    parse,
    residues,
)
from tierline.records import (
    DESCRIBED,
    LEAST_ALLELES,
    OPPOSED,
    POPULATIONS,
    Axis,
    Evidence,
    EvidenceMatch,
    State,
    Tier,
    TierResult,
    Variant,
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it says, and where it comes from."""

    id: str
    statement: str
    source: str


_LI = "Li et al. 2017, PMID 27993330"
_HOUSE = "Tierline design, Tiers: the rules"
_RULES = (
    Rule("TYPE-OWN", "Evidence for the patient's own tumour type keeps its level", _LI),
    Rule("TYPE-UNDER", "A tumour type under the item's type in OncoTree is the same type: the level stays", _HOUSE),
    Rule("TYPE-AGNOSTIC", "Evidence for any solid, any haematological or any tumour keeps its level in these", _LI),
    Rule("TYPE-BROADER", "The patient's diagnosis is less specific than the item's type: the level stays", _HOUSE),
    Rule(
        "TYPE-FAR",
        "The item's type lies two steps or more under the patient's diagnosis, and no marker of its gene makes that "
        "diagnosis: the level is C at best",
        "Tierline: such a type can be the exception (low-grade serous: 5-7 % of epithelial ovarian cancers, "
        "https://synapse.mskcc.org/synapse/works/205550)",
    ),
    Rule("TYPE-TISSUE", "The patient's diagnosis names a tissue only: the level is C at best", _HOUSE),
    Rule("TYPE-UNKNOWN", "Tumour type unknown: sensitivity of level A or B becomes C, the rest supports nothing", _HOUSE),
    Rule("TYPE-EXCEPT", "The item excepts the patient's tumour type: it supports nothing", _HOUSE),
    Rule("OTHER-SENS", "Sensitivity of level A or B in another tumour type becomes a derived C", _LI),
    Rule(
        "OTHER-CUT-OFF",
        "A cut-off of staining or burden, also one that the item does not name, is that of its tumour type: in another it "
        "supports nothing",
        _HOUSE,
    ),
    Rule("OTHER-WEAK", "Sensitivity of level C or D in another tumour type supports nothing", _HOUSE),
    Rule(
        "OTHER-RES",
        "Resistance in another tumour type, or of level C or D in none that is named, becomes C (D stays D) where the "
        "drug has sensitivity evidence in the patient's type; for any solid tumour, only by the same gene",
        _HOUSE,
    ),
    Rule(
        "OTHER-RES-NONE",
        "Resistance in another tumour type, or of level C or D in none that is named, supports nothing where the drug "
        "has no sensitivity evidence in the patient's type",
        _HOUSE,
    ),
    Rule(
        "OTHER-RES-WEAK",
        "Resistance of level C or D in another tumour type, by a gene and no change of it in particular, supports nothing",
        _HOUSE,
    ),
    Rule(
        "OTHER-RES-SENS",
        "Resistance in another tumour type supports nothing where this variant is known to be sensitive to the drug in the "
        "patient's type",
        _HOUSE,
    ),
    Rule("OTHER-DXPX", "Diagnostic and prognostic evidence never transfers to another tumour type", _HOUSE),
    Rule("WITHDRAWN", "A withdrawn approval supports nothing", _HOUSE),
    Rule("CONTRADICTS", "The source found against it: shown with its level, supports nothing", _HOUSE),
    Rule("PROFILE-PART", "A profile of several alterations supports nothing unless all are in the same case", _HOUSE),
    Rule(
        "PROFILE-UNASKED",
        "The profile also asks for a fusion of the variant's own gene, which nothing here answers: the level is C at best",
        "Tierline: such a change arises under the fusion's inhibitor; an assay of small variants cannot show the fusion",
    ),
    Rule(
        "LOSS-PRESUMED",
        "Loss of function is presumed, as only recurrence at the residue speaks for it: the level is C at best",
        "Tierline: labels ask for a deleterious or suspected deleterious change, which a hotspot alone does not show",
    ),
    Rule("PROFILE-ABSENT", "A wild-type or absent part does not hold where what it excludes was found", _HOUSE),
    Rule(
        "PROFILE-OPEN",
        "A wild-type or absent part holds only where each of its loci is not detected; until then it supports nothing",
        _HOUSE,
    ),
    Rule("CONTEXT", "Evidence for another change at the same residues is context and supports nothing", _HOUSE),
    Rule("BENIGN-AF", "Frequency of 1 % or more in a population group of at least 2,000 alleles: Tier IV", _LI),
    Rule("BENIGN-CLINVAR", "ClinVar benign with two or more stars and no conflict: Tier IV", _HOUSE),
    Rule("BENIGN-LIKELY", "ClinVar likely benign with two or more stars, and no clinical evidence: Tier IV", _LI),
    Rule("VUS-EVIDENCE", "Evidence names this alteration, but none of it holds in this patient: Tier III", _LI),
    Rule("VUS-DRIVER", "An oncogenic or hotspot variant without clinical evidence: Tier III", _LI),
    Rule("VUS-SILENT", "No change of the protein is known; that is no evidence of being benign: Tier III", _HOUSE),
    Rule("VUS-BIOMARKER", "A biomarker stated by the laboratory without clinical evidence: Tier III", _HOUSE),
    Rule("VUS-GENE", "A cancer gene, but no evidence for this change: Tier III", _LI),
    Rule("VUS-OTHER", "No known cancer gene, and no evidence of being benign: Tier III", _HOUSE),
)
RULES: Mapping[str, Rule] = {rule.id: rule for rule in _RULES}

TIER_OF_LEVEL = {"A": Tier.I, "B": Tier.I, "C": Tier.II, "D": Tier.II}
AXES = tuple(Axis)
AGNOSTIC = ("any_solid", "any_haematological", "any")
OWN_TYPE = {
    "same": "TYPE-OWN",
    "descendant": "TYPE-UNDER",
    **dict.fromkeys(AGNOSTIC, "TYPE-AGNOSTIC"),
    "less_specific": "TYPE-BROADER",
    "much_less_specific": "TYPE-FAR",
    "tissue_only": "TYPE-TISSUE",
}
TUMOR_MATCHES = (*OWN_TYPE, "other_type", "unknown", "excepted")  # from the nearest to the farthest

BENIGN_AF = 0.01
BENIGN_LEAST_ALLELES = LEAST_ALLELES
GIVEN_AF = "population_af_as_given"  # label: who gives the frequency vouches for the group's size
BOTTLENECKED = frozenset({"asj", "fin", "ami", "mid", "oth", "remaining"})  # gnomAD's names; no basis for BENIGN-AF
CLINVAR_BENIGN = frozenset({"benign", "benign/likely benign"})
CLINVAR_LEAST_STARS = 2


class TumorTree(Protocol):
    """What the engine asks of OncoTree (``oncotree.OncoTree``)."""

    def exists(self, code: str) -> bool: ...
    def ancestors(self, code: str) -> tuple[str, ...]: ...
    def is_tissue_only(self, code: str) -> bool: ...
    def is_solid(self, code: str) -> bool: ...
    def __hash__(self) -> int: ...


# --------------------------------------------------------------------------- the index: gene, then alteration


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One item of evidence with its profile taken apart: what must be there, and what must not."""

    evidence: Evidence
    profile: Profile
    positive: tuple[Part, ...]
    negative: tuple[Part, ...]

    @property
    def stands_alone(self) -> bool:
        """Whether one variant decides it: no other part has to be there, and none absent."""
        return len(self.positive) == 1 and not self.negative

    def leaves_out(self, part: Part) -> bool:
        """Whether a negative part only takes changes out of a class of the same gene: PDGFRA mutation & !p.Asp842Val.

        A variant of the class that is none of them is what the item names, whatever else was looked for.
        """
        return part.absent and any(
            one.gene == part.gene and all(atom.kind in CLASSES_OF_CHANGES for atom in one.atoms) for one in self.positive
        )


CLASSES_OF_CHANGES = ("mutation", "loss_of_function", "truncating", "codon", "exon")


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """One alteration of a gene, and the items that name it."""

    atom: Atom
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, eq=False)
class GeneItems:
    """The items that variants of one gene can support, by the place that they name.

    An alteration stands at each residue and base that it spans. Those without a place, or with one of more than
    ``WIDEST``, stand in ``anywhere``.
    """

    items: tuple[Item, ...]
    named: tuple[Named, ...]  # every alteration of this gene, once
    anywhere: tuple[Named, ...]
    at_residue: Mapping[int, tuple[Named, ...]]
    at_base: Mapping[int, tuple[Named, ...]]

    def candidates(self, variant: Variant) -> Iterable[Named]:
        """Every alteration that the variant can be or be near to, and a few others; each once."""
        codons, coding = residues(variant), bases(variant)
        if not (_is_narrow(codons) and all(map(_is_narrow, coding))):
            return self.named
        found = [named for codon in _span(codons) for named in self.at_residue.get(codon, ())]
        if self.at_base:
            found += [named for place in coding for base in _span(place) for named in self.at_base.get(base, ())]
        return (*self.anywhere, *(found if len(found) < 2 else dict.fromkeys(found)))


WIDEST = 200  # residues or bases: looking up each costs more than weighing all


def _is_narrow(place: tuple[int, int] | None) -> bool:
    return place is None or 0 <= place[1] - place[0] < WIDEST


def _span(place: tuple[int, int] | None) -> range:
    return range(place[0], place[1] + 1) if place else range(0)


@dataclass(frozen=True, slots=True, eq=False)
class EvidenceIndex:
    """Items by every gene whose variants can support them; sensitivity by drug; by gene the drugs that its variants
    resist, and the tumour types that its markers diagnose; what has a cut-off (``CD274 expression``) in any item."""

    by_gene: Mapping[str, GeneItems]
    by_drug: Mapping[str, tuple[Evidence, ...]]
    resisted: Mapping[str, frozenset[str]]
    diagnosed: Mapping[str, frozenset[str]]
    with_cut_off: frozenset[str]


def index_evidence(evidence: Iterable[Evidence]) -> EvidenceIndex:
    """Build the index once for many variants. Raises ValueError, with the item's id, for an unreadable alteration."""
    by_gene: dict[str, list[Item]] = defaultdict(list)
    by_drug: dict[str, list[Evidence]] = defaultdict(list)
    resisted: dict[str, set[str]] = defaultdict(set)
    diagnosed: dict[str, set[str]] = defaultdict(set)
    with_cut_off: set[str] = set()
    for fact in evidence:
        try:
            profile = parse(fact.alteration, fact.gene)
        except ValueError as error:
            raise ValueError(f"evidence {fact.id}: {error}") from error
        positive = tuple(part for part in profile.parts if not part.is_negative)
        negative = tuple(part for part in profile.parts if part.is_negative)
        item = Item(fact, profile, positive, negative)
        with_cut_off.update(f"{part.gene} {atom.kind}" for part in positive for atom in part.atoms if atom.score)
        for gene in profile.genes:
            by_gene[gene].append(item)
            if fact.axis is Axis.RESISTANCE and fact.supports:
                resisted[gene] |= drugs(fact.therapy)
            if fact.axis is Axis.DIAGNOSTIC and fact.supports and fact.effect != "negative" and fact.level in "AB":
                diagnosed[gene] |= set(fact.tumor_types)
        if fact.axis is Axis.SENSITIVITY and fact.supports and not fact.withdrawn_on:
            for drug in drugs(fact.therapy):
                by_drug[drug].append(fact)
    return EvidenceIndex(
        {gene: _gene_items(gene, items) for gene, items in by_gene.items()},
        {drug: tuple(facts) for drug, facts in by_drug.items()},
        {gene: frozenset(names) for gene, names in resisted.items()},
        {gene: frozenset(types) for gene, types in diagnosed.items()},
        frozenset(with_cut_off),
    )


def _gene_items(gene: str, items: Sequence[Item]) -> GeneItems:
    by_atom: dict[Atom, dict[Item, None]] = defaultdict(dict)
    for item in items:
        for atom in (atom for part in item.positive if part.gene == gene for atom in part.atoms):
            by_atom[atom][item] = None
    named = tuple(Named(atom, tuple(found)) for atom, found in by_atom.items())
    anywhere: list[Named] = []
    at_residue: dict[int, list[Named]] = defaultdict(list)
    at_base: dict[int, list[Named]] = defaultdict(list)
    for one in named:
        place = one.atom.place
        if place is None or not _is_narrow(place):
            anywhere.append(one)
            continue
        for number in _span(place):
            (at_base if one.atom.kind == "coding" else at_residue)[number].append(one)
    return GeneItems(
        tuple(items),
        named,
        tuple(anywhere),
        {residue: tuple(found) for residue, found in at_residue.items()},
        {base: tuple(found) for base, found in at_base.items()},
    )


@lru_cache(maxsize=10_000)
def drugs(therapy: str) -> frozenset[str]:
    """The components of a therapy, in small letters."""
    return frozenset(name.strip().casefold() for name in therapy.split(" + ") if name.strip())


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """The index as patients of one tumour type see it: what an item is worth there does not depend on the variant.

    Each answer is worked out when it is first asked, and kept.
    """

    index: EvidenceIndex
    tumor_type: str
    tree: TumorTree
    _met: dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    _weighed: dict[tuple[Item, str], tuple[tuple[object, ...], EvidenceMatch]] = field(default_factory=dict)
    _sensitive: dict[tuple[str, frozenset[str]], str] = field(default_factory=dict)

    def meet(self, evidence: Evidence) -> tuple[str, tuple[str, ...]]:
        """How the tumour type meets the item's, see ``meet``."""
        key = (evidence.tumor_types, evidence.except_types)
        if key not in self._met:
            self._met[key] = meet(evidence, self.tumor_type, self.tree)
        return self._met[key]

    def sensitive_to(self, drug: str, genes: frozenset[str]) -> str:
        """The first id of the sensitivity evidence for the drug in the patient's own type; "" without any.

        An approval for any solid tumour is one for its biomarker: it makes the drug matter to changes of that biomarker's
        genes (a RET mutation beside a RET fusion), which ``genes`` must meet, and brings no other resistance along.
        """
        key = (drug, genes)
        if key not in self._sensitive:
            facts = ((fact, self.meet(fact)[0]) for fact in self.index.by_drug.get(drug, ()))
            used = (fact for fact, met in facts if is_in_use(fact, met))
            named = (
                f.id for f in used if self.meet(f)[0] not in AGNOSTIC or genes & set(parse(f.alteration, f.gene).genes)
            )
            self._sensitive[key] = min(named, default="")
        return self._sensitive[key]

    def weighed(self, item: Item, matched: str) -> tuple[tuple[object, ...], EvidenceMatch]:
        """An item that stands alone, for a variant that is what it names, or, as ``context``, near to it; its order."""
        key = (item, matched)
        if key not in self._weighed:
            found = _weighed(item, matched, self.meet(item.evidence), _own_worth(item.evidence, self))
            self._weighed[key] = (_order(found), found)
        return self._weighed[key]


@lru_cache(maxsize=64)
def view(index: EvidenceIndex, tumor_type: str, tree: TumorTree) -> View:
    """The view of one tumour type; those of the last 64 types are kept."""
    return View(index, tumor_type, tree)


@dataclass(frozen=True, slots=True)
class _Case:
    """What does not change between the items that are weighed for one variant of one patient."""

    view: View
    gene: str  # of the variant that is tiered, and its role
    role: str
    roles: Mapping[str, str]
    variants: tuple[Variant, ...]
    states: Mapping[str, State]

    def role_of(self, gene: str) -> str:
        return self.role if gene == self.gene else self.roles.get(gene, "")


def tier_variant(
    variant: Variant,
    tumor_type: str,
    knowledge_by_gene: EvidenceIndex | Mapping[str, Sequence[Evidence]],
    tree: TumorTree,
    role: str,
    *,
    co_variants: Sequence[Variant] = (),
    locus_states: Mapping[str, State] | None = None,
    gene_in_panel: bool = True,
    benign_exceptions: frozenset[str] = frozenset(),
    roles: Mapping[str, str] | None = None,
) -> TierResult:
    """The tier of one variant in one patient, with its working.

    ``tumor_type``: OncoTree code; "" or an unknown one is said and handled. ``role``: of the variant's gene
    (oncogene, tumour_suppressor, both, or "" where not known); ``roles``: those of the genes of ``co_variants``, the
    other variants of the same case. ``locus_states``: locus id, or what the laboratory says was not found (``ALK
    fusion``), to its answer; None where none was asked, then no wild type is ever proven. ``benign_exceptions``:
    ``GENE:p.…`` or ``GENE:c.…`` of variants that stay somatic though common. Pass ``index_evidence(…)`` where many
    variants are tiered. Raises ValueError for a notation that cannot be read.
    """
    index = (
        knowledge_by_gene
        if isinstance(knowledge_by_gene, EvidenceIndex)
        else index_evidence(item for items in knowledge_by_gene.values() for item in items)
    )
    trace: tuple[EvidenceMatch, ...] = ()
    if variant.gene in index.by_gene or (variant.fusion_partner and variant.fusion_partner in index.by_gene):
        variants = (variant, *(other for other in co_variants if other != variant))
        case = _Case(view(index, tumor_type, tree), variant.gene, role, roles or {}, variants, locus_states or {})
        trace = _with_opposition(weigh(variant, case), variant, case)
    carried = tuple(item for item in trace if item.level_used) if trace else ()
    benign = _benign(variant, bool(carried), benign_exceptions)
    if benign:
        rule, why = benign
        if carried:
            why = f"{why.removesuffix('.')}; this stands above the clinical evidence ({carried[0].evidence.id})."
        labels = (*variant.labels, "benign_over_evidence") if carried else variant.labels
        return TierResult(Tier.IV, "", "", rule, "", (), (), why, labels, trace)
    waiting = _waiting(trace, carried[0].level_used if carried else "", view(index, tumor_type, tree)) if trace else ""
    if carried:
        result = _from_evidence(variant, carried, trace)
        return replace(result, reason=f"{result.reason} {waiting}") if waiting else result
    rule, why = _unknown_significance(variant, role, trace, gene_in_panel or bool(role), waiting)
    return TierResult(Tier.III, "", "", rule, "", (), (), why, variant.labels, trace)


# --------------------------------------------------------------------------- one item in one patient


def weigh(variant: Variant, case: _Case) -> tuple[EvidenceMatch, ...]:
    """Every item that bears on the variant, best first; the order does not depend on that of the evidence."""
    by_gene = case.view.index.by_gene
    own = by_gene.get(variant.gene)
    if variant.fusion_partner:
        partner = by_gene.get(variant.fusion_partner)
        items = dict.fromkeys((*(own.items if own else ()), *(partner.items if partner else ())))
        return weigh_each(items, variant, case)
    if own is None:
        return ()
    found = []
    for item, matched in _matched(own, variant, case.role_of(variant.gene)).items():
        if item.stands_alone:
            found.append(case.view.weighed(item, matched))
        elif (weighed := bearing(item, variant, case)) is not None:
            found.append((_order(weighed), weighed))
    found.sort(key=itemgetter(0))
    return _own_type_first(tuple(map(itemgetter(1), found)))


def weigh_each(items: Iterable[Item], variant: Variant, case: _Case) -> tuple[EvidenceMatch, ...]:
    """The same from these items, one by one and without the index: what ``weigh`` must give, and slower."""
    return _own_type_first(tuple(sorted(filter(None, (bearing(item, variant, case) for item in items)), key=_order)))


def _own_type_first(trace: tuple[EvidenceMatch, ...]) -> tuple[EvidenceMatch, ...]:
    """The trace without resistance of another tumour type to drugs that the variant responds to in the patient's own.

    What is seen in the patient's type stands above what another type suggests: BRAF p.Val600Glu in melanoma is not
    resistant to vemurafenib because it is so in colorectal cancer.
    """
    if all(item.rule != "OTHER-RES" for item in trace):
        return trace
    responding = [
        drugs(item.evidence.therapy)
        for item in trace
        if item.evidence.axis is Axis.SENSITIVITY and item.level_used and is_in_use(item.evidence, item.tumor_match)
    ]
    if not responding:
        return trace
    kept = (
        replace(item, level_used="", rule="OTHER-RES-SENS")
        if item.rule == "OTHER-RES" and drugs(item.evidence.therapy) in responding
        else item
        for item in trace
    )
    return tuple(sorted(kept, key=_order))


def _matched(gene_items: GeneItems, variant: Variant, role: str) -> dict[Item, str]:
    """The items of which the variant is, by its best match, or near to which it lies ("context")."""
    found: dict[Item, str] = {}
    for named in gene_items.candidates(variant):
        matched = match(named.atom, variant, role)
        if not matched and named.atom.kind in PLACED and is_near(named.atom, variant):
            matched = "context"
        if matched:
            for item in named.items:
                if item not in found or MATCH_RANK[matched] < MATCH_RANK[found[item]]:
                    found[item] = matched
    return found


PLACED = ("protein", "coding", "codon")  # kinds of atoms that a variant can lie near to
MATCH_RANK = {name: rank for rank, name in enumerate((*MATCHES, "context"))}


def _order(item: EvidenceMatch) -> tuple[object, ...]:
    return (
        item.level_used or "~",
        not item.evidence.supports,
        AXES.index(item.evidence.axis),
        MATCH_RANK[item.match],
        TUMOR_MATCHES.index(item.tumor_match),
        not item.evidence.jurisdictions,
        item.evidence.id,
        item.evidence.therapy,
        item.evidence.alteration,
    )


def bearing(item: Item, variant: Variant, case: _Case) -> EvidenceMatch | None:
    """What the item is worth for the variant; None where it says nothing about it."""
    matches = [match_part(part, variant, case.role_of(part.gene)) for part in item.positive]
    own = min(filter(None, matches), key=MATCHES.index, default="")
    if not own and not any(
        part.gene == variant.gene and is_near(atom, variant) for part in item.positive for atom in part.atoms
    ):
        return None
    return _weighed(item, own or "context", case.view.meet(item.evidence), _worth(item, matches, case) if own else None)


def _weighed(
    item: Item, matched: str, met: tuple[str, tuple[str, ...]], worth: tuple[str, str, str] | None
) -> EvidenceMatch:
    if matched == "context" or worth is None:
        worth = ("", "CONTEXT", f"names {item.profile}")
    elif matched == "presumed" and worth[0] and worth[0] < "C":
        worth = ("C", "LOSS-PRESUMED", worth[2])
    return EvidenceMatch(item.evidence, matched, *met, *worth)


def _worth(item: Item, matches: Sequence[str], case: _Case) -> tuple[str, str, str]:
    """The level of an item that names the variant ("": supports nothing), the rule that set it, and a note."""
    own_genes = {part.gene for part, matched in zip(item.positive, matches, strict=True) if matched}
    unasked = []
    for part, matched in zip(item.positive, matches, strict=True):
        if not matched and not any(match_part(part, v, case.role_of(part.gene)) for v in case.variants):
            is_fusion = all(atom.kind == "fusion" for atom in part.atoms)
            if part.gene not in own_genes or not is_fusion or _is_denied(part, case):
                return "", "PROFILE-PART", f"also needs {part}, which was not found in this case"
            unasked.append(part)
    open_parts: dict[str, list[str]] = defaultdict(list)  # by what is known of their loci
    left_out = []
    for part in item.negative:
        if found := _found(part, case):
            return "", "PROFILE-ABSENT", f"{part} does not hold: {found} was found"
        if unseen := _unseen(part, case):
            if item.leaves_out(part):
                left_out.append(str(part).partition("!")[2])
            else:
                open_parts[unseen].append(_in_words(part))
    if open_parts:
        return "", "PROFILE-OPEN", "; ".join(f"needs {_series(parts)}: {why}" for why, parts in open_parts.items())
    level, rule, note = _own_worth(item.evidence, case.view)
    if left_out:
        note = "; ".join(filter(None, [note, f"not shown to be absent: {', '.join(left_out)}"]))
    if unasked and level:
        also = f"also needs {' and '.join(map(str, unasked))}, which nothing in this case answers"
        return max(level, "C"), "PROFILE-UNASKED", "; ".join(filter(None, [note, also]))
    return level, rule, note


def _is_denied(part: Part, case: _Case) -> bool:
    """Whether the laboratory looked for the fusions that the part names, or for any of its gene, and found none."""
    gene = part.gene
    return f"{gene} fusion" in case.states or all(f"{gene} {atom}" in case.states for atom in part.atoms)


def _own_worth(evidence: Evidence, seen: View) -> tuple[str, str, str]:
    """The same for an item whose profile holds."""
    if evidence.withdrawn_on:
        return "", "WITHDRAWN", f"approval withdrawn on {evidence.withdrawn_on}"
    return _level(evidence, seen)


def meet(evidence: Evidence, tumor_type: str, tree: TumorTree) -> tuple[str, tuple[str, ...]]:
    """How the patient's tumour type meets the item's types (one of TUMOR_MATCHES), and the codes on the way.

    The way runs from the patient's type up to the item's, or, for a less specific diagnosis, down to it.
    """
    if not tree.exists(tumor_type):
        return ("any", ()) if "any" in evidence.tumor_types else ("unknown", ())
    up = tree.ancestors(tumor_type)
    if excepted := next((code for code in up if code in evidence.except_types), ""):
        return "excepted", up[: up.index(excepted) + 1]
    found = [(name, way) for name, way in (_meet_one(code, tumor_type, up, tree) for code in evidence.tumor_types) if name]
    return min(found, key=lambda met: (TUMOR_MATCHES.index(met[0]), len(met[1]), met[1]), default=("other_type", ()))


def _meet_one(code: str, patient: str, up: tuple[str, ...], tree: TumorTree) -> tuple[str, tuple[str, ...]]:
    if code in AGNOSTIC:
        fits = code == "any" or tree.is_solid(patient) == (code == "any_solid")
        return (code, up) if fits else ("", ())
    if code in up:
        return "same" if code == patient else "descendant", up[: up.index(code) + 1]
    if tree.exists(code) and patient in (down := tree.ancestors(code)):
        way = tuple(reversed(down[: down.index(patient) + 1]))
        if tree.is_tissue_only(patient):
            return "tissue_only", way
        return "less_specific" if len(way) == 2 else "much_less_specific", way
    return "", ()


def _level(evidence: Evidence, seen: View) -> tuple[str, str, str]:
    """The level in this tumour type, the rule that set it, and a note."""
    tumor_match, _ = seen.meet(evidence)
    if not evidence.supports:
        where = "" if tumor_match in OWN_TYPE else f" in {', '.join(evidence.tumor_types)}"
        return "", "CONTRADICTS", f"level {evidence.level} evidence against it{where}"
    level, sensitivity = evidence.level, evidence.axis is Axis.SENSITIVITY
    strong = level in ("A", "B")
    weak_resistance = evidence.axis is Axis.RESISTANCE and tumor_match in AGNOSTIC and not strong
    if tumor_match == "much_less_specific" and _is_implied(evidence, seen):
        tumor_match = "less_specific"
    if tumor_match in OWN_TYPE and not weak_resistance:
        note = {
            "less_specific": f"diagnosis less specific than {', '.join(evidence.tumor_types)}",
            "much_less_specific": f"diagnosis much less specific than {', '.join(evidence.tumor_types)}",
            "tissue_only": f"diagnosis names a tissue only; the evidence is for {', '.join(evidence.tumor_types)}",
        }.get(tumor_match, "")
        vague = tumor_match in ("tissue_only", "much_less_specific")
        return max(level, "C") if vague else level, OWN_TYPE[tumor_match], note
    if tumor_match == "excepted":
        return "", "TYPE-EXCEPT", f"not for {', '.join(evidence.except_types)}"
    types = f"evidence for {', '.join(evidence.tumor_types)}"
    if tumor_match == "unknown":
        return "C" if sensitivity and strong else "", "TYPE-UNKNOWN", f"tumour type not known; {types}"
    if sensitivity and _has_cut_off(evidence, seen.index):
        return "", "OTHER-CUT-OFF", types
    if sensitivity:
        return ("C", "OTHER-SENS", types) if strong else ("", "OTHER-WEAK", types)
    if evidence.axis is not Axis.RESISTANCE:
        return "", "OTHER-DXPX", types
    if tumor_match == "other_type" and not strong and _is_of_whole_gene(evidence):
        return "", "OTHER-RES-WEAK", types
    genes = frozenset(parse(evidence.alteration, evidence.gene).genes)
    used = min(filter(None, (seen.sensitive_to(drug, genes) for drug in drugs(evidence.therapy))), default="")
    if not used:
        return "", "OTHER-RES-NONE", types
    return max(level, "C"), "OTHER-RES", f"{types}; sensitivity in the patient's type: {used}"


def _is_implied(evidence: Evidence, seen: View) -> bool:
    """Whether a marker of the item's genes makes the diagnosis of one of its types, or of what this lies right under;
    or the item is itself about a diagnosis."""
    if evidence.axis is Axis.DIAGNOSTIC:
        return True
    genes = parse(evidence.alteration, evidence.gene).genes
    made = frozenset[str]().union(*(seen.index.diagnosed.get(gene, ()) for gene in genes))
    return any(made.intersection(seen.tree.ancestors(code)[:2]) for code in evidence.tumor_types if seen.tree.exists(code))


WHOLE_GENE = frozenset({"mutation", "loss_of_function", "truncating", "expression", "overexpression", "underexpression"})


def _is_of_whole_gene(evidence: Evidence) -> bool:
    """Whether the item names no change in particular: a mutation of a gene, its loss, its expression."""
    parts = parse(evidence.alteration, evidence.gene).parts
    kinds = {atom.kind for part in parts if not part.is_negative for atom in part.atoms}
    return bool(kinds & WHOLE_GENE) and kinds <= {*WHOLE_GENE, "deletion"}


def _has_cut_off(evidence: Evidence, index: EvidenceIndex) -> bool:
    """Whether the item is about a staining or burden that is counted, here or in other items, from a cut-off on."""
    parts = parse(evidence.alteration, evidence.gene).parts
    counted = (f"{part.gene} {atom.kind}" for part in parts if not part.is_negative for atom in part.atoms)
    return not index.with_cut_off.isdisjoint(counted)


def is_in_use(evidence: Evidence, tumor_match: str) -> bool:
    """Whether sensitivity evidence shows that its drug matters in the patient's tumour type: level A or B, or C for a
    type that it names. Preclinical work, and studies without a type, show that of no type."""
    return tumor_match in OWN_TYPE and (evidence.level in "AB" or (evidence.level == "C" and tumor_match not in AGNOSTIC))


# --------------------------------------------------------------------------- parts that must be absent


def _found(part: Part, case: _Case) -> str:
    """What was found that a wild-type or "!" part excludes: of a wild type every oncogenic variant of its gene, and
    every locus at which anything was."""
    role = case.role_of(part.gene)
    wild = any(atom.kind == "wild_type" for atom in part.atoms)
    excluded = [
        variant_name(v)
        for v in case.variants
        if v.gene == part.gene and (is_oncogenic(v, role) if wild else match_part(replace(part, absent=False), v, role))
    ]
    if wild and not excluded:
        excluded = [
            locus for locus, state in case.states.items() if locus.startswith(f"{part.gene}:") and state is State.DETECTED
        ]
    return ", ".join(sorted(excluded))


def _unseen(part: Part, case: _Case) -> str:
    """Why a part, of which nothing was found, is not shown to be absent; "" where it is.

    A wild type is where every asked locus of the gene is not detected, "!" where the loci that it names were all seen.
    """
    for atom in part.atoms:
        asked = _loci(atom, part.gene, case.states)
        if not asked:
            return "nothing in this case answers it" if case.states else "not stated"
        seen = {State.NOT_DETECTED} if atom.kind == "wild_type" else {State.NOT_DETECTED, State.DETECTED}
        open_loci = sorted(locus for locus in asked if case.states[locus] not in seen)
        if open_loci:
            return ", ".join(f"{locus} {case.states[locus]}" for locus in open_loci)
    return ""


def _series(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _in_words(part: Part) -> str:
    """A negative part as a reader says it: ``wild type KRAS``, ``no ALK fusion``."""
    if not part.absent:
        return f"wild type {part.gene}"
    return f"no {part.gene} {' or '.join(map(str, part.atoms))}".replace("_", " ")


def _loci(atom: Atom, gene: str, states: Mapping[str, State]) -> list[str]:
    """The loci whose answers show that ``atom`` is absent; [] where the panel has not all of them.

    What the laboratory says was not found stands among the states as ``GENE atom``, and answers that atom alone; a
    variant at the gene's loci still speaks against a wild type.
    """
    if (stated := f"{gene} {atom}") in states:
        own = (locus for locus, state in states.items() if locus.startswith(f"{gene}:") and state is State.DETECTED)
        return [stated, *own]
    if atom.kind in ("amplification", "deletion", "fusion", *BIOMARKERS):
        return []
    if atom.coding is not None:
        wanted = [[f"{gene}:c.{atom.coding.start.base}"], [f"{gene}:c.{atom.coding.end.base}"]]
    elif atom.kind == "exon":
        prefix = "s.e" if atom.klass == "skipping" else "e"
        wanted = [[f"{gene}:{prefix}{exon}"] for exon in range(atom.first, atom.last + 1)]
    elif atom.protein is not None or atom.kind == "codon":
        first, last = (atom.protein.start, atom.protein.end) if atom.protein else (atom.first, atom.last)
        wanted = [[f"{gene}:p.{codon}", *_exon_loci(gene, codon)] for codon in range(first, last + 1)]
    else:
        return [locus for locus in states if locus.partition(":")[0] == gene]
    found = [next((locus for locus in ways if locus in states), "") for ways in wanted]
    return found if all(found) else []


def _exon_loci(gene: str, codon: int) -> list[str]:
    exons = EXON_CODING.get(gene, {}).items()
    return [f"{gene}:e{exon}" for exon, (low, high) in exons if codon_of(low) <= codon <= codon_of(high)]


# --------------------------------------------------------------------------- resistance beside sensitivity


def _with_opposition(trace: tuple[EvidenceMatch, ...], variant: Variant, case: _Case) -> tuple[EvidenceMatch, ...]:
    """The trace with, in the note of each sensitivity item, the resistance to its drugs found in the same case."""
    helpful = [item for item in trace if item.level_used and item.evidence.axis is Axis.SENSITIVITY]
    if not helpful:
        return trace
    wanted = frozenset[str]().union(*(drugs(item.evidence.therapy) for item in helpful))
    resistance: dict[frozenset[str], list[tuple[Variant, EvidenceMatch]]] = defaultdict(list)
    for other in case.variants:
        if _resists(other, wanted, case.view.index):
            for item in trace if other is variant else weigh(other, case):
                if item.level_used and item.evidence.axis is Axis.RESISTANCE:
                    resistance[drugs(item.evidence.therapy)].append((other, item))
    if not resistance:
        return trace
    return tuple(
        replace(item, note=note)
        if item.level_used
        and item.evidence.axis is Axis.SENSITIVITY
        and (note := _opposed_note(item, variant, resistance)) != item.note
        else item
        for item in trace
    )


def _resists(variant: Variant, wanted: frozenset[str], index: EvidenceIndex) -> bool:
    """Whether some evidence says of one of the drugs that variants of this gene, or of its partner, resist it."""
    genes = (variant.gene, variant.fusion_partner)
    return any(not wanted.isdisjoint(index.resisted.get(gene, ())) for gene in genes)


def _opposed_note(
    item: EvidenceMatch, variant: Variant, resistance: Mapping[frozenset[str], Sequence[tuple[Variant, EvidenceMatch]]]
) -> str:
    """The item's note, with the resistance to its drugs.

    Another variant's resistance to some or all of the drugs outweighs the item unless it is of level C or D and weaker;
    the variant's own, to exactly these drugs, is said beside it.
    """
    mine = drugs(item.evidence.therapy)
    said: dict[str, set[str]] = defaultdict(set)
    for theirs, found in resistance.items():
        if not theirs or not theirs <= mine:
            continue
        for other, against in found:
            if other is variant and theirs != mine:
                continue
            outweighs = other is not variant and (against.level_used in "AB" or against.level_used <= item.level_used)
            said[OPPOSED if outweighs else DESCRIBED].add(
                f"{variant_name(other)} ({against.level_used}, {against.evidence.id})"
            )
    notes = [f"{kind}: {', '.join(sorted(who))}" for kind, who in sorted(said.items())]
    return "; ".join(filter(None, [item.note, *notes]))


def _waiting(trace: Iterable[EvidenceMatch], level: str, seen: View) -> str:
    """What evidence for the patient's own type, of this level ("": of any) or better, still needs, as sentences.

    Without it a reader would not learn that the tier hangs on what nobody has looked for.
    """
    found: dict[str, dict[tuple[str, Axis], dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
    for item in trace:
        if item.rule == "PROFILE-OPEN" and item.tumor_match in OWN_TYPE:
            worth = _own_worth(item.evidence, seen)[0]
            if worth and worth <= (level or "D"):
                about = item.evidence.therapy or item.evidence.effect
                found[item.note][worth, item.evidence.axis][about] = None
    said = []
    for note, kinds in found.items():
        worth, axis = min(kinds, key=lambda kind: (kind[0], AXES.index(kind[1])))
        named = sorted(kinds[worth, axis])
        more = f" and {len(named) - NAMED_AT_MOST} more" if len(named) > NAMED_AT_MOST else ""
        listed = ", ".join(named[:NAMED_AT_MOST])
        said.append((worth, f"Not counted: level {worth} {axis} evidence ({listed}{more}) {note}."))
    return " ".join(sentence for _, sentence in sorted(said))


NAMED_AT_MOST = 3  # therapies in a sentence


def is_opposed(item: EvidenceMatch) -> bool:
    """Whether another variant of the case makes the item's drug ineffective, by evidence that is no weaker."""
    return OPPOSED in item.note


# --------------------------------------------------------------------------- from items to the tier


def variant_name(variant: Variant) -> str:
    """``BRAF p.Val600Glu``, ``TERT c.-124C>T``, ``MET amplification``, ``EML4::ALK fusion``."""
    if variant.fusion_partner:
        return f"{variant.fusion_partner}::".removeprefix("?::") + f"{variant.gene} fusion"
    if variant.biomarker:
        figure = "" if variant.score is None else f" ({variant.score:g} {variant.score_unit})"
        return f"{variant.gene} {variant.biomarker}{figure}"
    what = variant.hgvsp if variant.hgvsp not in ("", "p.?", "p.=") else variant.hgvsc
    where = f"exon {variant.exon} " if variant.exon and not variant.exon_count else ""
    return f"{variant.gene} {what or variant.copy_number_change or where + variant.consequence}".strip()


_MATCH_WORDS = {
    "exact": "for exactly this change",
    "part": "for a change inside this one",
    "codon": "for changes of this codon",
    "range": "for changes of these codons",
    "exon": "for such changes of this exon",
    "class": "for this kind of alteration",
    "gene": "for oncogenic variants of the gene",
    "presumed": "for loss of function, which is presumed",
}


def _from_evidence(variant: Variant, carried: tuple[EvidenceMatch, ...], trace: tuple[EvidenceMatch, ...]) -> TierResult:
    strongest = [item for item in carried if item.level_used == carried[0].level_used]
    best = min(strongest, key=_rank)
    tier = TIER_OF_LEVEL[best.level_used]
    carriers = [item for item in carried if TIER_OF_LEVEL[item.level_used] is tier]
    opposed = sorted({i.evidence.therapy for i in carriers if is_opposed(i)} - {""})
    labels = list(variant.labels)
    if opposed:
        labels.append("opposed_by_resistance")
    if all(item.tumor_match in ("less_specific", "much_less_specific", "tissue_only") for item in carriers):
        labels.append("diagnosis_less_specific")
    what = best.evidence.therapy or best.evidence.effect
    reason = f"{variant_name(variant)}: level {best.level_used} {best.evidence.axis} evidence"
    reason += (f" ({what})" if what else "") + f" {_MATCH_WORDS[best.match]}; {_clause(best)}"
    if opposed:
        reason += f"; opposed, as another variant of this case confers resistance: {', '.join(opposed)}"
    return TierResult(
        tier,
        best.level_used,
        str(best.evidence.axis),
        best.rule,
        best.match,
        tuple(dict.fromkeys(item.evidence.id for item in carriers)),
        _therapies(carriers),
        f"{reason}.",
        tuple(labels),
        trace,
    )


def _rank(item: EvidenceMatch) -> tuple[object, ...]:
    """What decides between items of one level: no opposition, that it names the change or the tumour type, the axis, no
    resistance described, the match, then fewest drugs. At level D a warning stands before a hope."""
    axis = item.evidence.axis
    return (
        is_opposed(item),
        item.match == "gene" and item.tumor_match in (*AGNOSTIC, "other_type", "unknown"),
        -1 if axis is Axis.RESISTANCE and item.level_used == "D" else AXES.index(axis),
        DESCRIBED in item.note,
        MATCHES.index(item.match),
        TUMOR_MATCHES.index(item.tumor_match),
        len(drugs(item.evidence.therapy)),
    )


def _clause(item: EvidenceMatch) -> str:
    """The rule that set the item's level, as the clause of a sentence, with the note."""
    statement = RULES[item.rule].statement
    return statement[0].lower() + statement[1:] + (f" ({item.note})" if item.note else "")


def _therapies(carriers: Sequence[EvidenceMatch]) -> tuple[str, ...]:
    """``Dabrafenib + Trametinib (A: EMA, FDA)``, then ``resistance: Cetuximab (A: FDA)``: each therapy once an axis, at
    its best level, with who approved it there. Opposed sensitivity is left out. No ``;``, which separates lists."""
    grouped: dict[tuple[int, frozenset[str]], list[EvidenceMatch]] = defaultdict(list)
    for item in carriers:
        if item.evidence.therapy and not is_opposed(item):
            grouped[AXES.index(item.evidence.axis), drugs(item.evidence.therapy)].append(item)
    rows = []
    for (axis, _), items in grouped.items():
        therapy = items[0].evidence.therapy
        level = min(item.level_used for item in items)
        at_level = [item for item in items if item.level_used == level]
        own = [item for item in at_level if item.rule in OWN_TYPE.values()]
        where = sorted({j for item in own for j in item.evidence.jurisdictions if item.level_used == item.evidence.level})
        detail = ", ".join(where) if where else "" if own else "other tumour type"
        prefix = "resistance: " if AXES[axis] is Axis.RESISTANCE else ""
        rows.append((axis, level, not where, f"{prefix}{therapy} ({level}{f': {detail}' if detail else ''})"))
    return tuple(row[-1] for row in sorted(rows))


def _benign(variant: Variant, has_evidence: bool, exceptions: frozenset[str]) -> tuple[str, str] | None:
    """The rule and the words that make the variant Tier IV; None where nothing shows it to be benign."""
    af, alleles = variant.population_af, variant.population_an
    common = af is not None and af >= BENIGN_AF
    if not (common or variant.clinvar):
        return None
    if not exceptions.isdisjoint({f"{variant.gene}:{variant.hgvsp}", f"{variant.gene}:{variant.hgvsc}"}):
        return None
    name = variant_name(variant)
    if af is not None and common and variant.population_group not in BOTTLENECKED:
        group = POPULATIONS.get(variant.population_group, variant.population_group) or "the population"
        if (alleles or 0) >= BENIGN_LEAST_ALLELES:
            return "BENIGN-AF", f"{name}: common in {group} ({100 * af:.1f} % of {alleles:,} alleles), so benign."
        if alleles is None and GIVEN_AF in variant.labels:
            return "BENIGN-AF", f"{name}: common in {group} ({100 * af:.1f} %, as given), so benign."
    klass, _, stars = variant.clinvar.partition("|")
    klass = klass.replace("_", " ").casefold()
    if stars.isdigit() and int(stars) >= CLINVAR_LEAST_STARS:
        if klass in CLINVAR_BENIGN:
            return "BENIGN-CLINVAR", f"{name}: {klass} in ClinVar with {stars} stars and no conflict."
        if klass == "likely benign" and not has_evidence:
            return "BENIGN-LIKELY", f"{name}: likely benign in ClinVar with {stars} stars, and no clinical evidence."
    return None


def _unknown_significance(
    variant: Variant, role: str, trace: Sequence[EvidenceMatch], cancer_gene: bool, waiting: str
) -> tuple[str, str]:
    """Why the variant is Tier III, as a rule and in words; ``waiting`` is the sentence on evidence that may yet hold."""
    name = variant_name(variant)
    if not (trace or cancer_gene or variant.biomarker or is_oncogenic(variant, role)):
        return "VUS-OTHER", f"{name}: not a known cancer gene, and no evidence of being benign."
    context = [item for item in trace if item.match == "context"]
    unmet = [item for item in trace if item.match != "context"]
    if waiting:
        return "VUS-EVIDENCE", f"{name}: evidence exists, but none holds here. {waiting}"
    if unmet:
        more = f" (and {len(unmet) - 1} more that do not hold)" if len(unmet) > 1 else ""
        return "VUS-EVIDENCE", f"{name}: evidence exists, but none holds here: {_clause(unmet[0])}{more}."
    beside = f"; evidence for {context[0].evidence.alteration} does not support it" if context else ""
    if is_oncogenic(variant, role):
        return "VUS-DRIVER", f"{name}: {_as_driver(variant)}, but no clinical evidence in this tumour type{beside}."
    if variant.biomarker:
        return "VUS-BIOMARKER", f"{name}: stated by the laboratory, but no clinical evidence names it{beside}."
    if not cancer_gene:
        return "VUS-OTHER", f"{name}: not a known cancer gene, and no evidence of being benign{beside}."
    silent = not (effect_of(variant).classes or variant.copy_number_change or variant.fusion_partner)
    if silent:
        return "VUS-SILENT", f"{name}: no change of the protein is known, which is no evidence of being benign{beside}."
    return "VUS-GENE", f"{name}: a variant of unknown significance in a cancer gene{beside}."


def _as_driver(variant: Variant) -> str:
    """Why the variant counts as a driver, in words: ``hotspot, oncogenic by 10 points``."""
    points = variant.oncogenicity_points
    classes = [name.replace("_", " ") for name in ("oncogenic", "likely_oncogenic") if name in variant.labels]
    words = ["hotspot"] if variant.is_hotspot else []
    words += [name if points is None else f"{name} by {points} points" for name in classes[:1]]
    return ", ".join(words) or "a driver of its gene"
