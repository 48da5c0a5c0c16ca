"""The oncogenicity of a somatic variant by the ClinGen/CGC/VICC standard, as a pure function over records and tables.

Seventeen criteria give points; their sum gives the class (Horak et al., Genet Med 2022, PMID 35101336, tables 2 and 3).
``CRITERIA`` states each once, ``EXCLUSIONS`` says which may not count together. A criterion is met, not met, or not
assessed where nothing was asked; what is not assessed counts nothing. Fusions and copy-number gains are outside the
standard.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from tierline.alterations import NMD_PROTEIN_FRACTION, Effect, effect_of, escapes_decay, is_suppressor, match, residues
from tierline.hgvs import ONE, THREE, ProteinChange, parse_protein
from tierline.knowledge._hotspots import HotspotIndel, HotspotResidue
from tierline.knowledge._oncogenicity import FunctionalFact, GeneTables, OncogenicityTables, RecurrentElsewhere
from tierline.records import LEAST_ALLELES, Criterion, Oncogenicity, Variant

MET, NOT_MET, NOT_ASSESSED = "met", "not_met", "not_assessed"
Answer = tuple[str, str]  # state, why


@dataclass(frozen=True, slots=True)
class Rule:
    """One criterion: what it says, what it counts, and where it stands."""

    id: str
    points: int
    statement: str
    source: str


_T2, _T3 = "Horak et al. 2022, PMID 35101336, table 2", "Horak et al. 2022, PMID 35101336, table 3"
_RULES = (
    Rule("OVS1", 8, "Null variant in a bona fide tumour suppressor", _T2),
    Rule("OS1", 4, "Same amino-acid change as a variant established as oncogenic, by another nucleotide change", _T2),
    Rule("OS2", 4, "Well-established functional studies support an oncogenic effect", _T2),
    Rule("OS3", 4, "Recurrent: at least 50 tumours at the residue and at least 10 with the same change", _T2),
    Rule("OM1", 2, "In a critical and well-established part of a functional domain", _T2),
    Rule("OM2", 2, "In-frame length change in an oncogene or tumour suppressor, or stop-loss in a suppressor", _T2),
    Rule("OM3", 2, "Recurrent: fewer than 50 tumours at the residue, at least 10 with the same change", _T2),
    Rule("OM4", 2, "Missense where another missense change, no more unlike, is known to be oncogenic", _T2),
    Rule("OP1", 1, "All computational evidence that was asked supports an oncogenic effect", _T2),
    Rule("OP2", 1, "In the gene of a malignancy with a single genetic aetiology", _T2),
    Rule("OP3", 1, "At a recurrent residue, with fewer than 10 tumours of the same change", _T2),
    Rule("OP4", 1, "Absent from population controls, or extremely rare", _T2),
    Rule("SBVS1", -8, "Frequency above 5 % in a general continental population", _T3),
    Rule("SBS1", -4, "Frequency above 1 % in a general continental population", _T3),
    Rule("SBS2", -4, "Well-established functional studies show no oncogenic effect", _T3),
    Rule("SBP1", -1, "All computational evidence that was asked suggests no effect", _T3),
    Rule("SBP2", -1, "Synonymous, no effect on splicing predicted, at a nucleotide that is not highly conserved", _T3),
)
CRITERIA: Mapping[str, Rule] = {rule.id: rule for rule in _RULES}

EXCLUSIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("OS1", ("OS2", "OS3")),
    ("OM1", ("OVS1", "OS1", "OS3")),
    ("OM2", ("OVS1",)),
    ("OM4", ("OS1", "OS3", "OM1")),
    ("OM3", ("OM1", "OM4")),
    ("OP3", ("OM1", "OM4")),
)
"""A criterion and those beside which it does not count, settled in this order. Source: the comments of table 2, as
they are applied by Scout (OM1 beside OVS1, OM3 beside OM1 and OM4, OS1 beside OS2 and OS3) and PCGR (OM2 beside OVS1,
OM1 beside OS1 and OS3, OP3 beside OM1 and OM4). The paper lets OS1 stand and OS2 and OS3 fall unless these speak of
the nucleotide change itself; as ours speak of the amino-acid change, the larger sum stands: OS2 and OS3."""

CLASSES = ((10, "oncogenic"), (6, "likely_oncogenic"), (0, "vus"), (-6, "likely_benign"))  # least points; else benign
DRIVERS = ("oncogenic", "likely_oncogenic")

# --------------------------------------------------------------------------- thresholds

HOTSPOT_TUMOURS, CHANGE_TUMOURS = 50, 10  # OS3, OM3, OP3; Horak et al. 2022, table 2
COMMON, VERY_COMMON = 0.01, 0.05  # SBS1, SBVS1; table 3: above
EXTREMELY_RARE = 0.0001  # OP4: the paper names no number; ours, of the highest population group
BOTTLENECKED = frozenset({"asj", "fin", "ami", "mid", "oth", "remaining"})  # gnomAD's; not among table 3's populations
ABOUT_THE_SAME = 0.9  # OM4: of Grantham's distance of the known change; the paper says "approximately the same"
WELL_RATED, RATED = 3, 2  # stars: one study of three, or two of two, are "well-established"

_SUPPORTING = frozenset({"gain", "dominant_negative", "neomorphic", "oncogenic"})
_OPPOSING = frozenset({"unaltered", "not_oncogenic"})


def classify(points: int) -> str:
    """The class of a sum of points (Horak et al. 2022, figure 1)."""
    return next((name for least, name in CLASSES if points >= least), "benign")


def assess(variant: Variant, tables: OncogenicityTables, tumor_type: str = "") -> Oncogenicity:
    """The oncogenicity of one variant. ``tumor_type``: OncoTree code, "" where it is not known (then OP2 is not assessed).

    Raises ValueError for a notation that can't be read.
    """
    if variant.fusion_partner or variant.copy_number_change == "amplification":
        return _OUTSIDE
    gene = tables.genes.get(variant.gene)
    if gene is None and not variant.copy_number_change:
        return _without_data(_frequency(variant), _is_synonymous(variant))
    return _sum_up(_answers(variant, gene or GeneTables(), tables, tumor_type))


def with_oncogenicity(variant: Variant, classification: str, points: int | None) -> Variant:
    """The variant as the tier engine takes it: an (likely) oncogenic one counts as a driver of its gene."""
    labels = (*variant.labels, classification) if classification in DRIVERS else variant.labels
    return replace(variant, labels=labels, oncogenicity_points=points)


def with_recurrent_indel(variant: Variant, regions: Sequence[HotspotIndel]) -> Variant:
    """The variant, as a hotspot where it is an in-frame indel inside one of the ``regions`` of its gene that recur.

    The region must hold one of the same direction: insertions that recur say nothing of a deletion.
    """
    if not regions or variant.is_hotspot or "inframe_indel" not in (found := effect_of(variant)).classes:
        return variant
    change = found.protein
    if change is None or not (longer := _residues_gained(change)):
        return variant
    recurs = any(
        region.start <= change.start and change.end <= region.end and (1 if longer > 0 else -1) in _directions(region)
        for region in regions
    )
    return replace(variant, is_hotspot=True) if recurs else variant


@lru_cache(maxsize=256)
def _directions(region: HotspotIndel) -> frozenset[int]:
    """1 where changes of the region make the protein longer, -1 where they make it shorter; 0: neither."""
    gains = [_residues_gained(parse_protein(item.rsplit(":", 1)[0])) for item in region.variants]
    return frozenset((gain > 0) - (gain < 0) for gain in gains)


def _residues_gained(change: ProteinChange) -> int:
    """How many residues longer an in-frame change makes the protein; negative: shorter."""
    spanned = change.end - change.start + 1
    if change.kind == "insertion":
        return len(change.inserted)
    return spanned if change.kind == "duplication" else len(change.inserted) - spanned


def _answers(variant: Variant, gene: GeneTables, tables: OncogenicityTables, tumor_type: str) -> dict[str, Answer]:
    found = effect_of(variant)
    facts, skips = _functional(variant, gene, found)
    supporting = _SUPPORTING | ({"loss"} if gene.role != "oncogene" else set())
    recurrence = _recurrence(gene, found)
    return {
        "OVS1": _null_variant(variant, gene, found),
        "OS1": _established(gene, found),
        "OS2": _studies(facts, supporting, _OPPOSING, gene),
        **recurrence,
        "OM1": _critical_domain(variant, gene, found),
        "OM2": _length_change(gene, found, skips),
        "OM4": _other_missense(gene, found, tables.distances, supporting),
        "OP1": _prediction(gene, found),
        "OP2": _aetiology(gene, tumor_type),
        **_FREQUENCY_ANSWERS[_frequency(variant)],
        "SBS2": _studies(facts, _OPPOSING, supporting, gene),
        "SBP1": _NO_PREDICTION,
        "SBP2": _SILENT if _is_synonymous(variant) else _CHANGING,
    }


def _sum_up(answers: Mapping[str, Answer]) -> Oncogenicity:
    """Apply the exclusions, add the points, name the class."""
    met = {name for name, (state, _) in answers.items() if state == MET}
    barred = {}
    for name, others in EXCLUSIONS:
        if name in met and (beside := [other for other in others if other in met]):
            met.discard(name)
            barred[name] = (NOT_MET, f"not counted beside {' and '.join(beside)}: {answers[name][1]}")
    points = sum(CRITERIA[name].points for name in met)
    criteria = tuple(
        _criterion(name, *barred.get(name, answers[name]), rule.points if name in met else 0)
        for name, rule in CRITERIA.items()
    )
    return Oncogenicity(points, classify(points), criteria)


@lru_cache(maxsize=50_000)
def _criterion(name: str, state: str, why: str, points: int) -> Criterion:
    return Criterion(name, state, points, why)


# --------------------------------------------------------------------------- population frequency

_NOT_LOOKED_UP = (NOT_ASSESSED, "no frequency was looked up")
_NOT_JUDGED = (NOT_ASSESSED, "the highest frequency is of a bottlenecked or too small population group")
_BELOW_COMMON = (NOT_MET, "not above 1 % in any population group")
_BELOW_VERY_COMMON = (NOT_MET, "not above 5 % in any population group")
_FREQUENCY_ANSWERS: Mapping[str, Mapping[str, Answer]] = {
    "not looked up": {"OP4": _NOT_LOOKED_UP, "SBVS1": _NOT_LOOKED_UP, "SBS1": _NOT_LOOKED_UP},
    "not judged": {"OP4": (NOT_MET, "found in population controls"), "SBVS1": _NOT_JUDGED, "SBS1": _NOT_JUDGED},
    "absent": {"OP4": (MET, "absent from population controls"), "SBVS1": _BELOW_VERY_COMMON, "SBS1": _BELOW_COMMON},
    "rare": {
        "OP4": (MET, "at most 0.01 % in any population group"),
        "SBVS1": _BELOW_VERY_COMMON,
        "SBS1": _BELOW_COMMON,
    },
    "uncommon": {
        "OP4": (NOT_MET, "above 0.01 % in a population group"),
        "SBVS1": _BELOW_VERY_COMMON,
        "SBS1": _BELOW_COMMON,
    },
    "common": {
        "OP4": (NOT_MET, "common in a population group"),
        "SBVS1": _BELOW_VERY_COMMON,
        "SBS1": (MET, "above 1 % in a population group"),
    },
    "very common": {
        "OP4": (NOT_MET, "common in a population group"),
        "SBVS1": (MET, "above 5 % in a population group"),
        "SBS1": (NOT_MET, "counted as SBVS1"),
    },
}


def _frequency(variant: Variant) -> str:
    """The key of ``_FREQUENCY_ANSWERS`` for the frequency of the highest population group."""
    frequency = variant.population_af
    if frequency is None:
        return "not looked up"
    if frequency <= EXTREMELY_RARE:
        return "rare" if frequency else "absent"
    if frequency <= COMMON:
        return "uncommon"
    if variant.population_group in BOTTLENECKED or (
        variant.population_an is not None and variant.population_an < LEAST_ALLELES
    ):
        return "not judged"
    return "very common" if frequency > VERY_COMMON else "common"


# --------------------------------------------------------------------------- null variants, length

_NO_NULL = (NOT_MET, "no null variant")


def _no_role(gene: GeneTables) -> Answer:
    return NOT_ASSESSED, "the role of the gene is not known" + (f": {gene.role_source}" if gene.role_source else "")


_NO_ROLE = _no_role(GeneTables())


def _null_variant(variant: Variant, gene: GeneTables, found: Effect) -> Answer:
    null = "truncating" in found.classes or variant.copy_number_change == "deletion"
    if not null:
        return _NO_NULL
    if not gene.role:
        return _no_role(gene)
    if not is_suppressor(gene.role):
        return NOT_MET, "a null variant, but the gene is no tumour suppressor"
    if variant.copy_number_change != "deletion" and (escapes_decay(variant) or _ends_late(variant, gene, found)):
        return NOT_MET, "a truncation that escapes decay and leaves at least nine tenths of the protein"
    kind = "deletion" if variant.copy_number_change == "deletion" else "truncating variant"
    return MET, f"{kind} in a tumour suppressor ({gene.role_source})"


def _ends_late(variant: Variant, gene: GeneTables, found: Effect) -> bool:
    """``escapes_decay`` by the table of coding ends, where the variant's exon is not known."""
    if variant.exon is not None or gene.end is None or found.protein is None or "splice" in found.classes:
        return False
    length, start = gene.end.protein_length, found.protein.start
    return start >= gene.end.decay_codon and length - start + 1 <= NMD_PROTEIN_FRACTION * length


def _length_change(gene: GeneTables, found: Effect, skips: str) -> Answer:
    classes = found.classes
    if skips:
        return MET, f"{skips} shortens the protein in frame"
    if "truncating" not in classes and not classes.isdisjoint({"inframe_deletion", "inframe_insertion"}):
        if not gene.role:
            return _no_role(gene)
        return MET, f"in-frame length change in a cancer gene ({gene.role_source})"
    if "stop_loss" in classes:
        if not gene.role:
            return _no_role(gene)
        if is_suppressor(gene.role):
            return MET, f"stop-loss in a tumour suppressor ({gene.role_source})"
        return NOT_MET, "stop-loss, but the gene is no tumour suppressor"
    return _NO_LENGTH_CHANGE


_NO_LENGTH_CHANGE = (NOT_MET, "no change of the protein's length in frame")


# --------------------------------------------------------------------------- what is known of this change

_NONE_CLASSIFIED = (NOT_ASSESSED, "no variant of this gene is listed as classified by this standard")
_NO_STUDIES = (NOT_ASSESSED, "no functional study of this gene is in the tables")
_NO_STUDY = (NOT_ASSESSED, "no functional study of this change is in the tables")
_NO_PREDICTION = (NOT_ASSESSED, "no prediction of this change is in the tables")


def _established(gene: GeneTables, found: Effect) -> Answer:
    if gene.established is None:
        return _NONE_CLASSIFIED
    known = gene.established.get(found.protein.text, ()) if found.protein else ()
    own = found.coding.text if found.coding else ""
    other = next((row for row in known if own and row.coding_change != own), None)
    if other is not None:
        return MET, f"{other.coding_change} makes the same change and is oncogenic ({other.source})"
    return NOT_MET, "the same nucleotide change, or none, is listed for this amino-acid change"


def _functional(variant: Variant, gene: GeneTables, found: Effect) -> tuple[list[FunctionalFact], str]:
    """The functional facts of the variant, and the exon skipping among what they name, if any."""
    facts: list[FunctionalFact] = []
    skips = ""
    if gene.functional is not None:
        if found.protein is not None:
            facts += gene.functional.get(found.protein.text, ())
        if found.coding is not None:
            facts += gene.functional.get(found.coding.text, ())
    for atom, fact in gene.functional_wide:
        if match(atom, variant, gene.role):
            facts.append(fact)
            skips = str(atom) if atom.klass == "skipping" else skips
    return facts, skips


def _is_established(facts: Iterable[FunctionalFact]) -> bool:
    """Whether the studies are well-established: one of three stars, or two of two stars."""
    listed = [fact for fact in facts if fact.stars >= RATED]
    return any(fact.stars >= WELL_RATED for fact in listed) or len({fact.source for fact in listed}) > 1


def _studies(
    facts: list[FunctionalFact], wanted: frozenset[str] | set[str], contrary: frozenset[str] | set[str], gene: GeneTables
) -> Answer:
    """Whether well-established studies found one of the ``wanted`` effects, and none so well one of the ``contrary``."""
    if not facts:
        return _NO_STUDY if gene.functional or gene.functional_wide else _NO_STUDIES
    fitting = [fact for fact in facts if fact.effect in wanted]
    if not fitting:
        return NOT_MET, f"the studies found: {', '.join(sorted({fact.effect.replace('_', ' ') for fact in facts}))}"
    if _is_established(fact for fact in facts if fact.effect in contrary):
        return NOT_MET, "the studies contradict each other"
    if not _is_established(fitting):
        return NOT_MET, f"one study with few stars only ({fitting[0].source})"
    best = max(fitting, key=lambda fact: fact.stars)
    return MET, f"{best.effect.replace('_', ' ')} of function: {best.source}" if best.effect in ("gain", "loss") else (
        f"{best.effect.replace('_', ' ')}: {best.source}"
    )


def _prediction(gene: GeneTables, found: Effect) -> Answer:
    if gene.predictions is None or found.protein is None:
        return _NO_PREDICTION
    row = gene.predictions.get(found.protein.text)
    if row is None:
        return _NO_PREDICTION
    words = f"SIFT: {row.verdict} ({row.score:g}{', low confidence' if row.low_confidence else ''})"
    return MET if row.verdict == "deleterious" else NOT_MET, words


def _aetiology(gene: GeneTables, tumor_type: str) -> Answer:
    if gene.aetiology is None:
        return _NO_AETIOLOGY
    if not tumor_type:
        return NOT_ASSESSED, "the tumour type is not known"
    row = gene.aetiology.get(tumor_type)
    return (MET, row.source) if row else (NOT_MET, "another tumour type than that with this single cause")


_NO_AETIOLOGY = (NOT_ASSESSED, "no malignancy with this single cause is in the tables")


# --------------------------------------------------------------------------- recurrence and domains

_NOT_RECURRENT: Mapping[str, Answer] = dict.fromkeys(("OS3", "OM3", "OP3"), (NOT_MET, "at no recurrent residue"))
_TRUNCATING: Mapping[str, Answer] = dict.fromkeys(
    ("OS3", "OM3", "OP3"), (NOT_MET, "recurrence of truncating variants is not counted beside their being null variants")
)
_NO_DOMAIN_TABLE = (NOT_ASSESSED, "no critical domain of this gene is in the tables")
_NO_DOMAIN = (NOT_MET, "in no critical domain that is in the tables")
_NO_MISSENSE = (NOT_MET, "no missense change at a residue where another is known to be oncogenic")


def _missense_residue(gene: GeneTables, found: Effect) -> HotspotResidue | None:
    """The recurrent residue that a missense change alters; None where there is none, or its amino acid differs."""
    protein = found.protein
    if protein is None or protein.kind != "missense" or gene.residues is None:
        return None
    row = gene.residues.get(protein.start)
    return row if row is not None and THREE.get(row.reference) == protein.start_ref else None


def _recurrence(gene: GeneTables, found: Effect) -> Mapping[str, Answer]:
    """OS3, OM3 and OP3 of which one at most is met."""
    tumours, same, where = 0, 0, ""
    row, other = _missense_residue(gene, found), _elsewhere(gene, found)
    if "truncating" in found.classes and other is None:
        return _TRUNCATING
    if other is not None and (row is None or row.total < other.residue_tumours):
        tumours, same, where = other.residue_tumours, other.change_tumours, f"this place ({other.source})"
    elif row is not None and found.protein is not None:
        tumours, same = row.total, (gene.counts or {}).get(found.protein.text, 0)
        where = f"codon {row.position} (cancerhotspots v2)"
    elif gene.indels and found.protein is not None and "inframe_indel" in found.classes:
        start, end, change = found.protein.start, found.protein.end, found.protein.short
        for region in gene.indels:
            if region.start <= end and start <= region.end and region.total > tumours:
                counts = dict(item.rsplit(":", 1) for item in region.variants)
                tumours, same = region.total, int(counts.get(change, 0))
                where = f"codons {region.start}-{region.end} (cancerhotspots v2)"
    if not where:
        return _NOT_RECURRENT
    words = f"{tumours} tumours at {where}, {same} with this change"
    met = "OP3" if same < CHANGE_TUMOURS else "OS3" if tumours >= HOTSPOT_TUMOURS else "OM3"
    return {name: (MET if name == met else NOT_MET, words) for name in ("OS3", "OM3", "OP3")}


def _elsewhere(gene: GeneTables, found: Effect) -> RecurrentElsewhere | None:
    """The change's count in a study of a malignancy that cancerhotspots.org covers poorly (comment on OS3, table 2)."""
    if gene.elsewhere is None:
        return None
    by_protein = gene.elsewhere.get(found.protein.text) if found.protein else None
    return by_protein or (gene.elsewhere.get(found.coding.text) if found.coding else None)


def _critical_domain(variant: Variant, gene: GeneTables, found: Effect) -> Answer:
    if not gene.domains:
        return _NO_DOMAIN_TABLE
    here = residues(variant)
    if here is None or "truncating" in found.classes or found.classes.isdisjoint({"missense", "inframe_indel"}):
        return _NO_DOMAIN
    domain = next((row for row in gene.domains if row.start <= here[0] and here[1] <= row.end), None)
    return (MET, f"{domain.what}, codons {domain.start}-{domain.end} ({domain.source})") if domain else _NO_DOMAIN


def _other_missense(
    gene: GeneTables, found: Effect, distances: Mapping[tuple[str, str], int], supporting: frozenset[str] | set[str]
) -> Answer:
    """Known to be oncogenic is a change at the residue that meets both OS2 and OS3."""
    row, protein = _missense_residue(gene, found), found.protein
    if row is None or protein is None or row.total < HOTSPOT_TUMOURS:
        return _NO_MISSENSE
    own = ONE[protein.inserted[0]]
    for amino, count in row.counts.items():
        unlike, known_unlike = distances.get((row.reference, own)), distances.get((row.reference, amino))
        if amino == own or count < CHANGE_TUMOURS or unlike is None or known_unlike is None:
            continue
        change = f"p.{protein.start_ref}{row.position}{THREE[amino]}"
        facts = [fact for fact in (gene.functional or {}).get(change, ()) if fact.effect in supporting]
        facts += [
            fact
            for atom, fact in gene.functional_wide
            if atom.kind == "codon" and atom.first <= row.position <= atom.last and fact.effect in supporting
        ]
        if unlike >= ABOUT_THE_SAME * known_unlike and _is_established(facts):
            return MET, f"{change} is known to be oncogenic and no more unlike ({facts[0].source}; {count} tumours)"
    return _NO_MISSENSE


# --------------------------------------------------------------------------- variants of which nothing is known

_SILENT = (NOT_ASSESSED, "synonymous, but neither splicing nor conservation was asked")
_CHANGING = (NOT_MET, "not synonymous")


def _is_synonymous(variant: Variant) -> bool:
    return variant.hgvsp.endswith("=") or variant.consequence.startswith("synonymous_variant")


@lru_cache(maxsize=64)
def _without_data(frequency: str, synonymous: bool) -> Oncogenicity:
    """The oncogenicity of a variant in a gene that no table names."""
    return _sum_up(
        {
            "OVS1": _NO_ROLE,
            "OS1": _NONE_CLASSIFIED,
            "OS2": _NO_STUDIES,
            **_NOT_RECURRENT,
            "OM1": _NO_DOMAIN_TABLE,
            "OM2": _NO_ROLE,
            "OM4": _NO_MISSENSE,
            "OP1": _NO_PREDICTION,
            "OP2": _NO_AETIOLOGY,
            **_FREQUENCY_ANSWERS[frequency],
            "SBS2": _NO_STUDIES,
            "SBP1": _NO_PREDICTION,
            "SBP2": _SILENT if synonymous else _CHANGING,
        }
    )


_OUTSIDE = _sum_up(dict.fromkeys(CRITERIA, (NOT_ASSESSED, "fusions and gains of copies are outside this standard")))
