"""Tiers for a table of variants, without a VCF and without a workflow: ``tierline tier``.

Every row is its own case: its answer depends on the row, the knowledge and the tumour type, not on other rows. A row
that cannot be read keeps its place, with an empty tier and the reason. Rows stream: memory does not grow with the table.
"""

from __future__ import annotations

import csv
import dataclasses
import gc
import io
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from tierline.alterations import codon_of
from tierline.hgvs import (
    CodingChange,
    ProteinChange,
    canonical_coding_substitution,
    canonical_substitution,
    parse_protein,
)
from tierline.knowledge import (
    KNOWLEDGE,
    HotspotResidue,
    OncogenicityTables,
    PopulationKnown,
    load_gene_roles,
    load_hotspots,
    load_knowledge,
    load_oncogenicity_tables,
    load_population_known,
    load_residue_numbering,
    own_or_shipped,
)
from tierline.knowledge._gene_aliases import GENE_ALIASES, load_gene_aliases
from tierline.knowledge._gene_roles import GENE_ROLES
from tierline.knowledge._hotspots import HOTSPOT_RESIDUES
from tierline.knowledge._oncogenicity import CodingEnd
from tierline.knowledge._residue_numbering import numbering
from tierline.oncogenicity import DRIVERS, NOT_ASSESSED, assess, with_oncogenicity, with_recurrent_indel
from tierline.oncotree import ONCOTREE_TSV, OncoTree
from tierline.paths import RESOURCES
from tierline.problems import EXIT_DONE, EXIT_INCOMPLETE, InputError, Problem
from tierline.records import Oncogenicity, TierResult, TranscriptChoice, Variant
from tierline.tables import format_value, read_rows
from tierline.tiers import GIVEN_AF, EvidenceIndex, index_evidence, tier_variant
from tierline.wording import (
    Change,
    Unreadable,
    clean,
    contradicts,
    folded_words,
    merged,
    own_term,
    plain_protein,
    read_change,
    read_coding,
    read_consequence,
    read_copy_number,
    read_partner,
)

if TYPE_CHECKING:
    from tierline.vcfio import AnnotatedAllele

TRANSCRIPTS: Path = RESOURCES / "transcripts"

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "gene": ("gene", "hugo_symbol", "gene_symbol", "symbol", "gene_name", "hugo"),
    "protein_change": (
        "protein_change",
        "hgvsp_short",
        "hgvsp",
        "hgvs_p",
        "hgvs_protein",
        "aa_change",
        "aachange",
        "amino_acid_change",
        "protein",
        "alteration",
        "mutation",
        "variant",
    ),
    "cdna_change": ("cdna_change", "hgvsc", "hgvs_c", "coding_change", "cdna"),
    "consequence": ("consequence", "variant_classification", "effect"),
    "tumor_type": (
        *("tumor_type", "tumour_type", "oncotree_code", "oncotree", "cancer_type", "diagnosis", "disease"),
        *("cancer", "tumor", "tumour"),
    ),
    "vaf": ("vaf", "allele_fraction", "tumor_vaf"),
    "population_af": ("population_af", "gnomad_af"),
    "copy_number_change": ("copy_number_change", "cna", "copy_number_alteration"),
    "fusion_partner": ("fusion_partner", "partner"),
}
"""The columns that are read, each with the names that it may have (in any case, blanks for underscores); of several,
the first counts and the rest is kept like every other column."""
ANNOTATION = ("population_group", "population_an", "clinvar", "exon")  # what rows made from a VCF have beside these
ANSWER = (
    "tier level axis rule match matched_evidence therapies oncogenicity oncogenicity_points oncogenicity_criteria reason"
).split()


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """All that an answer depends on beside its row."""

    index: EvidenceIndex
    tree: OncoTree
    roles: Mapping[str, str]
    hotspots: Mapping[tuple[str, int], HotspotResidue]
    oncogenicity: OncogenicityTables
    lengths: Mapping[str, int]  # of the reported proteins, in amino acids without the stop, by gene
    ends: Mapping[str, CodingEnd]  # where a tumour suppressor's coding sequence ends, by gene
    aliases: Mapping[str, Mapping[tuple[str, int], tuple[str, int]]]  # gene: residue elsewhere -> residue here
    genes: frozenset[str]  # symbols of the cancer genes
    symbols: Mapping[str, str]  # the same by their symbol, and by their other names, in small letters
    other_names: Mapping[str, str]  # symbols by another name of the gene in small letters
    population: Mapping[tuple[str, str], PopulationKnown]  # looked up for rows that give no frequency
    releases: tuple[dict[str, str], ...]


def load_tables(folder: str | Path = KNOWLEDGE) -> Tables:
    """The knowledge in ``folder`` (the layout of resources/knowledge); a table that it lacks is the embedded one.

    Raises InputError with all problems of the tables.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError([Problem(str(folder), None, "", "", "no such folder", f"Its layout is that of {KNOWLEDGE}.")])
    try:
        knowledge = load_knowledge(folder=folder)
        roles = {gene: row.role for gene, row in load_gene_roles(own_or_shipped(folder, GENE_ROLES)).items()}
        aliases = load_gene_aliases(own_or_shipped(folder, GENE_ALIASES))
        residues = load_hotspots(own_or_shipped(folder, HOTSPOT_RESIDUES))
        oncogenicity = load_oncogenicity_tables(folder if (folder / "oncogenicity").is_dir() else KNOWLEDGE)
        tree = OncoTree.load(own_or_shipped(folder, ONCOTREE_TSV))
    except OSError as error:
        raise InputError(
            [Problem(str(error.filename or folder), None, "", "", f"cannot be read: {error.strerror}", "")]
        ) from error
    choices = {row.gene: row for row in read_rows(TRANSCRIPTS / "GRCh38.tsv", TranscriptChoice)}
    index = index_evidence(knowledge.evidence)
    hotspots = {(aliases.get(gene.casefold(), gene), codon): row for (gene, codon), row in residues.items()}
    named = {*index.by_gene, *roles, *choices, *(gene for gene, _ in hotspots)}
    genes = frozenset(aliases.get(gene.casefold(), gene) for gene in named)
    ends = {gene: known.end for gene, known in oncogenicity.genes.items() if known.end is not None}
    lengths = {gene: end.protein_length for gene, end in ends.items()}
    lengths |= {gene: choice.protein_length for gene, choice in choices.items() if choice.protein_length}
    numbered = load_residue_numbering()
    for gene, choice in choices.items():
        numbered[gene] = (*choice.aliases, *numbered.get(gene, ()))
    return Tables(
        index=index,
        tree=tree,
        roles=roles,
        hotspots=hotspots,
        oncogenicity=oncogenicity,
        lengths=lengths,
        ends=ends,
        aliases={gene: numbering(texts) for gene, texts in numbered.items() if texts},
        genes=genes,
        symbols={gene.casefold(): gene for gene in genes} | aliases,
        other_names=aliases,
        population=load_population_known(),
        releases=knowledge.releases,
    )


# --------------------------------------------------------------------------- one row


class Row(NamedTuple):
    """The cells of a row that are read: those of ``COLUMNS``, then of ``ANNOTATION``; "" where there is none."""

    gene: str = ""
    protein_change: str = ""
    cdna_change: str = ""
    consequence: str = ""
    tumor_type: str = ""
    vaf: str = ""
    population_af: str = ""
    copy_number_change: str = ""
    fusion_partner: str = ""
    population_group: str = ""
    population_an: str = ""
    clinvar: str = ""
    exon: str = ""


@dataclass(slots=True, unsafe_hash=True)
class Reading:
    """A row that was read."""

    variant: Variant
    tumor_type: str  # OncoTree code, "" where the row names none
    notes: tuple[str, ...]  # how words were understood that could have been meant otherwise


def read_row(row: Row, tables: Tables, tumor_type: str = "") -> Reading:
    """The variant of a row. ``tumor_type`` is that of rows that name none.

    Raises Unreadable with the reason and what to write instead.
    """
    if not row.gene.isalnum():
        row = _with_plain_gene(row, tables)
    gene, gene_note = read_gene(row.gene, tables)
    code, type_note = read_tumor_type(row.tumor_type, tables.tree, tumor_type)
    protein, coding, terms, change, notes = _alteration(row, gene, tables.other_names)
    recurrent = False
    if protein is not None and protein.start:
        if gene in tables.aliases:
            protein, renumbered = _renumbered(protein, tables.aliases[gene])
            if renumbered:
                coding, notes = None, (*notes, renumbered)
        if gene in tables.genes:
            recurrent = is_recurrent(gene, protein, tables.hotspots)
            _check_residues(gene, protein, tables)
            _check_x(row.protein_change, gene, protein, tables)
        if coding is not None:
            _check_codon(gene, protein, coding)
    elif coding is None and not (terms or change.copy_number_change or change.fusion_partner or change.biomarker):
        raise Unreadable("no alteration is named. Fill protein_change, cdna_change, consequence, or the like.")
    hgvsp = protein.text if protein is not None else ""
    af = read_fraction("population_af", row.population_af)
    alleles, group = row.population_an, row.population_group
    if af is None and (known := tables.population.get((gene, hgvsp))) is not None:
        af, group, alleles = known.frequency, known.group.removeprefix("all"), str(known.alleles or "0")
        notes = (*notes, f"population frequency {known.frequency:.3g} ({known.group}) from {known.source}")
    labels = change.labels if not af or alleles else (*change.labels, GIVEN_AF)
    exon, _, exons = row.exon.partition("/")
    if not exon and protein is not None and _ends_behind_decay(protein, tables.ends.get(gene)):
        labels = (*labels, "escapes_nmd")
    variant = Variant(
        gene=gene,
        hgvsc=coding.text if coding is not None and coding.kind != "unchanged" else "",
        hgvsp=hgvsp,
        consequence=terms or (own_term(protein) if protein is not None else ""),
        exon=change.exon or (int(exon) if exon.isdigit() else None),
        exon_count=int(exons) if exons.isdigit() else None,
        copy_number_change=change.copy_number_change,
        fusion_partner=change.fusion_partner,
        is_hotspot=recurrent,
        vaf=read_fraction("vaf", row.vaf),
        population_af=af,
        population_group=group,
        population_an=int(alleles) if alleles.isdigit() else None,
        clinvar=row.clinvar,
        labels=labels,
        protein_length=tables.lengths.get(gene),
        biomarker=change.biomarker,
        score=change.score,
        score_unit=change.score_unit,
    )
    return Reading(variant, code, (*gene_note, *type_note, *notes))


def _ends_behind_decay(protein: ProteinChange, end: CodingEnd | None) -> bool:
    """Whether a stop or frameshift, whose exon nobody gives, lies where nonsense-mediated decay no longer reaches."""
    return end is not None and protein.start >= end.decay_codon and protein.is_truncating and protein.kind != "splice"


_PAIR = re.compile(r"([A-Za-z][A-Za-z0-9]*)(?:::|--?)([A-Za-z][A-Za-z0-9]*)")
_GENE_AND_MORE = re.compile(r"([A-Za-z][A-Za-z0-9-]*)(?:[\s:(]+(.+?)\)?|[-_]((?:ITD|TKD|PTD)\b.*))", re.IGNORECASE)
_FOUND = frozenset({"", "positive", "pos", "detected", "present", "yes", "fusion", "gene fusion", "rearrangement",
                    "rearranged", "translocation"})  # fmt: skip


def _with_plain_gene(row: Row, tables: Tables) -> Row:
    """The row with the gene alone in its cell, where that holds the change too (``FLT3-ITD``, ``BCR::ABL1``).

    Raises Unreadable where the row names another change beside.
    """
    text, said = clean(row.gene), clean(row.protein_change)
    if text.casefold() in tables.symbols:
        return row
    pair = _PAIR.fullmatch(text)
    if pair and {pair[1].casefold(), pair[2].casefold()} <= tables.symbols.keys() and folded_words(said) in _FOUND:
        return row._replace(gene=pair[2], protein_change=f"{pair[1]}::{pair[2]}")
    more = _GENE_AND_MORE.fullmatch(text)
    if more is None or more[1].casefold() not in tables.symbols:
        return row
    rest = more[2] or more[3]
    if folded_words(said) not in (*_FOUND, folded_words(rest)):
        raise Unreadable(
            f"the gene's cell {text!r} names {more[1]} and more, the row {said!r}. Write the gene alone there."
        )
    return row._replace(gene=more[1], protein_change=rest)


_DATE = re.compile(r"\d{1,2}[-/. ][A-Za-z]{3}(?:[-/. ]\d{2,4})?|[A-Za-z]{3}[-/. ]\d{1,4}|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")
_MONTHS = frozenset("jan feb mar apr may jun jul aug sep oct nov dec".split())
_PLAIN_SYMBOL = re.compile(r"(?!ENS[GTP]\d)[A-Za-z][A-Za-z0-9]*")


def _no_symbol(symbol: str) -> str:
    """Why a text is no gene symbol, with what to write instead; "" where it may be one."""
    if _PLAIN_SYMBOL.fullmatch(symbol):
        return ""
    month = re.search(r"[A-Za-z]{3}", symbol)
    if _DATE.fullmatch(symbol) and (month is None or month[0].casefold() in _MONTHS):
        return f"{symbol!r} is a date: a spreadsheet changed a symbol such as MARCH1 or SEPT9. Write MARCHF1, SEPTIN9."
    if symbol.isdigit():
        return f"{symbol!r} is a number. Write the gene's symbol; a spreadsheet may have made a date of it."
    if re.search(r"[,;/|+&]", symbol):
        return f"{symbol!r} is more than one symbol. Write each in a row of its own, the cells apart as in the header."
    if re.fullmatch(r"(?:ENS[GTP]\d{11}|N[MPR]_\d+)(?:\.\d+)?", symbol):
        return f"{symbol!r} is an accession. Write the gene's symbol."
    return "" if re.fullmatch(r"[A-Za-z][A-Za-z0-9._-]*", symbol) else f"{symbol!r} is no gene symbol"


@lru_cache(maxsize=50_000)
def read_gene(text: str, tables: Tables) -> tuple[str, tuple[str, ...]]:
    """The symbol in a cell, spelt as the knowledge spells it, with a note where it was another name. Raises Unreadable."""
    symbol = clean(text)
    if not symbol:
        raise Unreadable("no gene is named")
    if wrong := _no_symbol(symbol):
        raise Unreadable(wrong)
    folded = symbol.casefold()
    gene = tables.symbols.get(folded, symbol)
    return gene, () if gene.casefold() == folded else (f"{symbol} is {gene}",)


_SYMBOL_IN_TEXT = re.compile(r"(?<![A-Za-z0-9.])[A-Za-z][A-Za-z0-9]+(?![A-Za-z0-9])")


def _with_current_symbols(text: str, names: Mapping[str, str]) -> str:
    """An alteration with other names of genes replaced in it: ``C11orf95-RELA fusion``, ``H3F3A K27M``."""
    return text if text.startswith("p.") else _SYMBOL_IN_TEXT.sub(lambda m: names.get(m[0].casefold(), m[0]), text)


_NOTHING = Change()
Said = tuple[ProteinChange | None, CodingChange | None, str, Change, tuple[str, ...]]


def _alteration(row: Row, gene: str, names: Mapping[str, str]) -> Said:
    """What the row's cells name together: protein change, coding change, consequence terms, the rest, and notes.

    ``names``: symbols by another name of the gene. Raises Unreadable.
    """
    said, written, effect = row.protein_change, row.cdna_change, row.consequence
    more = _copies_and_fusion(row, gene, names) if row.copy_number_change or row.fusion_partner else []
    notes: tuple[str, ...] = ()
    protein, change = canonical_substitution(said), _NOTHING
    if protein is None and (said := clean(said)):
        protein = plain_protein(said) if said.startswith("p.") else None
        if protein is None:
            said = _with_current_symbols(said, names)
            change = read_change(said, gene)
            protein = change.protein
    coding = canonical_coding_substitution(written)
    if coding is None and (written := clean(written)):
        try:
            coding = read_coding(written, gene)
        except Unreadable as error:
            if not said:
                raise
            notes = (f"cdna_change not used: {error}",)
    if change.coding is not None:
        if coding is not None and coding != change.coding:
            raise Unreadable(f"two coding changes in one row: {said!r} and {written!r}. Correct one.")
        coding = change.coding
    named = bool(said or written or more)
    terms = read_consequence(effect)
    if terms is None or (terms == "gain_of_function_variant" and not named):
        try:
            more.append(read_change(clean(effect), gene))
            terms = ""
        except Unreadable:
            if not named:
                raise
            notes = (*notes, f"consequence {clean(effect)!r} is not known and was not used")
    if more:
        change = merged([change, *more])
        kinds = [name for name in ("copy_number_change", "fusion_partner") if getattr(change, name)]
        if len(kinds) + (protein is not None or coding is not None) > 1:
            raise Unreadable("two alterations in one row: a change of the sequence, of the copy number, or a fusion. "
                             "Write each in a row of its own.")  # fmt: skip
    terms = terms or change.consequence
    if terms and protein is not None:
        own = own_term(protein)
        if own and own != terms and contradicts(terms, own):
            raise Unreadable(f"the consequence says {terms}, the protein change {protein.text} is {own}. Correct one.")
    return protein, coding, terms, change, (*notes, change.note) if change.note else notes


def _copies_and_fusion(row: Row, gene: str, names: Mapping[str, str]) -> list[Change]:
    copies, partner = clean(row.copy_number_change), _with_current_symbols(clean(row.fusion_partner), names)
    found = [read_copy_number(copies)] if copies else []
    return [*found, Change(fusion_partner=read_partner(partner, gene))] if partner else found


_PLAIN_FRACTION = re.compile(r"0(?:\.\d+)?")
_NUMBER = re.compile(r"\d*\.?\d+(?:[eE]-?\d+)?|\d+\.")


def read_fraction(column: str, text: str) -> float | None:
    """A fraction of 0-1, or percent with its sign; None for an empty cell. Raises Unreadable."""
    if not text:
        return None
    if _PLAIN_FRACTION.fullmatch(text):  # the commonest, without detours
        return float(text)
    text = clean(text).replace(",", ".")
    if not text:
        return None
    percent = text.endswith("%")
    number = text[:-1].rstrip() if percent else text
    value = float(number) / (100 if percent else 1) if _NUMBER.fullmatch(number) else -1.0
    if not 0 <= value <= 1:
        raise Unreadable(f"{column} {text!r} is no fraction. Write 0 to 1, or percent with its sign.")
    return value


@lru_cache(maxsize=10_000)
def read_tumor_type(text: str, tree: OncoTree, otherwise: str = "") -> tuple[str, tuple[str, ...]]:
    """The OncoTree code of a cell (code, former code, or name), with a note where it was none.

    ``otherwise`` is the code of an empty cell. Raises Unreadable.
    """
    text = clean(text)
    if not text:
        return otherwise, ()
    text = _said_once(text, tree)
    try:
        code, note = tree.resolve(text), tree.note(text)
    except ValueError as error:
        raise Unreadable(f"tumor_type {text!r}: {str(error).partition(' Allowed:')[0]}") from error
    return code, (note,) if note else ()


def _said_once(text: str, tree: OncoTree) -> str:
    """``polycythaemia vera (PV)`` without what stands in parentheses, where that says the same."""
    twice = re.fullmatch(r"(.+?)\s*\(([^()]+)\)", text)
    if not twice or tree.meanings(text):
        return text
    return twice[1] if tree.meanings(twice[1]) == tree.meanings(twice[2]) != () else text


def _renumbered(
    protein: ProteinChange, aliases: Mapping[tuple[str, int], tuple[str, int]] | None
) -> tuple[ProteinChange, str]:
    """The change in the numbering of the reported transcript, and a note where it was written in another one."""
    here = (aliases or {}).get((protein.start_ref, protein.start))
    if here is None:
        return protein, ""
    shift = here[1] - protein.start
    moved = replace(protein, start=protein.start + shift, end=protein.end + shift)
    return moved, f"{protein.text} read as {moved.text}, its number in the reported transcript"


def _check_residues(gene: str, protein: ProteinChange, tables: Tables) -> None:
    """Raises Unreadable where a hotspot table knows another residue there, or an X may mean any residue."""
    for position, residue in ((protein.start, protein.start_ref), (protein.end, protein.end_ref)):
        row = tables.hotspots.get((gene, position))
        if row is None:
            continue
        known = parse_protein(f"{row.reference}{position}=").start_ref if row.reference != "*" else "Ter"
        if residue not in (known, "Xaa") and protein.kind != "splice":
            raise Unreadable(
                f"the reference residue of {gene} codon {position} is {row.reference} ({row.transcript}), "
                f"not {ProteinChange('synonymous', position, position, residue, residue).short[0]}. "
                "Check the gene, the number and the transcript."
            )


def _check_x(text: str, gene: str, protein: ProteinChange, tables: Tables) -> None:
    """Raises Unreadable for ``G12X`` of an oncogene's recurrent codon: an old word for a stop, and one for any residue."""
    if protein.kind != "nonsense" or not clean(text).upper().endswith("X") or tables.roles.get(gene) != "oncogene":
        return
    if (gene, protein.start) in tables.hotspots:
        raise Unreadable(
            f"{text!r}: X may be a stop or any residue. Write Ter, or the residue, e.g. {protein.short[:-1]}D."
        )


def _check_codon(gene: str, protein: ProteinChange, coding: CodingChange | None) -> None:
    """Raises Unreadable where a substitution of bases lies in other codons than the protein change."""
    if coding is None or coding.kind != "substitution" or protein.kind not in ("missense", "nonsense", "synonymous"):
        return
    if coding.start.offset or coding.start.base < 1 or coding.end.after_stop:
        return
    first, last = codon_of(coding.start.base), codon_of(coding.end.base)
    if last < protein.start or protein.end < first:
        raise Unreadable(
            f"{coding.text} lies in codon {first} of {gene}, {protein.text} in codon {protein.start}. Correct one."
        )


def is_recurrent(gene: str, protein: ProteinChange, hotspots: Mapping[tuple[str, int], HotspotResidue]) -> bool:
    """True for a missense change to an amino acid that recurs at a statistically significant residue."""
    if protein.kind != "missense":
        return False
    row = hotspots.get((gene, protein.start))
    return row is not None and row.reference == protein.short[0] and protein.short[-1] in row.counts


# --------------------------------------------------------------------------- its answer


@dataclass(slots=True, unsafe_hash=True)
class Answer:
    """What a row gets: its tier and oncogenicity, or, with all else None, the reason why it cannot be read."""

    reason: str
    reading: Reading | None = None
    result: TierResult | None = None
    oncogenicity: Oncogenicity | None = None


def answer(row: Row, tables: Tables, tumor_type: str = "") -> Answer:
    """The answer of one row, whatever it holds.

    A tumour type that could be several (ALL) is read as each, see ``answer_of_several``.
    """
    codes = meanings(row.tumor_type, tables.tree)
    return answer_of_several(row, codes, tables) if len(codes) > 1 else answer_of_one(row, tables, tumor_type)


@lru_cache(maxsize=10_000)
def meanings(text: str, tree: OncoTree) -> tuple[str, ...]:
    """The codes that a cell of tumour types could mean; () where it is none, or not readable."""
    return tree.meanings(_said_once(clean(text), tree))


def answer_of_several(row: Row, codes: Sequence[str], tables: Tables) -> Answer:
    """The answer of a row whose tumour type could be any of ``codes``: the best, and what the others would be.

    Such a diagnosis is less specific than each of them, and evidence keeps its level then (rule TYPE-BROADER).
    """
    found = {code: answer_of_one(row._replace(tumor_type=code), tables) for code in codes}
    read = {code: one.result for code, one in found.items() if one.result is not None}
    if len(read) < len(found):
        return next(one for one in found.values() if one.result is None)
    best = min(read, key=lambda code: (read[code].tier, read[code].level or "~"))
    said = {code: f"{code} ({tables.tree.name(code)}): {_in_short(result)}" for code, result in read.items()}
    others = "; ".join(said[code] for code in codes if code != best)
    note = f"Note: {clean(row.tumor_type)} could be several types; what holds in {said[best]} stands here. {others}."
    return replace(found[best], reason=f"{found[best].reason} {note}")


def _in_short(result: TierResult) -> str:
    """``Tier I, level A``."""
    return f"Tier {result.tier}" + (f", level {result.level}" if result.level else "")


def answer_of_one(row: Row, tables: Tables, tumor_type: str = "") -> Answer:
    """The answer of a row whose tumour type has one meaning, or none."""
    try:
        reading = read_row(row, tables, tumor_type)
        variant, code = reading.variant, reading.tumor_type
        variant = with_recurrent_indel(variant, tables.oncogenicity.indels(variant.gene))
        oncogenicity = assess(variant, tables.oncogenicity, code)
        if oncogenicity.classification in DRIVERS:  # else no tier asks for it
            variant = with_oncogenicity(variant, oncogenicity.classification, oncogenicity.points)
        result = tier_variant(
            variant,
            code,
            tables.index,
            tables.tree,
            tables.roles.get(variant.gene, ""),
            roles=tables.roles,
            gene_in_panel=variant.gene in tables.genes,
        )
    except ValueError as error:
        return Answer(str(error))
    reason = f"{result.reason} Note: {'; '.join(reading.notes)}." if reading.notes else result.reason
    return Answer(reason, reading, result, oncogenicity)


def answer_cells(found: Answer) -> list[str]:
    """The cells of the columns ``ANSWER``."""
    result, oncogenicity = found.result, found.oncogenicity
    if result is None or oncogenicity is None:
        return [*[""] * (len(ANSWER) - 1), format_value(found.reason)]
    return [
        result.tier,
        result.level,
        result.axis,
        result.rule,
        result.match,
        ";".join(result.evidence),
        ";".join(result.therapies),
        *oncogenicity_cells(oncogenicity),
        found.reason,
    ]


def oncogenicity_cells(found: Oncogenicity) -> tuple[str, str, str]:
    """Class, points, and the criteria that are met; all empty for what lies outside the standard (fusions, gains)."""
    met = [row.id for row in found.criteria if row.points]
    if not met and all(row.state == NOT_ASSESSED for row in found.criteria):
        return "", "", ""
    return found.classification, str(found.points), ";".join(met)


def trace_of(cells: Mapping[str, str], number: int, found: Answer) -> dict[str, Any]:
    """The JSON object of one row: what was written, how it was read, and the whole working of its tier."""
    return {
        "row": number,
        "input": dict(cells),
        "read": found.result is not None,
        "reason": found.reason,
        "variant": dataclasses.asdict(found.reading.variant) if found.reading else None,
        "tumor_type": found.reading.tumor_type if found.reading else None,
        "result": dataclasses.asdict(found.result) if found.result else None,
        "oncogenicity": dataclasses.asdict(found.oncogenicity) if found.oncogenicity else None,
    }


# --------------------------------------------------------------------------- the table


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it streams: the header, and per row its line number and its cells, as many as the header has.

    ``wrong`` says of a row what keeps it from being read; its cells are then what could be saved of them.
    """

    header: tuple[str, ...]
    rows: Iterator[tuple[int, list[str], str]]


def open_table(source: IO[bytes], name: str) -> Table:
    """A table separated by tabs, commas or semicolons (the header says which), in UTF-8 or UTF-16, with any line ends.

    Lines before the header that start with ``#`` are comments; empty lines are no rows. Raises InputError where there
    is no header, or none that names a gene and an alteration.
    """
    text = _decoded(source, name)
    lines = enumerate(text, 1)
    number, header = next(
        ((n, line.rstrip("\n")) for n, line in lines if line.strip() and (line[0] != "#" or _is_header(line))), (0, "")
    )
    if not header:
        raise InputError([Problem(name, None, "", "", "the table is empty", "The first line names the columns.")])
    delimiter = max("\t,;", key=header.count) if "\t" not in header else "\t"
    try:
        names = [clean(cell.lstrip("#")) for cell in _split(header, delimiter)]
    except csv.Error as error:
        why = f"the header cannot be taken apart: {error}"
        raise InputError([Problem(name, number, "", "", why, "Close every quote.")]) from error
    while names and not names[-1]:
        names.pop()
    problems = list(_header_problems(names, number, name))
    if problems:
        raise InputError(problems)
    return Table(tuple(names), _rows(lines, len(names), delimiter))


def _decoded(source: IO[bytes], name: str) -> IO[str]:
    """The bytes as text; what is no UTF-8 is kept as it is, to be written as it was."""
    buffered = source if isinstance(source, io.BufferedReader) else io.BufferedReader(source)  # type: ignore[type-var]
    start = buffered.peek(4)[:4]
    if start.startswith((b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0")):
        raise InputError(
            [Problem(name, None, "", "", "this is a workbook or an archive, no table", "Save it as text, by tabs.")]
        )
    encoding = "utf-16" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return io.TextIOWrapper(buffered, encoding=encoding, errors="surrogateescape", newline=None)


def _is_header(line: str) -> bool:
    return "gene" in column_of([clean(cell) for cell in line.lstrip("#").split("\t")])


def _split(line: str, delimiter: str) -> list[str]:
    """The cells of one line. In tables by tabs a quote is a character like any other (``clean`` takes it off)."""
    if delimiter == "\t" or '"' not in line:
        return line.split(delimiter)
    return next(csv.reader([line], delimiter=delimiter, strict=True))


def _rows(lines: Iterable[tuple[int, str]], width: int, delimiter: str) -> Iterator[tuple[int, list[str], str]]:
    nothing = f' \t\r\n"{delimiter}'
    for number, line in lines:
        if not line.strip(nothing):
            continue
        wrong, line = "", line.rstrip("\n")
        try:
            cells = _split(line, delimiter)
        except csv.Error as error:
            cells, wrong = [line], f"the line cannot be taken apart: {error}."
        if delimiter != "\t":
            cells = [" ".join(cell.split()) if "\t" in cell else cell for cell in cells]
        if len(cells) != width:
            if len(cells) > width:
                if any(cell.strip() for cell in cells[width:]):
                    wrong = f"{len(cells)} cells in a table of {width} columns."
                cells = cells[:width]
            cells += [""] * (width - len(cells))
        yield number, cells, wrong


VCF_HEADER = (
    "chrom pos ref alt gene transcript protein_change cdna_change consequence exon vaf population_af population_group "
    "population_an clinvar"
).split()


def open_vcf(path: str) -> Table:
    """The alleles of a VCF that snpEff or VEP annotated, as rows of a table; see ``vcfio.read_alleles``."""
    from tierline.vcfio import read_alleles  # pysam takes its time to load, and tables do not need it

    choices = [c for name in ("GRCh38", "GRCh37") for c in read_rows(TRANSCRIPTS / f"{name}.tsv", TranscriptChoice)]
    reported = frozenset(i.partition(".")[0] for c in choices for i in (c.transcript, c.refseq) if i)
    alleles = read_alleles(path, reported)
    first = next(alleles, None)  # a file that is no VCF is told before anything is written
    everything = chain([first], alleles) if first is not None else iter(())
    return Table(tuple(VCF_HEADER), ((n, *_vcf_cells(allele)) for n, allele in enumerate(everything, 1)))


def _vcf_cells(allele: AnnotatedAllele) -> tuple[list[str], str]:
    """The cells of an allele, and what keeps it from being read."""
    effect = allele.effect
    named = [
        *(effect.gene, effect.transcript, effect.hgvsp, effect.hgvsc if effect.hgvsc.startswith("c.") else ""),
        *(effect.consequence, effect.exon),
    ] if effect else [""] * 6  # fmt: skip
    numbers = (allele.vaf, allele.population_af, allele.population_group, allele.population_an, allele.clinvar)
    cells = [allele.chrom, str(allele.pos1), allele.ref, allele.alt, *named, *map(format_value, numbers)]
    if effect is None:
        return cells, "the record has no annotation of this allele."
    return cells, "" if effect.gene else "it lies in no gene."


def column_of(header: Sequence[str]) -> dict[str, int]:
    """Where each column of ``COLUMNS`` stands in the header; those that are missing are left out."""
    folded = [re.sub(r"[\s.\-]+", "_", name.strip().casefold()) for name in header]
    found = {column: next((n for n in names if n in folded), "") for column, names in COLUMNS.items()}
    return {column: folded.index(name) for column, name in found.items() if name}


def row_taker(header: Sequence[str]) -> Callable[[Sequence[str]], Row]:
    """What takes the cells that are read out of those of a whole row, as the header has them."""
    at = {**column_of(header), **{name: header.index(name) for name in ANNOTATION if name in header}}
    take = itemgetter(*(at.get(name, len(header)) for name in Row._fields))  # those that are missing: "" behind the last
    return lambda cells: tuple.__new__(Row, take((*cells, "")))  # Row._make without its check


def _meant(column: str, header: Sequence[str]) -> str:
    """``Did you mean 'genes'?`` for the name in the header that is nearest to one of the column's; "" without any."""
    for name in header:
        folded = re.sub(r"[^a-z]+", "_", name.casefold()).strip("_")
        words = {folded, "_".join(reversed(folded.split("_")))}
        if any(get_close_matches(word, COLUMNS[column], n=1, cutoff=0.8) for word in words):
            return f"Did you mean {name!r}?"
    return ""


def _header_problems(header: Sequence[str], number: int, name: str) -> Iterator[Problem]:
    found = column_of(header)
    known = f"Columns that are read, by tabs, commas or semicolons: {', '.join(COLUMNS)}."
    if "gene" not in found:
        how = "The first line names the columns." if len(header) > 1 else ""
        remedy = " ".join(filter(None, (_meant("gene", header), how, known)))
        yield Problem(name, number, "gene", "", "the header has no column of this name", remedy)
    elif not found.keys() & {"protein_change", "cdna_change", "consequence", "copy_number_change", "fusion_partner"}:
        remedy = " ".join(filter(None, (_meant("protein_change", header), known)))
        yield Problem(name, number, "", "", "no column names an alteration", remedy)
    elif "tumor_type" not in found and (meant := _meant("tumor_type", header)):
        yield Problem(name, number, "tumor_type", "", "the header has no column of this name", f"{meant} Rename it so.")
    folded = [cell.casefold() for cell in header]
    for column in sorted({cell for cell in folded if cell in COLUMNS and folded.count(cell) > 1}):
        yield Problem(name, number, column, "", "the column stands twice", "Leave one out.")
    for column in sorted(set(folded) & set(ANSWER)):
        yield Problem(name, number, column, "", "this command writes a column of this name", "Rename it or leave it out.")


def write_answers(
    header: Sequence[str],
    rows: Iterable[tuple[int, list[str], str]],
    tables: Tables,
    out: IO[str],
    trace: IO[str] | None = None,
    tumor_type: str = "",
) -> tuple[int, int]:
    """Write the answers in the order of the rows; returns how many rows there were, and how many could not be read."""
    take = row_taker(header)
    out.write("\t".join((*header, *ANSWER)) + "\n")
    count = unread = 0
    between = "[\n"
    for number, cells, wrong in rows:
        found = Answer(wrong) if wrong else answer(take(cells), tables, tumor_type)
        count += 1
        unread += found.result is None
        out.write("\t".join(cells + answer_cells(found)) + "\n")
        if trace is not None:
            trace.write(between + json.dumps(trace_of(dict(zip(header, cells, strict=True)), number, found), indent=1))
            between = ",\n"
    if trace is not None:
        trace.write("]\n" if count else "[]\n")
    return count, unread


@contextmanager
def writing(path: str | None, otherwise: IO[str]) -> Iterator[IO[str]]:
    """A text file that appears under its name when it is whole; ``otherwise`` for no name or ``-``."""
    if path in (None, "-"):
        yield otherwise
        otherwise.flush()
        return
    target = Path(str(path))
    partial = target.with_name(target.name + ".part")
    try:
        with open(partial, "w", encoding="utf-8", errors="surrogateescape", newline="") as handle:
            yield handle
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


# --------------------------------------------------------------------------- the command


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """The tables stay and rows make no cycles: the collector need not walk through the tables again and again."""
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


def run_tier(
    variants: str | None, vcf: str | None, out: str | None, trace: str | None, tumor_type: str, knowledge: Path | None
) -> int:
    """``tierline tier``: 0 every row was read, 1 some were not. Raises InputError where there is nothing to read."""
    tables = load_tables(knowledge or KNOWLEDGE)
    try:
        code, _ = read_tumor_type(tumor_type, tables.tree)
    except Unreadable as error:
        raise InputError([Problem("--tumor-type", None, "", "", str(error), "")]) from error
    with ExitStack() as stack:
        stack.enter_context(collecting_seldom())
        table = stack.enter_context(_input(variants, vcf))
        stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", errors="surrogateescape", newline="")
        stack.callback(stdout.detach)
        target = stack.enter_context(writing(out, stdout))
        working = stack.enter_context(writing(trace, stdout)) if trace else None
        count, unread = write_answers(table.header, table.rows, tables, target, working, code)
    if unread:
        print(f"{unread} of {count} rows could not be read; the column reason says why.", file=sys.stderr)
    return EXIT_INCOMPLETE if unread else EXIT_DONE


@contextmanager
def _input(variants: str | None, vcf: str | None) -> Iterator[Table]:
    if (variants is None) == (vcf is None):
        raise InputError([Problem("tierline tier", None, "", "", "one input is needed", "Name a table, -, or --vcf FILE.")])
    if vcf is not None:
        yield open_vcf(vcf)
        return
    if variants == "-":
        yield open_table(sys.stdin.buffer, "standard input")
        return
    try:
        with open(str(variants), "rb") as handle:
            yield open_table(handle, str(variants))
    except OSError as error:
        if error.filename != variants:
            raise
        why = error.strerror or str(error)
        raise InputError([Problem(str(variants), None, "", "", f"cannot be read: {why}", "")]) from error
