"""What people write in variant tables, in the engine's words: changes, consequences, copy numbers, fusions.

Forgiving where one meaning is left (``V600E``, ``Exon 19 deletion``, ``Missense_Mutation``); what could mean two things,
or names no change, is refused with the reason and what to write instead. Pure functions of text; ``Unreadable`` is the
refusal. Sequence Ontology terms: http://www.sequenceontology.org; words of MAF files: GDC's MAF format; of ANNOVAR:
its exonic functions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from tierline.alterations import ARM_WORDS, CHROMOSOME, EXON_CODING, GENOME_WIDE
from tierline.hgvs import THREE, CodingChange, ProteinChange, parse_coding, parse_protein
from tierline.laboratory import PD_L1_LEAST, SYNONYMS, TMB_HIGH, UNKNOWN_PARTNER

MISSING = frozenset({"", ".", "-", "--", "na", "n/a", "#n/a", "nan", "null", "none", "unknown", "not available"})


class Unreadable(ValueError):
    """A cell, or a row, that has no one meaning; the message says why and what to write instead."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one cell says of the alteration; every field may be empty."""

    protein: ProteinChange | None = None
    coding: CodingChange | None = None
    consequence: str = ""  # Sequence Ontology terms joined by &
    exon: int | None = None  # as the literature counts
    copy_number_change: str = ""  # amplification | deletion
    fusion_partner: str = ""
    biomarker: str = ""  # what the laboratory says of the gene's product: a word of alterations.BIOMARKERS
    score: float | None = None  # the figure behind it
    score_unit: str = ""  # a word of alterations.SCORES
    labels: tuple[str, ...] = ()
    note: str = ""  # how the words were understood, where that is not plain


_ODD = str.maketrans({**dict.fromkeys("\u00a0\u2007\u202f\t", " "), **dict.fromkeys("\u200b\ufeff\u200e"),
                      **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
                      **dict.fromkeys("\u2018\u2019\u201c\u201d", '"')})  # fmt: skip


_NO_UTF8 = re.compile("[\udc80-\udcff]")  # bytes that were kept as they were


def clean(text: str) -> str:
    """A cell without blanks and quotes around it, odd blanks and dashes made plain; "" for words that mean nothing."""
    if not text.isascii():
        if _NO_UTF8.search(text):
            text = text.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
        text = text.translate(_ODD)
    if text.startswith('="'):  # a spreadsheet's formula
        text = text[1:]
    text = text.strip(" \t\r\n\f\v\"'")
    return "" if len(text) < 14 and text.casefold() in MISSING else text


# --------------------------------------------------------------------------- consequences

_TERMS = """
    missense_variant stop_gained frameshift_variant inframe_insertion inframe_deletion conservative_inframe_insertion
    conservative_inframe_deletion disruptive_inframe_insertion disruptive_inframe_deletion stop_lost start_lost
    exon_loss_variant transcript_ablation transcript_amplification bidirectional_gene_fusion gene_fusion
    feature_truncation feature_elongation intergenic_region sequence_feature
"""
TERMS = frozenset(_TERMS.split())
"""Sequence Ontology terms that do not end in ``_variant``, which is taken as it is, and the commonest that do."""

_WORDS: Mapping[str, str] = {
    "missense_variant": "missense, missense_mutation, nonsynonymous, non_synonymous, nonsynonymous_snv",
    "stop_gained": "nonsense, nonsense_mutation, stop_gain, stopgain, stopgain_snv, stop",
    "frameshift_variant": "frameshift, frame_shift, frame_shift_del, frame_shift_ins, frameshift_deletion, "
    "frameshift_insertion, frameshift_substitution, frameshift_mutation, fs, frameshift_indel",
    "inframe_deletion": "in_frame_del, in_frame_deletion, nonframeshift_deletion, inframe_del",
    "inframe_insertion": "in_frame_ins, in_frame_insertion, nonframeshift_insertion, inframe_ins, "
    "inframe_duplication, in_frame_duplication, in_frame_dup",
    "protein_altering_variant": "inframe_indel, in_frame_indel, nonframeshift_substitution, inframe, in_frame",
    "splice_site_variant": "splice_site, splice, splicing, essential_splice, essential_splice_site, "
    "canonical_splice_site, splice_site_mutation, splice_site_snv, splice_site_del, splice_site_ins",
    "splice_donor_variant": "splice_donor, splice_donor_site",
    "splice_acceptor_variant": "splice_acceptor, splice_acceptor_site",
    "splice_region_variant": "splice_region",
    "synonymous_variant": "silent, synonymous, synonymous_snv, silent_mutation",
    "stop_lost": "nonstop_mutation, nonstop, stoploss, stop_loss, stoploss_snv",
    "start_lost": "translation_start_site, start_loss, startloss, start_codon_snp",
    "5_prime_UTR_variant": "5_utr, utr5, 5_prime_utr, five_prime_utr, 5utr",
    "3_prime_UTR_variant": "3_utr, utr3, 3_prime_utr, three_prime_utr, 3utr",
    "upstream_gene_variant": "5_flank, upstream, promoter",
    "downstream_gene_variant": "3_flank, downstream",
    "intron_variant": "intron, intronic",
    "intergenic_region": "igr, intergenic",
    "non_coding_transcript_exon_variant": "rna, non_coding, noncoding, ncrna_exonic, lincrna",
    "feature_truncation": "truncating, truncation, truncating_mutation, truncating_mutations, truncated",
    "loss_of_function_variant": "loss_of_function, lof, loss_of_function_mutation, inactivating, inactivation, "
    "inactivating_mutation, inactivating_mutations, deleterious_mutation, loss_of_function_mutations",
    "gain_of_function_variant": "gain_of_function, activating, activating_mutation, activating_mutations, oncogenic, "
    "oncogenic_mutation, oncogenic_mutations, gain_of_function_mutation, oncogenic_variant",
}
CONSEQUENCES: Mapping[str, str] = {word: term for term, words in _WORDS.items() for word in words.split(", ")}
"""Words in small letters, joined by ``_``, and the term that they mean."""


@lru_cache(maxsize=10_000)
def read_consequence(text: str) -> str | None:
    """The Sequence Ontology terms of a consequence cell, joined by ``&``, "" for an empty one; None where one of its
    words is none."""
    found = []
    text = clean(text)
    for word in re.split(r"\s*[&,;|]\s*", text) if text else ():
        folded = "_".join(re.findall(r"[a-z0-9]+", word.casefold()))
        plain = folded.removesuffix("_variant").removesuffix("_mutation")
        term = next((CONSEQUENCES[name] for name in (folded, plain) if name in CONSEQUENCES), "")
        if not term and (folded in TERMS or folded.endswith("_variant")):
            term = folded.replace("_utr_", "_UTR_").replace("nmd_", "NMD_")
        if not term:
            return None
        found.append(term)
    return "&".join(dict.fromkeys(found))


TERM_OF_KIND: Mapping[str, str] = {
    "missense": "missense_variant",
    "synonymous": "synonymous_variant",
    "unchanged": "synonymous_variant",
    "nonsense": "stop_gained",
    "frameshift": "frameshift_variant",
    "deletion": "inframe_deletion",
    "duplication": "inframe_insertion",
    "insertion": "inframe_insertion",
    "extension": "stop_lost",
    "start_loss": "start_lost",
    "splice": "splice_site_variant",
}


def own_term(protein: ProteinChange) -> str:
    """The consequence that a protein change has by itself; "" for ``p.?``."""
    term = TERM_OF_KIND.get(protein.kind, "")
    if protein.kind in ("insertion", "delins"):
        if protein.is_truncating:
            return "stop_gained"
        gained = protein.length_change or 0
        return "missense_variant" if gained == 0 else "inframe_deletion" if gained < 0 else "inframe_insertion"
    return term


_SORTS = {
    "silent": {"synonymous_variant"},
    "truncating": {"stop_gained", "frameshift_variant", "start_lost", "feature_truncation"},
    "altering": {"missense_variant", "inframe_deletion", "inframe_insertion", "protein_altering_variant"},
}


@lru_cache(maxsize=10_000)
def contradicts(consequence: str, own: str) -> bool:
    """Whether the terms of a row are all of another sort than ``own``, the term of its protein change.

    Terms without a sort (splice, UTR, ...) contradict nothing.
    """

    def sorts(terms: str) -> set[str]:
        plain = {t.removeprefix("conservative_").removeprefix("disruptive_") for t in terms.split("&")}
        return {name for name, members in _SORTS.items() if plain & members}

    said, derived = sorts(consequence), sorts(own)
    return bool(said and derived and not said & derived) and "splice" not in consequence


# --------------------------------------------------------------------------- a change, by notation or in words

_ACCESSION = re.compile(r"(?:N[MPR]_|X[MP]_|ENS[TP]|LRG_|CCDS|[A-Z][A-Z0-9]{5,9}-\d)\S*$", re.IGNORECASE)
_LOWER_PROTEIN = re.compile(r"(?:p\.)?\(?[a-z]{1,3}\d+\S*", re.IGNORECASE)
_RANGE_BY_DASH = re.compile(r"(?<=\d)-(?=[A-Z][a-z]{0,2}\d)")
_CODON = re.compile(r"(?:p\.|codon )?([A-Z]|[A-Z][a-z]{2})?(\d+)(?:X{3})?", re.IGNORECASE)
_HINT = "Write one change, e.g. p.Val600Glu, V600E, p.Lys601fs, exon 19 deletion, amplification or fusion."


def read_change(text: str, gene: str) -> Change:
    """The alteration that a cell names, by HGVS or in words. ``text`` is cleaned. Raises Unreadable."""
    if ":" in text and ":" not in (bare := _without_remarks(text)):
        text = bare
    whole = _without_accession(text, gene)
    body = _without_gene(whole, gene)
    if body.startswith(("c.", "C.")):
        return _both(body)
    if _X_INSERTED.search(body):
        raise Unreadable(f"{text!r}: X may be any residue or a stop. Write the residues, or how many: ins13.")
    whole, body = _STOP.sub("Ter", whole), _STOP.sub("Ter", body)
    if gene == "TERT" and (promoter := _PROMOTER.get(body.casefold().removesuffix(" promoter").removeprefix("promoter "))):
        return Change(coding=parse_coding(promoter), note=f"{body!r} read as the promoter change {promoter}")
    for spelling in (whole, body):
        if (protein := plain_protein(spelling)) is not None:
            return Change(protein=protein)
    if gene == "FLT3" and body.casefold().startswith("tkd ") and (protein := plain_protein(body[4:].strip())) is not None:
        return Change(protein=protein)
    found = _words(body, gene)
    if found is not None:
        return found
    if partner := _other_half(whole, gene):
        return Change(fusion_partner=partner, note=f"{whole!r} read as a fusion")
    if "c." in body:
        return _both(body)
    for spelling in (*_spellings(body), *_spellings(_without_remarks(body))):
        if (protein := plain_protein(spelling)) is not None:
            return Change(protein=protein)
    if sum(plain_protein(part) is not None for part in re.split(r"[\s,;/&+]+", body)) > 1:
        raise Unreadable(f"{text!r} names several changes. Write each in a row of its own.")
    first, _, rest = body.partition(" ")
    if rest and " " not in rest and plain_protein(rest) is not None:
        raise Unreadable(f"{text!r} names {first}, the row {gene}.")
    if _CODON.fullmatch(body):
        raise Unreadable(f"{text!r} names a codon and no change. {_HINT}")
    try:
        parse_protein(body)
    except ValueError as error:
        raise Unreadable(str(error)) from error
    raise Unreadable(f"cannot read {text!r}: this is not one protein change. {_HINT}")


def plain_protein(text: str) -> ProteinChange | None:
    """The protein change that a text without blanks is; None too for several residues without their range, which may
    as well be a gene's name (``KRASG12D``)."""
    if " " in text:
        return None
    try:
        found = parse_protein(text)
    except ValueError:
        return None
    if found.start != found.end and "_" not in text:
        return None
    if found.kind == "delins" and found.start == found.end and "delins" not in text.casefold() and ">" not in text:
        return None  # V6OOE, V600E*: a slip or a footnote, no second residue
    return found


_STOP = re.compile(r"(?<=\d)stop\b", re.IGNORECASE)
_X_INSERTED = re.compile(r"ins\(?X+\)?$", re.IGNORECASE)
_REMARK = re.compile(
    r"[\s,;]*[(\[]?\s*(?:vaf|af|allele fraction)?\s*[:=]?\s*[~<>]?\d+(?:[.,]\d+)?\s*%\s*[)\]]?$"
    r"|[\s,;(]+(?:positive|pos|detected|present|heterozygous|homozygous|hemizygous|het|hom|somatic|confirmed)\)?$"
    r"|[\s,;(]+(?:in\s+)?(?:exon|ex)\.?\s*\d+\)?$"
    r"|^(?:exon|ex)\.?\s*\d+\s*[:,]?\s+(?=\S)|[.,;]$",
    re.IGNORECASE,
)


def _without_remarks(body: str) -> str:
    """The change without what is said beside it: its exon, its share of the reads, that it was found."""
    before = ""
    while before != body:
        before, body = body, _REMARK.sub("", body).strip()
    return re.sub(r"^p\s+(?=[A-Z])", "p.", body)


def _without_accession(text: str, gene: str) -> str:
    """The text behind ``NP_004324.2:`` or ``BRAF:``. Raises Unreadable for another gene's name there."""
    head, colon, rest = text.rpartition(":")
    if not colon or head.endswith(":"):
        return text
    accession, _, named = head.strip().partition("(")
    named = (named.rstrip(")") or ("" if _ACCESSION.match(accession) else accession)).strip()
    if named and named.casefold() != gene.casefold():
        raise Unreadable(f"{text!r} names {named}, the row {gene}.")
    return rest.strip()


def _without_gene(text: str, gene: str) -> str:
    """The text without the gene in front, unless the gene is one half of a pair, or FUS of the word fusion."""
    if not text.casefold().startswith(gene.casefold()) or "::" in text or _is_partner(text, gene) or _FUSION.match(text):
        return text
    return text[len(gene) :].lstrip(" _-:") or text


def _is_partner(text: str, gene: str) -> bool:
    """Whether the gene is one half of a pair: ``ALK-EML4 fusion``."""
    pair = re.match(r"([A-Za-z0-9]+)--?([A-Za-z][A-Za-z0-9]+)\b", text)
    return pair is not None and pair[1].casefold() == gene.casefold() and _FUSION.search(text) is not None


_BREAKPOINTS = re.compile(r"\([^()]*\)|\bp(?:190|210|230)\b|\be\d+a\d+\b", re.IGNORECASE)
_PAIR = re.compile(r"([A-Za-z][A-Za-z0-9]+)-([A-Za-z][A-Za-z0-9]{2,})(?:\s+(?:positive|pos|detected|present))?")
_RESIDUE = re.compile(
    r"[A-Z]\d+(?:[A-Z*=?]|(?:fs|del|dup|ins).*)?|(?:" + "|".join(THREE.values()) + r")\d+.*", re.IGNORECASE
)


def _other_half(text: str, gene: str) -> str:
    """The partner in a bare pair of gene symbols, ``BCR-ABL1``, in capitals; "" where this is none, nor of the gene."""
    pair = _PAIR.fullmatch(_BREAKPOINTS.sub("", text).strip())
    if pair is None or gene.casefold() not in (pair[1].casefold(), pair[2].casefold()):
        return ""
    other = pair[2] if pair[1].casefold() == gene.casefold() else pair[1]
    is_word = read_consequence(other) is not None or other.casefold() in _NO_SYMBOLS
    return "" if is_word or _RESIDUE.fullmatch(other) or other.casefold() == gene.casefold() else other.upper()


def _both(text: str) -> Change:
    """``c.1799T>A (p.V600E)``: a coding change, a protein change, or one of each."""
    coding = re.findall(r"\bc\.[^\s;,()\[\]]+(?:\)(?=\S)[^\s;,]*)?", text, re.IGNORECASE)
    protein = re.findall(r"\bp\.(?:\([^\s;,()]+\)|[^\s;,()\[\]]+)", text)
    several = Unreadable(f"{text!r} names several changes. Write each in a row of its own.")
    if len(coding) > 1 or len(protein) > 1 or not coding:
        raise several
    try:
        found = Change(
            coding=parse_coding(coding[0][0].lower() + coding[0][1:]),
            protein=parse_protein(protein[0]) if protein else None,
        )
    except ValueError as error:
        raise Unreadable(str(error)) from error
    beside = re.sub(r"[\s;,()\[\]]+", " ", text.replace(coding[0], " ")).strip()
    if protein or not _REMARK.sub("", f" {beside}").strip():
        return found
    short = plain_protein(_without_remarks(beside))  # V600E (c.1799T>A)
    if short is None:
        raise several
    return replace(found, protein=short)


def _spellings(body: str) -> tuple[str, ...]:
    """Other spellings of one protein change: a range by a dash, small or capital letters throughout, words behind it."""
    body = re.sub(r"\s+(?:mutations?|variants?|substitution|point mutation)$", "", body, flags=re.IGNORECASE)
    if " " in body:
        return ()
    dashed = _RANGE_BY_DASH.sub("_", body)
    ways = [body, dashed]
    if _LOWER_PROTEIN.fullmatch(dashed):
        plain = re.sub(r"^p\.", "", dashed, flags=re.IGNORECASE)
        words = re.compile("(delins|del|dup|ins|fs|ter|ext|splice)", re.IGNORECASE)
        pieces = words.split(plain)
        one = "".join(p.lower().replace("ter", "Ter") if i % 2 else p.upper() for i, p in enumerate(pieces))
        three = "".join(
            p.lower().replace("ter", "Ter") if i % 2 else re.sub(r"[a-z]{3}", lambda m: m[0].capitalize(), p.lower())
            for i, p in enumerate(pieces)
        )
        ways += [three, one]
    return tuple(dict.fromkeys(ways))


_EXON = re.compile(
    r"(?:exon|ex|e) (?P<exon>\d+)(?: (?:in ?frame))? "
    r"(?P<what>deletions?|del|insertions?|ins|indels?|duplications?|dup|skipping|skipped|skip|frame ?shifts?|fs|truncating"
    r"|missense|nonsense)(?: mutations?| variants?)?"
)
_WHAT_OF_EXON = {
    "del": "inframe_deletion",
    "ins": "inframe_insertion",
    "dup": "inframe_insertion",
    "ind": "protein_altering_variant",
    "ski": "exon_loss_variant",
    "fra": "frameshift_variant",
    "fs": "frameshift_variant",
    "tru": "feature_truncation",
    "mis": "missense_variant",
    "non": "stop_gained",
}
_EXON_MUTATION = re.compile(r"(?:exon|ex|e) (\d+)(?: (?:mutations?|mutated|mutant|mut|variants?|alterations?|positive))?")
_ITD = re.compile(
    r"(?:exon 1[45] )?(?:itd|internal tandem duplications?)(?: itd)?"
    r"(?: (?:mutations?|mutated|positive|pos|detected|present|exon 1[45]|in|bp|ar|allelic ratio|ratio|high|low|\d+))*"
)
_PTD = re.compile(r"(?:ptd|partial tandem duplications?)(?: (?:ptd|positive|pos|detected|present|mutations?))*")
_CALR_TYPE = re.compile(
    r"(?:type [12](?: like)?|52 bp del(?:etion)?|5 bp ins(?:ertion)?)(?: mutation)?(?: (?:in|of) exon 9)?"
)  # type 1: c.1099_1150del, type 2: c.1154_1155insTTGTC
_NPM1_FRAMESHIFT = re.compile(
    r"type [abd](?: mutation)?|(?:exon|ex) 1[12] (?:frame ?shift|fs|insertion|ins|mutation|mutated)(?: mutation)?"
)
_AMPLIFICATION = frozenset({"amplification", "amp", "amplified", "gene amplification", "high level amplification",
                            "focal amplification", "copy number amplification", "high amplification"})  # fmt: skip
_DELETION = frozenset({"homozygous deletion", "homozygous loss", "homdel", "hom del", "homodel", "deep deletion",
                       "biallelic deletion", "biallelic loss", "homozygously deleted", "2 copy loss",
                       "two copy loss"})  # fmt: skip
_LOSS = frozenset({"loss", "deletion", "deleted", "del", "copy number loss", "gene deletion", "gene loss",
                   "whole gene deletion", "copy loss"})  # fmt: skip
_GAIN = frozenset({"gain", "copy number gain", "low level gain", "polysomy", "gene gain", "duplication", "copy gain"})
_ONE_COPY = frozenset({"heterozygous deletion", "heterozygous loss", "shallow deletion", "hemizygous deletion", "loh",
                       "loss of heterozygosity", "monoallelic loss", "monoallelic deletion", "single copy loss",
                       "hetloss"})  # fmt: skip
_NO_CHANGE = frozenset({"mutation", "mutations", "mutated", "mutant", "mut", "any mutation", "alteration", "altered",
                        "alterations", "variant", "positive", "abnormal", "yes", "1", "biallelic", "double mutant",
                        "double mutated", "biallelic mutation", "monoallelic"})  # fmt: skip
_WILD = frozenset({"wt", "wild type", "wildtype", "negative", "not detected", "no mutation", "none detected", "normal",
                   "absent", "no"})  # fmt: skip
_ABSENT = re.compile(
    r"(?:.* )?(?:negative|neg|not detected|undetected|not found|not identified|wild ?type|absent)|(?:no|not|without) .*"
)
_RATED = frozenset(
    "vus,pathogenic,likely pathogenic,benign,likely benign,uncertain,uncertain significance,unknown significance,"
    "variant of unknown significance,variant of uncertain significance,tier i,tier ii,tier iii,tier iv".split(",")
)
_NO_RESULT = frozenset(
    "pending,failed,fail,not done,not tested,not performed,not evaluable,not evaluated,not assessed,insufficient,qns,tbd,"
    "to follow,inconclusive,nd,ne".split(",")
)
_NEUTRAL = frozenset({"neutral", "diploid", "copy neutral", "no change", "normal", "no", "not amplified", "0"})
_BIOMARKERS = {
    **dict.fromkeys(("low", "her 2 low"), "low"),
    **dict.fromkeys(("expression", "expressed"), "expression"),
    **dict.fromkeys(("overexpression", "over expression", "overexpressed", "high expression"), "overexpression"),
    **dict.fromkeys(("underexpression", "low expression", "loss of expression"), "underexpression"),
    **dict.fromkeys(("methylation", "methylated", "promoter methylation", "hypermethylation"), "methylation"),
    "promoter hypermethylation": "methylation",
    "phosphorylation": "phosphorylation",
}
_HIGH = dict.fromkeys(("high", "h", "positive", "deficient", "unstable", "instability high", "instability"), "high")
_STAINED = re.compile(
    r"(?:expression )?(?P<scale>TPS|TC|CPS|IC|TAP) ?(?:>=|=|:)? ?(?P<value>\d+(?:\.\d+)?) ?%?", re.IGNORECASE
)
_BURDEN = re.compile(r"(?:TMB )?(?P<value>\d+(?:\.\d+)?) ?(?:mut(?:ation)?s? ?(?:/|per) ?Mb|/ ?Mb)", re.IGNORECASE)
_OF_TUMOR: Mapping[str, Mapping[str, str]] = {
    "MSI": {**_HIGH, **dict.fromkeys(("msi high", "msi h", "dmmr", "mmr deficient"), "high"), "low": "low", "msi l": "low"},
    "TMB": {
        "high": "high",
        "h": "high",
        "tmb high": "high",
        "tmb h": "high",
        "low": "low",
        "tmb l": "low",
        "tmb low": "low",
    },
    "HRD": dict.fromkeys(("positive", "deficient", "high"), "positive"),
    "EBV": {"positive": "positive"},
    "HPV": {"positive": "positive"},
}
"""What is said of biomarkers of no one gene (``alterations.GENOME_WIDE``)."""
_FUSION = re.compile(
    r"fusions?|fused|rearrange(?:ment|ments|d)|translocations?|gene fusion|structural variant", re.IGNORECASE
)
_SYMBOL = re.compile(r"[A-Z][A-Z0-9]*(?:-[A-Z]?\d*[A-Z]?)?|\?")  # NKX2-1, H3-3A, HLA-A; but EML4-RET is two
_SAID_OF_ONE_GENE = {  # EGFRvIII as in knowledge/_civic_names.py
    **dict.fromkeys((("EGFR", "del 19"), ("EGFR", "19 del"), ("EGFR", "19 deletion")), "exon 19 deletion"),
    **dict.fromkeys((("EGFR", words) for words in ("viii", "variant iii", "egfrviii")), "p.Val30_Arg297delinsGly"),
}
_NO_SYMBOLS = frozenset({"mutant", "mutated", "mutation", "mut", "positive", "pos", "neg", "negative", "like", "driven",
                         "tkd", "itd", "ptd", "tyrosine", "kinase", "promoter", "type", "wild", "wildtype", "low", "high",
                         "lof", "gof", "vus", "unknown", "rearranged", "altered", *_AMPLIFICATION, *_LOSS, *_GAIN,
                         *_ONE_COPY, *_DELETION})  # fmt: skip
_TRANSLOCATIONS = {
    "t(8;21)": ("RUNX1", "RUNX1T1"),
    "inv(16)": ("CBFB", "MYH11"),
    "t(16;16)": ("CBFB", "MYH11"),
    "t(15;17)": ("PML", "RARA"),
    "t(9;11)": ("KMT2A", "MLLT3"),
    "t(6;9)": ("DEK", "NUP214"),
    "t(9;22)": ("BCR", "ABL1"),
    "t(12;21)": ("ETV6", "RUNX1"),
    "t(1;19)": ("TCF3", "PBX1"),
    "t(11;14)": ("CCND1", "IGH"),
    "t(14;18)": ("IGH", "BCL2"),
    "t(8;14)": ("MYC", "IGH"),
}
"""The genes of the commonest, which the row's gene must be one of: the bands alone may break others."""
_PROMOTER = {  # TERT's names by the last digits of the GRCh37 position, or without the c.
    "c228t": "c.-124C>T",
    "c250t": "c.-146C>T",
    "-124c>t": "c.-124C>T",
    "-146c>t": "c.-146C>T",
}


def folded_words(text: str) -> str:
    """Small letters and digits, in words: ``Ex19del`` is ``ex 19 del``."""
    plain = re.sub(r"[^a-z0-9]+", " ", text.casefold())
    return re.sub(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])", " ", plain).strip()


def _words(body: str, gene: str) -> Change | None:
    """The alteration that words name; None where these are no words of this kind. Raises Unreadable."""
    words = folded_words(body)
    if words in _NO_RESULT:
        raise Unreadable(f"{body!r} says that there is no result. Leave the row out.")
    if words in _RATED:
        raise Unreadable(f"{body!r} says how a change is rated, and not which it is. {_HINT}")
    if words in _WILD or _ABSENT.fullmatch(words) or body.rstrip(" )").endswith(("-", "(-")):
        raise Unreadable(f"{body!r} is no alteration. Leave the row out, or write the change that was found.")
    if _FUSION.search(body) or "::" in body or "--" in body:
        return _fusion(body, gene)
    if words == "r":  # MYC-r
        return Change(fusion_partner=UNKNOWN_PARTNER)
    if (gene, words) in _SAID_OF_ONE_GENE:
        return read_change(_SAID_OF_ONE_GENE[gene, words], gene)
    if blood := _words_of_blood(words, body, gene):
        return blood
    if splice := re.fullmatch(
        r"splice site (?:c\.)?([-*\d+_]+(?:[ACGT]+>[ACGT]+|del\w*|ins\w*|dup\w*))", body, re.IGNORECASE
    ):
        return Change(coding=read_coding(f"c.{splice[1]}", gene), consequence="splice_site_variant")
    if behind := re.fullmatch(r"exon \d+ (\S*\d\S*)", body, re.IGNORECASE):
        return read_change(behind[1], gene)
    if gene in GENOME_WIDE:
        return _of_tumor(gene, words, body)
    if CHROMOSOME.fullmatch(gene) and words in ARM_WORDS:
        return Change(biomarker=words)
    if found := _EXON.fullmatch(words):
        return _exon(int(found["exon"]), _WHAT_OF_EXON[found["what"][:3]], gene, body)
    if copies := _copies(words, body):
        return copies
    if found := _EXON_MUTATION.fullmatch(words):
        raise Unreadable(f"{body!r} names an exon and no change. {_HINT}")
    if words in _NO_CHANGE:
        raise Unreadable(f"{body!r} names no change. {_HINT}")
    if gene == "CD274" and (stained := _stained(body)):
        return stained
    if biomarker := _BIOMARKERS.get(words):
        return Change(biomarker=biomarker)
    if "promoter" in words:
        inside = re.search(r"(?:c\.)?(-\d+[ACGT]+>[ACGT]+)", body)
        if inside:
            return Change(coding=parse_coding(f"c.{inside[1]}"))
        raise Unreadable(f"{body!r} names no change. Write it, e.g. c.-124C>T.")
    if not any(character.isdigit() for character in body) and (term := read_consequence(body)):
        return _of_kind(term)
    return None


def _words_of_blood(words: str, body: str, gene: str) -> Change | None:
    """Names that haematology gives to changes of one gene; None for others. Raises Unreadable."""
    if gene == "FLT3" and _ITD.fullmatch(words):
        return Change(consequence="inframe_insertion", exon=14, note="ITD read as an in-frame duplication of exon 14")
    if gene == "FLT3" and words.removesuffix(" mutation").removesuffix(" positive") == "tkd":
        raise Unreadable(f"{body!r} names a domain and no change. Write it, e.g. p.Asp835Tyr.")
    if gene == "CALR" and _CALR_TYPE.fullmatch(words):
        return Change(consequence="frameshift_variant", exon=9, note=f"{body!r} read as a frameshift of exon 9")
    if gene == "NPM1" and _NPM1_FRAMESHIFT.fullmatch(words):
        return Change(protein=parse_protein("p.Trp288fs"), note=f"{body!r} read as p.Trp288fs")
    if gene == "JAK2" and (found := _EXON_MUTATION.fullmatch(words)) and found[1] == "12":
        return Change(consequence="protein_altering_variant", exon=12, note=f"{body!r} read as a protein change of exon 12")
    karyotype = re.match(r"(?:t|inv)\(\d+(?:;\d+)?\)", body.replace(" ", ""), re.IGNORECASE)
    pair = _TRANSLOCATIONS.get(karyotype[0].casefold(), ()) if karyotype else ()
    if gene in pair:
        return Change(fusion_partner=pair[1 - pair.index(gene)], note=f"{body!r} read as {'::'.join(pair)}")
    if _PTD.fullmatch(words):
        return Change(biomarker="partial_tandem_duplication")
    return None


def _stained(body: str) -> Change | None:
    """``TPS 60 %`` and the like, of PD-L1. Raises Unreadable where that is negative."""
    found = _STAINED.fullmatch(body)
    if found is None:
        return None
    if float(found["value"]) < PD_L1_LEAST:
        raise Unreadable(f"{body!r} is negative. Leave the row out.")
    unit = SYNONYMS.get(found["scale"].upper(), found["scale"].upper())
    return Change(biomarker="expression", score=float(found["value"]), score_unit=unit)


def _of_tumor(gene: str, words: str, body: str) -> Change:
    burden = _BURDEN.fullmatch(body) if gene == "TMB" else None
    if burden:
        value = float(burden["value"])
        word = "high" if value >= TMB_HIGH else "low"
        return Change(biomarker=word, score=value, score_unit="mut/Mb", note=f"{body!r} read as {word}")
    found = _OF_TUMOR[gene].get(words)
    if found is None:
        allowed = " or ".join(GENOME_WIDE[gene])
        raise Unreadable(f"{body!r} is nothing that {gene} can be. Write {allowed}; leave the row out where it is not.")
    return Change(biomarker=found)


def _of_kind(term: str) -> Change:
    """A kind of change without a place; "oncogenic" is what the table says, and travels as a label."""
    if term == "gain_of_function_variant":
        return Change(consequence=term, labels=("oncogenic",), note="oncogenic as the table says")
    return Change(consequence=term)


def _copies(words: str, body: str) -> Change | None:
    if words in _AMPLIFICATION:
        return Change(copy_number_change="amplification")
    if words in _DELETION:
        return Change(copy_number_change="deletion")
    if words in _LOSS:
        return Change(copy_number_change="deletion", note=f"{body!r} read as the deletion of both copies")
    if words in _GAIN:
        raise Unreadable(f"{body!r} is no amplification. Write amplification where it is one, else leave it out.")
    if words in _ONE_COPY:
        raise Unreadable(f"{body!r} leaves a copy. Only the deletion of both copies is read: homozygous deletion.")
    return None


def _exon(exon: int, consequence: str, gene: str, body: str) -> Change:
    """``exon 19 deletion``: in-frame where the literature means that, which it does for the exons of ``EXON_CODING``."""
    if not consequence.startswith(("inframe", "protein_altering")):
        return Change(consequence=consequence, exon=exon)
    if exon not in EXON_CODING.get(gene, {}) or gene == "CALR":  # whose deletions are frameshifts, mostly
        raise Unreadable(f"{body!r} of {gene} may be in frame or not, within the exon or of it all. Write the change.")
    if (gene, exon) == ("MET", 14):
        if consequence == "inframe_deletion":
            return Change(consequence="exon_loss_variant", exon=exon, note=f"{body!r} read as exon 14 skipping")
        raise Unreadable(f"{body!r} of MET is not exon 14 skipping. Write the change.")
    return Change(consequence=consequence, exon=exon, note=f"{body!r} read as {consequence} of exon {exon}")


def _fusion(body: str, gene: str) -> Change:
    """``EML4-ALK fusion``, ``EML4::ALK``, ``fusion with EML4``, ``ALK rearrangement``."""
    plain = _BREAKPOINTS.sub(" ", _FUSION.sub(" ", body))
    plain = re.sub(r"\b(?:with|to|of|and|the|gene|positive|oncogenic|in|partner)\b", " ", plain, flags=re.IGNORECASE)
    names = re.split(r"::|--|[/;,+\s]+", plain)
    if len(words := [name for name in names if name.strip(" -()[]")]) == 1 and words[0].casefold() != gene.casefold():
        names = _split_pair(words[0], gene)
    partners = [name.strip(" -()[]").upper() for name in names]
    partners = [name for name in dict.fromkeys(partners) if name and name != gene.upper()]
    if len(partners) > 1 or any(not _SYMBOL.fullmatch(name) for name in partners):
        raise Unreadable(f"{body!r} names no one partner of {gene}. Write e.g. EML4::ALK.")
    return Change(fusion_partner=partners[0] if partners else UNKNOWN_PARTNER)


def _split_pair(name: str, gene: str) -> list[str]:
    """The halves of ``EML4-ALK`` where one is the gene; a symbol may itself hold a dash (NKX2-1)."""
    folded, own = name.upper(), gene.upper()
    if folded.endswith(f"-{own}"):
        return [name[: -len(own) - 1]]
    if folded.startswith(f"{own}-"):
        return [name[len(own) + 1 :]]
    return [name]


@lru_cache(maxsize=1_000)
def read_copy_number(text: str) -> Change:
    """A cell of ``copy_number_change``; empty for a neutral one. Raises Unreadable, for numbers too."""
    words = folded_words(text)
    if words in _NEUTRAL:
        return Change()
    found = _copies(words, text)
    if found is None:
        raise Unreadable(f"copy_number_change {text!r} is neither. Write amplification or deletion.")
    return found


@lru_cache(maxsize=10_000)
def read_partner(text: str, gene: str) -> str:
    """A cell of ``fusion_partner``: the gene beside ``gene``. Raises Unreadable."""
    return _fusion(text, gene).fusion_partner


def read_coding(text: str, gene: str) -> CodingChange:
    """A cell of ``cdna_change``. Raises Unreadable."""
    if text.startswith("c."):
        try:
            return parse_coding(text)
        except ValueError:
            pass
    body = _without_gene(_without_accession(text, gene), gene)
    if re.match(r"[gmnr]\.", body):
        raise Unreadable(f"{text!r} is no coding change. Write it from the start codon, e.g. c.1799T>A.")
    try:
        coding = _both(body).coding if re.match(r"[cC]\.", body) else None
        return coding or parse_coding(body)
    except ValueError as error:
        raise Unreadable(str(error)) from error


def merged(changes: list[Change]) -> Change:
    """What the cells of a row say together. Raises Unreadable where they name two alterations."""
    result = Change()
    for change in changes:
        values = {name: getattr(change, name) for name in Change.__dataclass_fields__ if getattr(change, name)}
        for name, value in values.items():
            before = getattr(result, name)
            if name == "fusion_partner" and UNKNOWN_PARTNER in (before, value):
                values[name] = value if before in ("", UNKNOWN_PARTNER) else before
            elif name in ("labels", "note"):
                values[name] = before + value if name == "labels" else "; ".join(filter(None, [before, value]))
            elif before and before != value:
                raise Unreadable(f"two alterations in one row: {before} and {value}. Write each in a row of its own.")
        result = replace(result, **values)
    return result
