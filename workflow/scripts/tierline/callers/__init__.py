"""What each caller's FORMAT and INFO mean. A module here is a caller: adding one changes no other code.

Each module has ``parse(record, tumor, normal) -> Iterator[Call]``: one Call for each ALT allele of a pysam record, with
the caller's own counts and its own filters *of that allele*. ``alt`` alleles that are no sequence (``*``, ``<NON_REF>``)
are left out. ``normal`` is None in a tumour-only case. ``wrote(header)`` says whether a VCF is of this caller, and
``COUNTS`` which FORMAT fields hold its counts: one of its groups has to be there. Two sets say what its filters mean:
``ARTEFACT`` names a cause other than weak evidence, and decides whatever another caller says; ``HARMLESS`` says nothing
against the reads (neighbours, origin). Every other filter means that this caller did not pass the allele.

A caller with a rule file of its name in ``workflow/rules/callers`` can be run; the others are read from a user's VCF.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import cast

import pysam

from tierline.paths import ROOT
from tierline.records import Call

Parse = Callable[[pysam.VariantRecord, str, str | None], Iterator[Call]]
PLAIN = "plain"
"""The module for VCFs of nobody known: counts by the words that the VCF specification has for them."""
PASSED = frozenset({"PASS", "."})


@cache
def available() -> tuple[str, ...]:
    """Names of the callers that have a module here."""
    return tuple(sorted(p.stem for p in Path(__file__).parent.glob("[!_]*.py")))


@cache
def runnable() -> tuple[str, ...]:
    """Names of the callers that Tierline can run itself."""
    return tuple(name for name in available() if (ROOT / f"workflow/rules/callers/{name}.smk").is_file())


def parser(caller: str) -> Parse:
    """The ``parse`` function of a caller; KeyError where there is none."""
    return cast(Parse, _module(caller).parse)


def caller_of(header: pysam.VariantHeader) -> str:
    """Which caller wrote a VCF, by its header; ``plain`` where none says so, or more than one does."""
    found = [name for name in available() if _module(name).wrote(header)]
    return found[0] if len(found) == 1 else PLAIN


def lacks_counts(header: pysam.VariantHeader, caller: str) -> str:
    """ "" where the header has the fields of one group of the caller's ``COUNTS``, else what it could have, in words."""
    groups = _module(caller).COUNTS
    if any(all(field in header.formats for field in group) for group in groups):
        return ""
    return ", or ".join(" and ".join(group) for group in groups)


def _module(caller: str) -> ModuleType:
    if caller not in available():
        raise KeyError(f"no caller module named {caller!r}; there are {', '.join(available())}")
    return import_module(f"tierline.callers.{caller}")


def is_sequence(allele: str) -> bool:
    """True for an allele written in bases."""
    return bool(allele) and set(allele.upper()) <= set("ACGTN")


def artefacts(call: Call) -> tuple[str, ...]:
    """The filters of a call that name it an artefact."""
    return tuple(name for name in call.filters if name in _module(call.caller).ARTEFACT)


def objections(call: Call) -> tuple[str, ...]:
    """The filters of a call for which its caller does not pass it; () where it does."""
    return tuple(name for name in call.filters if name not in _module(call.caller).HARMLESS)


# --------------------------------------------------------------------------- what several callers share


def said(header: pysam.VariantHeader, key: str) -> list[str]:
    """The values of the header's lines ``##key=value``."""
    return [str(record.value) for record in header.records if record.key == key]


def filters_of(record: pysam.VariantRecord) -> tuple[str, ...]:
    """The names in FILTER; () where it is PASS, or was not filled in."""
    return tuple(str(name) for name in record.filter if name not in PASSED)


def whole(sample: pysam.VariantRecordSample, key: str, place: int = 0) -> int | None:
    """A whole number of FORMAT, of a list the one at ``place``; None where there is none."""
    value = sample.get(key)
    if isinstance(value, tuple):
        value = value[place] if place < len(value) else None
    return value if isinstance(value, int) else None


def by_depth(caller: str, record: pysam.VariantRecord, tumor: str, normal: str | None) -> Iterator[tuple[int, Call]]:
    """The alleles of a record by their numbers (1 is the first ALT), with DP, and AD of the allele, of tumour and normal,
    and the names in FILTER; phase and strands are left to the caller's module."""
    mine = record.samples[tumor]
    other = record.samples[normal] if normal else None
    for number, alt in enumerate(record.alts or (), 1):
        if is_sequence(alt):
            yield (
                number,
                Call(
                    caller=caller,
                    chrom=record.chrom,
                    pos1=record.pos,
                    ref=record.ref or "",
                    alt=alt,
                    depth=whole(mine, "DP"),
                    alt_depth=whole(mine, "AD", number),
                    filters=filters_of(record),
                    normal_depth=whole(other, "DP") if other is not None else None,
                    normal_alt_depth=whole(other, "AD", number) if other is not None else None,
                    phase_set="",
                ),
            )


def four(sample: pysam.VariantRecordSample, record: pysam.VariantRecord, key: str) -> tuple[int, int, int, int] | None:
    """Reads by strand as GATK and DRAGEN write them (reference forward, reverse, alternate forward, reverse); None where
    they are not said, or are those of several ALT alleles together."""
    value = sample.get(key)
    if len(record.alts or ()) != 1 or not isinstance(value, tuple) or len(value) != 4 or None in value:
        return None
    return cast(tuple[int, int, int, int], value)


def haplotype(sample: pysam.VariantRecordSample, allele: int) -> str:
    """Phase set and side of an allele (its number: 1 is the first ALT), by PS and a phased GT; "" where not said."""
    genotype = sample.get("GT")
    sides = [side for side, number in enumerate(genotype or ()) if number == allele]
    phased = sample.phased and sample.get("PS") is not None and len(sides) == 1
    return f"{sample.get('PS')}:{sides[0]}" if phased else ""
