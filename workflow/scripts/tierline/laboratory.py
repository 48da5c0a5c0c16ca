"""What the laboratory states of a tumour (``config/findings.tsv``): IHC, FISH, MSI, TMB, fusions, copy numbers.

A statement is one alteration of the grammar (``alterations.py``) that Tierline did not measure. One that was found is a
variant of its own for the tier engine; one that was not found is proof for "!" parts that name exactly it, and for no
locus. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from types import MappingProxyType

from tierline.alterations import BIOMARKERS, Atom, parse
from tierline.records import State, Statement, Variant

UNKNOWN_PARTNER = "?"
DETECTED, NOT_DETECTED = "detected", "not_detected"
KINDS = ("amplification", "deletion", "fusion", "wild_type", *BIOMARKERS)
UNITS: Mapping[str, tuple[str, ...]] = {
    "expression": ("%", "CPS", "IC", "TAP", "IHC"),
    "overexpression": ("%", "IHC"),
    "underexpression": ("%", "IHC"),
    "methylation": ("%",),
    "low": ("IHC",),
    "amplification": ("copies",),
}
UNITS_OF_GENE: Mapping[str, tuple[str, ...]] = {"MSI": ("%",), "TMB": ("mut/Mb",)}
"""What a figure may be counted in, by the alteration or the gene; others have none."""
SYNONYMS = {"TPS": "%", "TC": "%"}
SPOKEN = {
    **{"HER2": "ERBB2", "HER-2": "ERBB2", "PD-L1": "CD274", "PDL1": "CD274", "ER": "ESR1", "PR": "PGR", "C-MET": "MET"},
    **{"P16": "CDKN2A", "CLDN18.2": "CLDN18", "CLAUDIN18.2": "CLDN18", "FRA": "FOLR1", "DMMR": "MSI", "MMR": "MSI"},
    **{"MSS": "MSI", "MSI-H": "MSI", "1P": "Chr1p", "19Q": "Chr19q", "CD30": "TNFRSF8", "CD20": "MS4A1"},
}
"""How a laboratory speaks of what the sheet's gene column names otherwise."""
TMB_HIGH = 10  # mutations per million bases, of the FDA label of pembrolizumab (TMB-H)
PD_L1_LEAST = 1  # of TPS, CPS, IC and TAP: the lowest cut-off of the labels in curated/biomarkers.tsv
HER2_POSITIVE = 3  # by IHC alone; 2+ needs in situ hybridisation, and with it is an amplification or HER2-low

Fault = tuple[str, str, str]  # column, what is wrong, what to write instead


def number(value: str) -> float | None:
    """The figure of a value (``60``, ``3+``); None for a word."""
    try:
        return float(value.removesuffix("+"))
    except ValueError:
        return None


def is_found(statement: Statement) -> bool:
    """Whether it was found: the word ``detected``, or a figure above 0."""
    figure = number(statement.value)
    return statement.value == DETECTED if figure is None else figure > 0


def is_finding(statement: Statement) -> bool:
    """Whether it is a finding of its own: something was found, and that is not a wild type."""
    return is_found(statement) and statement.alteration != "wild_type"


def unit_of(statement: Statement) -> str:
    """The unit as the grammar has it: TPS and TC are percent of tumour cells."""
    return SYNONYMS.get(statement.unit, statement.unit)


def atom_of(statement: Statement) -> Atom:
    """What the statement names. Raises ValueError where that is nothing a laboratory states here."""
    profile = parse(statement.alteration, statement.gene)
    [part] = profile.parts
    if part.gene != statement.gene or part.absent or len(part.atoms) > 1 or part.atoms[0].kind not in KINDS:
        raise ValueError(f"{statement.alteration!r} is not one of {', '.join(KINDS)}")
    return part.atoms[0]


def variants_of(statements: Iterable[Statement]) -> Iterator[tuple[Statement, Variant]]:
    """Each statement of something found, and what the tier engine sees of it."""
    for statement in statements:
        atom = atom_of(statement)
        if not is_finding(statement):
            continue
        is_word = atom.kind in BIOMARKERS
        yield (
            statement,
            Variant(
                gene=statement.gene,
                copy_number_change=atom.kind if atom.kind in ("amplification", "deletion") else "",
                fusion_partner=(atom.partner or UNKNOWN_PARTNER) if atom.kind == "fusion" else "",
                biomarker=atom.kind if is_word else "",
                score=number(statement.value) if is_word else None,
                score_unit=unit_of(statement) if is_word else "",
            ),
        )


def states_of(statements: Iterable[Statement]) -> dict[str, State]:
    """``GENE alteration`` of all that was looked for and not found (of a wild type: that was stated), for the engine."""
    atoms = ((statement, atom_of(statement)) for statement in statements)
    return {
        f"{statement.gene} {atom}": State.NOT_DETECTED
        for statement, atom in atoms
        if is_found(statement) == (atom.kind == "wild_type")
    }


def name_of(statement: Statement) -> str:
    """``CD274 expression (60 TPS)``, ``EML4::ALK fusion``, ``MSI high``."""
    kind, _, partner = statement.alteration.partition(" ")
    what = kind.replace("_", " ")
    head = f"{partner}::{statement.gene} {what}" if partner else f"{statement.gene} {what}"
    return f"{head} ({statement.value} {statement.unit})" if number(statement.value) else head


def names_of(statement: Statement) -> frozenset[str]:
    """How a review may name it: as the report does, or as the sheet does (``ALK fusion EML4``), where it stands once."""
    return frozenset({name_of(statement), f"{statement.gene} {statement.alteration}"})


def how_stated(statement: Statement) -> str:
    """That it was stated, by which method and when, in words that stand on every output."""
    return f"stated by the laboratory, {statement.method}, {statement.date}; not measured here"


# --------------------------------------------------------------------------- what is wrong with a row


def faults(
    statement: Statement, genes: frozenset[str], other_names: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Fault]:
    """Everything that is wrong with one statement by itself.

    ``genes`` are those of which anything is known here, ``other_names`` their symbols by other names in small letters.
    """
    gene = statement.gene
    symbol = SPOKEN.get(gene.upper()) or other_names.get(gene.casefold())
    if symbol and gene not in genes:
        yield "gene", "this is not the symbol", f"Write {symbol}."
        return
    try:
        atom = atom_of(statement)
    except ValueError as error:
        close = get_close_matches(statement.alteration, KINDS, n=1, cutoff=0.6)
        hint = f"Did you mean {close[0]!r}? " if close else ""
        said = str(error).rpartition(": ")[2] if "cannot be" in str(error) else ""
        remedy = said or f"Allowed: {', '.join(KINDS)}; of a fusion with its partner: fusion EML4."
        yield "alteration", "this is nothing that the laboratory can state here", hint + remedy
        return
    if atom.partner == gene:
        yield "alteration", "a gene is no partner of itself", "Write the other gene."
    if gene not in genes:
        folded = {name.casefold(): name for name in genes}
        close = get_close_matches(gene.casefold(), folded, n=1, cutoff=0.6)
        hint = f"Did you mean {folded[close[0]]!r}? " if close else ""
        yield "gene", "nothing is known of this gene", f"{hint}Write its HGNC symbol, or take the row out."
    if atom.score:
        yield (
            "alteration",
            "a cut-off is the knowledge's, not the laboratory's",
            "Write the figure as value, with its unit.",
        )
    yield from _value_faults(statement, atom)


def _value_faults(statement: Statement, atom: Atom) -> Iterator[Fault]:
    figure, unit = number(statement.value), unit_of(statement)
    allowed = UNITS_OF_GENE.get(statement.gene) or UNITS.get(atom.kind, ())
    if figure is None:
        if unit:
            yield "unit", "a word has no unit", "Write the figure as value, or leave the unit empty."
        if atom.kind == "wild_type" and statement.value == NOT_DETECTED:
            yield "value", "a wild type that was not detected is a mutation", "Enter the mutation's own result, or nothing."
        return
    if unit not in allowed:
        words = f"Write {' or '.join(allowed)}." if allowed else "Write detected or not_detected."
        yield ("unit" if allowed else "value"), f"{atom.kind} is not counted like this", words
        return
    limit = {"%": 100, "CPS": 100, "IC": 100, "TAP": 100, "IHC": 3}.get(unit)
    if limit is not None and figure > limit:
        yield "value", f"more than {limit} {unit}", f"Write 0 to {limit}."
    if statement.gene == "TMB" and unit == "mut/Mb" and 0 < figure < TMB_HIGH and atom.kind == "high":
        yield "value", f"high is {TMB_HIGH} mutations per million bases or more", "Write low as alteration."
    if statement.gene == "CD274" and 0 < figure < PD_L1_LEAST:
        yield "value", f"PD-L1 below {PD_L1_LEAST} is negative on every scale", "Write not_detected."
    if statement.gene == "ERBB2" and unit == "IHC":
        if atom.kind == "overexpression" and 0 < figure < HER2_POSITIVE:
            remedy = "Write low; or amplification, where in situ hybridisation shows it."
            yield "value", "1+ and 2+ are no overexpression of HER2", remedy
        if atom.kind == "low" and not 1 <= figure < HER2_POSITIVE:
            yield "value", "HER2-low is 1+ or 2+", "Write overexpression for 3+, or not_detected for 0."


def contradictions(statements: Iterable[Statement]) -> Iterator[tuple[Statement, Statement]]:
    """(later, earlier) statements on one sample of which both cannot hold: HER2 amplified and not overexpressed."""
    earlier: list[Statement] = []
    for one in statements:
        for other in earlier:
            if one.sample == other.sample and one.gene == other.gene and _excludes(one, other):
                yield one, other
        earlier.append(one)


def _excludes(one: Statement, other: Statement) -> bool:
    found, absent = (one, other) if is_found(one) else (other, one)
    kinds = {statement.alteration.partition(" ")[0] for statement in (one, other)}
    if is_found(one) and is_found(other):
        return "wild_type" not in kinds and kinds in ({"high", "low"}, {"gain", "loss"}, {"low", "overexpression"})
    if is_found(absent) or not is_found(found):
        return False
    return one.gene == "ERBB2" and kinds == {"amplification", "overexpression"}
