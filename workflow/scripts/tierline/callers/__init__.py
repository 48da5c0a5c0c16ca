"""What each caller's FORMAT and INFO mean. A module here is a caller: adding one changes no other code.

Each module has ``parse(record, tumor, normal) -> Iterator[Call]``: one Call for each ALT allele of a pysam record, with
the caller's own counts and its own filters *of that allele*. ``alt`` alleles that are no sequence (``*``, ``<NON_REF>``)
are left out. ``normal`` is None in a tumour-only case. Two sets say what its filters mean: ``ARTEFACT`` names a cause
other than weak evidence, and decides whatever another caller says; ``HARMLESS`` says nothing against the reads
(neighbours, origin). Every other filter means that this caller did not pass the allele.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import cast

import pysam

from tierline.records import Call

Parse = Callable[[pysam.VariantRecord, str, str | None], Iterator[Call]]


@cache
def available() -> tuple[str, ...]:
    """Names of the callers that have a module here."""
    return tuple(sorted(p.stem for p in Path(__file__).parent.glob("[!_]*.py")))


def parser(caller: str) -> Parse:
    """The ``parse`` function of a caller; KeyError where there is none."""
    return cast(Parse, _module(caller).parse)


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
