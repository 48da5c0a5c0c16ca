"""What several sections of the report share: numbered findings, short forms, and the filters of the templates."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from Bio.Data.IUPACData import protein_letters_3to1
from markupsafe import Markup, escape

from tierline.case import Case, CaseFinding, change, counted_in, percent, percent_up, ranked, reason_words, technical_words
from tierline.curation import words as review_words
from tierline.figures import measure, number
from tierline.records import LEAST_ALLELES, POPULATIONS, Evidence, EvidenceMatch, Finding, LocusAnswer, Tier

_LETTERS = {**protein_letters_3to1, "Ter": "*"}


def numbered(case: Case, *tiers: Tier) -> list[tuple[int, CaseFinding]]:
    """The findings of these tiers in report order; the number is that of the whole report, for links to the trace."""
    return [(n, item) for n, item in enumerate(ranked(case.findings), 1) if item.finding.tier in tiers]


def short_protein(hgvsp: str) -> str:
    """``p.Val600Glu`` as the ``V600E`` that is spoken; "" where nothing is shortened."""
    body = hgvsp.removeprefix("p.")
    short = re.sub("|".join(_LETTERS), lambda m: _LETTERS[m[0]], body)
    return short if short != body else ""


def notes(finding: Finding) -> list[str]:
    """The labels of a finding in words, and that one caller alone found it."""
    said = [words(label) for label in finding.labels]
    if len(finding.callers) == 1 and "one_caller" not in finding.labels:
        said.append(f"one caller only ({finding.callers[0]})")
    return said


def interval(alt_depth: int, depth: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of a fraction of reads (Wilson 1927), for the whiskers of the plot."""
    z = 1.96
    share, weight = alt_depth / depth, 1 + z * z / depth
    middle = (share + z * z / (2 * depth)) / weight
    half = z * math.sqrt(share * (1 - share) / depth + z * z / (4 * depth * depth)) / weight
    return max(0.0, middle - half), min(1.0, middle + half)


def by_gene(loci: Iterable[LocusAnswer]) -> Iterator[tuple[str, list[LocusAnswer]]]:
    """The loci gathered by gene, genes in alphabetical order, loci in the order given."""
    for gene, group in groupby(sorted(loci, key=lambda locus: locus.gene), key=lambda locus: locus.gene):
        yield gene, list(group)


def place(locus: LocusAnswer) -> str:
    """The locus without its gene: ``p.600``."""
    return locus.locus_id.partition(":")[2] or locus.locus_id


def span(low: str, high: str) -> str:
    """``103–160``; a range from one figure to the same is that figure."""
    return low if low == high else f"{low}–{high}"


def consequence(finding: Finding) -> str:
    """The consequence in words; upstream of a gene at a promoter locus of the panel it is a promoter variant."""
    if finding.consequence == "upstream_gene_variant" and any(":c.-" in locus for locus in finding.locus_ids):
        return "promoter variant"
    return words(finding.consequence)


def source_words(evidence: Evidence) -> str:
    """The source by its name rather than that of a file, with its date, once."""
    kinds = "/".join(map(words, evidence.tumor_types))
    text = re.sub(r"\bguideline \S+\.pdf", f"guideline, {kinds}", evidence.source)
    text = re.sub(r"\bFDA label (\d+)s\w+\.pdf", r"label, FDA application \1", text)
    dated = not evidence.source_date or evidence.source_date in text
    return text if dated else f"{text}, {evidence.source_date}"


def sources(matches: Iterable[EvidenceMatch]) -> list[tuple[str, str]]:
    """Each source once, in short, with its address: ``Tagrisso label, FDA 208065, 2024-09-25``."""
    found: dict[tuple[str, str], None] = {}
    for match in matches:
        text = source_words(match.evidence)
        text = re.sub(r" \([^)]*\) label,", " label,", text).replace("FDA application ", "FDA ")
        found[text, match.evidence.source_url] = None
    return list(found)


# --------------------------------------------------------------------------- filters

_WORDS = {
    "inframe_deletion": "in-frame deletion",
    "inframe_insertion": "in-frame insertion",
    "conservative_inframe_deletion": "in-frame deletion",
    "conservative_inframe_insertion": "in-frame insertion",
    "disruptive_inframe_deletion": "in-frame deletion",
    "disruptive_inframe_insertion": "in-frame insertion",
    "any_solid": "any solid tumour",
    "any_haematological": "any haematological tumour",
    "any": "any tumour",
    "not_cancer_gene": "in a gene without a known role in cancer",
}


def words(code: object) -> str:
    """Codes as words: ``missense_variant&splice_region_variant`` becomes ``missense variant, splice region variant``."""
    return ", ".join(_WORDS.get(part, part.replace("_", " ")) for part in str(code).split("&"))


def population(group: str) -> str:
    """A population group by its name; one that is not gnomAD's as it stands."""
    return POPULATIONS.get(group, group)


def frequency(finding: Finding) -> str:
    """How frequent a variant is in the population: in which group, among how many alleles, and whether these suffice."""
    if finding.population_af is None:
        return "frequency not looked up"
    if finding.population_af == 0:
        return "not in the population data"
    group, alleles = population(finding.population_group), finding.population_an
    said = f"{number(100 * finding.population_af)} % in {group or 'the population'}"
    if alleles is None:
        return f"{said}, number of alleles not given"
    few = ": too few to call it rare" if alleles < LEAST_ALLELES else ""
    return f"{said}, {number(alleles)} alleles{few}"


def clinical_impact(finding: Finding) -> str:
    """ClinVar's somatic classification of clinical impact in words: class, conditions, review status."""
    parts = (re.sub(r",\s*", ", ", words(part)) for part in finding.clinvar_impact.split("|", 2))
    klass, review, conditions = (*parts, "", "")[:3]
    details = "; ".join(filter(None, (conditions, review)))
    return f"ClinVar, clinical impact in tumours: {klass}" + (f" ({details})" if details else "")


def source_link(text: str, url: str) -> Markup:
    """A link to a source where the address is a web address, else the text alone. Both come out escaped.

    A date within the text is not broken at the end of a line.
    """
    shown = Markup(re.sub(r"\b\d{4}-\d\d-\d\d\b", r'<span class="whole">\g<0></span>', str(escape(text))))
    if re.match(r"https?://", url, re.IGNORECASE):
        return Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(url, shown)
    return shown


def css_string(text: str) -> Markup:
    """Text for between the quotes of a CSS string: all but letters, digits and blanks is written as a code point."""
    return Markup("".join(c if re.match(r"[A-Za-z0-9 ]", c) else f"\\{ord(c):06x}" for c in text))


FILTERS = {
    "percent": percent,
    "words": words,
    "number": number,
    "measure": measure,
    "short_protein": short_protein,
    "reason": reason_words,
    "limit": percent_up,
    "technical": technical_words,
    "frequency": frequency,
    "clinical_impact": clinical_impact,
    "review": review_words,
    "consequence": consequence,
    "source": source_words,
    "place": place,
    "change": change,
    "counted_in": counted_in,
    "css_string": css_string,
}
