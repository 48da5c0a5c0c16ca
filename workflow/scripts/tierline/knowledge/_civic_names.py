"""The names of CIViC's molecular profiles, translated into the grammar of ``alterations.py``.

A profile is features joined by AND, OR, NOT and parentheses; a feature is ``GENE NAME`` or ``FIVE::THREE Fusion``. A
name that says more than a variant can be asked (the exons of a breakpoint, an isoform, both alleles) is not read: the
error says why. Names are those of CIViC's releases (https://civicdb.org, CC0); where a name needs facts of its own, the
evidence item in which they were read stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from tierline.alterations import parse
from tierline.hgvs import parse_coding, parse_protein

WORDS: Mapping[str, str] = {
    **dict.fromkeys(("mutation", "mutations", "alteration", "activating mutation", "gain-of-function"), "mutation"),
    **dict.fromkeys(("loss-of-function", "deleterious mutation", "inactivating mutation"), "loss_of_function"),
    **dict.fromkeys(("truncating mutation", "frameshift truncation", "truncation", "frameshift"), "truncating"),
    **dict.fromkeys(("fusion", "fusions", "rearrangement", "rearrangements", "translocation"), "fusion"),
    **dict.fromkeys(("promoter methylation", "promoter hypermethylation", "methylation"), "methylation"),
    **dict.fromkeys(("underexpression", "loss of nuclear protein expression"), "underexpression"),
    **{word: word for word in ("amplification", "deletion", "overexpression", "expression", "phosphorylation")},
    "loss": "loss_of_function | deletion | underexpression",  # of the gene, or of its protein in the section
    "promoter mutation": "promoter",
    "wildtype": "wild_type",
    "high": "high",
    "low": "low",
}
"""Whole names in small letters. Frameshifts count as truncations: it is the lost rest of the protein that is meant."""

NAMED: Mapping[tuple[str, str], str] = {
    ("ASXL1", "exon 12 mutation"): "truncating",  # the last exon in the literature, which truncations escape decay in
    ("ASXL1", "mutation"): "truncating | mutation",
    ("BCOR", "itd"): "exon 15 inframe_insertion",  # EID10887
    ("BRAF", "non-v600"): "codon 1-599 mutation | codon 601-766 mutation",
    ("CALR", "mutation"): "exon 9 truncating | mutation",
    ("CDKN2A", "p16 expression"): "expression",
    ("EGFR", "viii"): "p.Val30_Arg297delinsGly",  # exons 2-7 out of frame with nothing: codons 30-297 become one
    ("EGFR", "egfrviii"): "p.Val30_Arg297delinsGly",
    ("EGFR", "exon 19 deletion"): "exon 19 inframe_deletion",
    ("EGFR", "exon 19 del"): "exon 19 inframe_deletion",
    ("FLT3", "itd"): "exon 14-15 inframe_insertion",
    ("FLT3", "tkd mutation"): "codon 835-836",  # D835 in EID214 and EID248
    ("KIT", "internal duplication"): "exon 11 inframe_insertion",  # EID302
    ("KRAS", "exon 2 mutation"): "codon 12-13",  # EID1326
    ("NPM1", "exon 11 mutation"): "codon 287-290 truncating",
    ("NPM1", "mutation"): "codon 287-290 truncating",
    ("PIK3CA", "exon 10 mutation"): "exon 9",  # counted from the first exon; 9 in the literature (EID7220)
    ("PIK3CA", "exon 21 mutation"): "exon 20",  # as above (EID3729)
    ("PRPS1", "prps1 mutation"): "mutation",
    ("SETBP1", "exon 4 mutation"): "codon 858-871",  # EID839
    ("STK11", "exon 1-2 mutation"): "exon 1-2 | exon 1-2 truncating",
    ("TERT", "c228t"): "c.-124C>T",
    ("TERT", "c250t"): "c.-146C>T",
    ("WT1", "exon 7 mutation"): "exon 7 | exon 7 truncating",
    ("WT1", "exon 9 mutation"): "exon 9 | exon 9 truncating",
}
"""Names that mean something of their own in their gene; a few need what is written beside them."""

UNREADABLE: tuple[tuple[str, str], ...] = (
    (r"rs\d+|snp\d+|.*polymorphism.*|[a-z0-9]+(?<!fs)\*\d+\w*( homozygosity)?|.*genotype",
     "an inherited polymorphism or haplotype"),
    (r"e\d+::e\d+|intron \d+ (rearrangement|mutation)", "the exons or introns of a breakpoint"),
    (r"exon \d+-\d+ deletion|exon \d+ deletion", "the loss of whole exons"),
    (r"biallelic inactivation|.*homozygosity|loh|.*loss of heterozygosity", "both alleles, or loss of heterozygosity"),
    (r".*alternative transcript.*|ar-v7|cd44.+", "an isoform"),
    (r"(nuclear|cytoplasmic|serum|decreased|exon \d+) .*|.*(levels|translocation|mislocalization)",
     "the place, change or serum level of a protein"),
    (r"[a-z]\d+ phosphorylation", "the phosphorylation of one residue"),
    (r"promoter demethylation", "loss of methylation"),
    (r".*(domain|p-loop|tkd) mut(ation)?", "a domain whose residues the source does not give"),
    (r"rare .*|internal duplication|itd|copy number variation|n-terminal frame shift|double ph",
     "a set of changes whose bounds the source does not give"),
)  # fmt: skip
"""Patterns of names that are understood by a reader but not by the grammar, with what they ask for."""

NO_CHANGE = "a name that is neither a change nor a word that is known"
LEGACY_HISTONE = (27, 34, 36)  # residues of H3 counted without the first methionine
PLACEHOLDERS = ("v", "?")  # a partner of CIViC's fusions that is not named
FIVE_PRIME_KINASES = ("BRAF", "EGFR", "FGFR2", "FGFR3", "MET")  # what drives the tumour is mostly the 3' partner

_TOKEN = re.compile(r"\s+(AND|OR)\s+|(?:^|(?<=\s))(NOT)\s+|(\()\s+|\s+(\))")
_RESIDUES = re.compile(r"([A-Z])(\d+)([A-Z*])/([A-Z*])")
_CODON = re.compile(r"[A-Z](\d+)")
_EXON = re.compile(r"exon (\d+(?:-\d+)?) (mutation|insertion|skipping mutation|frameshift)")
_EXON_CLASSES = {
    "mutation": "",
    "insertion": " inframe_insertion",
    "skipping mutation": " skipping",
    "frameshift": " truncating",
}


class Unreadable(ValueError):
    """A name that the grammar cannot say; the message is the reason."""


@lru_cache(maxsize=10_000)
def translate(profile: str) -> tuple[str, ...]:
    """The profile as alternatives (any of them holds), each ``GENE alteration`` in the grammar of ``alterations.py``.

    Alternatives of one gene are one alteration. Raises Unreadable with the reason.
    """
    tokens = [token for token in _TOKEN.split(f" {profile.strip()}") if token and token.strip()]
    alternatives = _alternatives(tokens)
    if tokens:
        raise Unreadable("parentheses or operators that do not match")
    for parts in alternatives:
        if all("!" in part or part.endswith(" wild_type") for part in parts) and any("!" in part for part in parts):
            raise Unreadable("only the absence of a change")
    found = tuple(dict.fromkeys(" & ".join(dict.fromkeys(parts)) for parts in alternatives))
    try:
        for alternative in found:
            parse(alternative.partition(" ")[2], alternative.partition(" ")[0])
    except ValueError as error:
        raise Unreadable(NO_CHANGE) from error
    return found


def _alternatives(tokens: list[str]) -> list[list[str]]:
    """``a AND b OR c`` as [[a, b], [c]]; takes its tokens off the list."""
    found = _together(tokens)
    while tokens and tokens[0] == "OR":
        tokens.pop(0)
        found = _merged(found, _together(tokens))
    return found


def _merged(one: list[list[str]], other: list[list[str]]) -> list[list[str]]:
    """Both lists of alternatives; two single parts of one gene become one part."""
    for parts in other:
        gene = parts[0].partition(" ")[0]
        same = [known for known in one if len(known) == len(parts) == 1 and known[0].startswith(f"{gene} ")]
        if same and not any(word in parts[0] + same[0][0] for word in ("!", "wild_type")):
            atoms = (*same[0][0].partition(" ")[2].split(" | "), *parts[0].partition(" ")[2].split(" | "))
            bare = "fusion" in atoms
            same[0][0] = f"{gene} " + " | ".join(
                dict.fromkeys(atom for atom in atoms if not (bare and atom.startswith("fusion ")))
            )
        else:
            one.append(parts)
    return one


def _together(tokens: list[str]) -> list[list[str]]:
    found = _feature(tokens)
    while tokens and tokens[0] == "AND":
        tokens.pop(0)
        found = [[*left, *right] for right in _feature(tokens) for left in found]
    return found


def _feature(tokens: list[str]) -> list[list[str]]:
    if not tokens:
        raise Unreadable("a profile that ends in an operator")
    token = tokens.pop(0)
    if token == "(":
        found = _alternatives(tokens)
        if not tokens or tokens.pop(0) != ")":
            raise Unreadable("parentheses that do not match")
        return found
    if token == "NOT":
        gene, _, atoms = _named(tokens.pop(0) if tokens else "").partition(" ")
        return [[f"{gene} !{atoms}"]]
    return [[_named(token)]]


def _named(feature: str) -> str:
    """``BRAF V600E`` -> ``BRAF p.Val600Glu``; ``EML4::ALK Fusion`` -> ``ALK fusion EML4``."""
    gene, _, name = " ".join(feature.split()).partition(" ")
    if "::" not in gene and "::" in name:  # the gene stands before the fusion as well
        gene, _, name = name.partition(" ")
    if "::" in gene:
        return _fusion(gene, name)
    if not name or not re.fullmatch(r"[A-Z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*", gene):
        raise Unreadable("a feature that is no alteration of a gene")
    return f"{gene} {alteration(gene, name)}"


def _fusion(partners: str, name: str) -> str:
    five, _, three = re.sub(r"reg_e@\[(\w+)\]", r"\1", partners).partition("::")
    if name.casefold() not in ("", "fusion"):
        alteration(three, name)
        raise Unreadable("a fusion that is named more closely")
    if three in PLACEHOLDERS or (five in FIVE_PRIME_KINASES and three not in FIVE_PRIME_KINASES):
        five, three = three, five
    return f"{three} fusion" if five in PLACEHOLDERS else f"{three} fusion {five}"


def alteration(gene: str, name: str) -> str:
    """One variant name of ``gene`` as atoms joined by `` | ``. Raises Unreadable with the reason."""
    word = name.casefold()
    found = NAMED.get((gene, word)) or WORDS.get(word)
    if found:
        return found
    if exon := _EXON.fullmatch(word):
        return f"exon {exon[1]}{_EXON_CLASSES[exon[2]]}"
    for pattern, reason in UNREADABLE:
        if re.fullmatch(pattern, word):
            raise Unreadable(reason)
    if all(_CODON.fullmatch(item) for item in name.split("/")):
        return " | ".join(f"codon {item[1:]}" for item in name.split("/"))
    if pair := _RESIDUES.fullmatch(name):
        return " | ".join(_change(gene, f"{pair[1]}{pair[2]}{new}") for new in pair.group(3, 4))
    return _change(gene, name)


def _change(gene: str, name: str) -> str:
    """A change in HGVS or the short forms of it that CIViC uses, upper case included."""
    coding = re.fullmatch(r"(?:splice site )?\(?(c\.\S+?)\)?", name, re.IGNORECASE)
    text = re.sub(r"\s*\(c\..*\)$", "", name)
    if " " in text and not coding:  # HGVS has none, and its reader passes over them
        raise Unreadable(NO_CHANGE)
    try:
        if coding:
            return parse_coding(coding[1]).text
        text = re.sub(r"DELINS|DEL|INS|DUP|FS", lambda word: word[0].lower(), text)
        change = parse_protein(text)
    except ValueError as error:
        raise Unreadable(NO_CHANGE) from error
    if change.kind in ("unchanged", "unknown"):
        raise Unreadable(NO_CHANGE)
    if gene.startswith("H3") and change.kind == "missense":
        return _histone(change.text, change.start)
    return change.text


def _histone(text: str, position: int) -> str:
    """The change in HGVS numbering and in that of histones, which leaves the first methionine out."""
    shift = 1 if position in LEGACY_HISTONE else -1 if position - 1 in LEGACY_HISTONE else 0
    return f"{text} | {text.replace(str(position), str(position + shift))}" if shift else text
