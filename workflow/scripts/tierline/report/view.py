"""What several sections of the report share: numbered findings, short forms, and the filters of the templates."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from Bio.Data.IUPACData import protein_letters_3to1
from markupsafe import Markup

from tierline.case import Case, CaseFinding, percent, ranked, reason_words
from tierline.records import Finding, LocusAnswer, Tier

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


# --------------------------------------------------------------------------- filters


def words(code: object) -> str:
    """A code as words: ``missense_variant&splice_region_variant`` becomes ``missense variant, splice region variant``."""
    return str(code).replace("&", ", ").replace("_", " ")


def number(value: float | None) -> str:
    """A figure with at most four significant digits, thousands set apart; None is an en dash."""
    if value is None:
        return "–"
    return f"{value:,.0f}".replace(",", "\u202f") if abs(value) >= 1000 else f"{value:.4g}"


def measure(value: float | None, unit: str) -> str:
    """A quality figure with its unit; a fraction is shown in percent."""
    if value is None:
        return "–"
    return percent(value) if unit == "fraction" else f"{number(value)} {unit}".strip()


def source_link(text: str, url: str) -> Markup:
    """A link to a source where the address is a web address, else the text alone. Both come out escaped."""
    if re.match(r"https?://", url, re.IGNORECASE):
        return Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(url, text)
    return Markup("{}").format(text)


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
    "place": place,
    "css_string": css_string,
}
