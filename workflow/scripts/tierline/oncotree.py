"""The OncoTree tumour-type tree: codes, names, ancestors, former codes; and what people write instead.

Source: OncoTree, Memorial Sloan Kettering Cancer Center (CC BY 4.0); release and attribution stand in the comment
lines of ``resources/knowledge/oncotree.tsv``, which ``resources/knowledge/distil_oncotree.py`` makes. Everyday names
stand beside it in ``tumor_type_names.tsv``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tierline.paths import RESOURCES
from tierline.problems import did_you_mean
from tierline.tables import read_rows

ONCOTREE_TSV: Path = RESOURCES / "knowledge" / "oncotree.tsv"
NAMES_TSV = "tumor_type_names.tsv"  # beside the tree
HAEMATOLOGICAL = ("LYMPH", "MYELOID")
UNKNOWN_PRIMARY = "CUP"
UNKNOWN = frozenset(  # words for a type that is not known
    {
        "",
        "unknown",
        "not known",
        "na",
        "n/a",
        "none",
        ".",
        "cancer",
        "any cancer",
        "all cancers",
        "pan-cancer",
        "malignancy",
    }
)
STAGE = re.compile(  # words before a name that say how far the tumour is, not what it is
    r"(?:(?:locally )?(?:advanced|recurrent)|metastatic|unresectable|inoperable|relapsed|refractory|recurrent|early-stage"
    r"|resectable|stage [iv]+[a-c]?|and/or|and|or|,|/)[\s,]*"
)
SPELLING = (("tumour", "tumor"), ("aemia", "emia"), ("oesophag", "esophag"), ("haem", "hem"))


@dataclass(frozen=True, slots=True)
class TumorType:
    """One row of ``oncotree.tsv``. ``parent`` is empty for a tissue (level 1); the root is left out."""

    code: str  # OncoTree code
    name: str  # in words
    parent: str  # code of the type above it; "" for a tissue
    main_type: str  # OncoTree's main type
    tissue: str  # OncoTree's tissue
    level: int  # depth in the tree; 1 is a tissue
    former: tuple[str, ...]  # codes of older releases that this one replaced


@dataclass(frozen=True, slots=True)
class TumorTypeName:
    """One row of ``tumor_type_names.tsv``: an everyday name that is no name of OncoTree."""

    name: str  # in words, or an abbreviation
    code: str  # OncoTree code


class OncoTree:
    """Questions about OncoTree codes. Codes are case-sensitive; an unknown one raises KeyError unless said otherwise."""

    def __init__(self, types: Iterable[TumorType], everyday: Iterable[TumorTypeName] = ()):
        self._types = {item.code: item for item in types}
        heirs, names = defaultdict(set), defaultdict(set)
        for item in self._types.values():
            names[_fold(item.name)].add(item.code)
            for old in item.former:
                heirs[old].add(item.code)
        for row in everyday:
            names[_fold(row.name)].add(row.code)
        self._heirs, self._names = dict(heirs), dict(names)
        self._folded = {_fold(code): code for code in (*self._heirs, *self._types)}

    @classmethod
    def load(cls, path: str | Path = ONCOTREE_TSV) -> OncoTree:
        """Read the distilled table and, where it stands beside it, that of everyday names (else the shipped one).

        Raises InputError where one is malformed.
        """
        names = Path(path).with_name(NAMES_TSV)
        if not names.exists():
            names = ONCOTREE_TSV.with_name(NAMES_TSV)
        types = list(read_rows(path, TumorType))
        codes = {item.code for item in types}
        return cls(types, [row for row in read_rows(names, TumorTypeName) if row.code in codes])

    @property
    def codes(self) -> frozenset[str]:
        """Every current code, without the root ``TISSUE``."""
        return frozenset(self._types)

    def exists(self, code: str) -> bool:
        """Whether ``code`` is a current code (a former one is not)."""
        return code in self._types

    def name(self, code: str) -> str:
        """The tumour type in words."""
        return self._types[code].name

    def ancestors(self, code: str) -> tuple[str, ...]:
        """``code`` itself, then its parents up to the tissue; the root ``TISSUE`` is left out."""
        path = []
        while code:
            path.append(code)
            code = self._types[code].parent
        return tuple(path)

    def is_descendant(self, code: str, of: str) -> bool:
        """Whether ``code`` is ``of`` or lies under it; False where ``of`` is unknown."""
        return of in self.ancestors(code)

    def replaced_by(self, old: str) -> str | None:
        """The one current code that took over ``old``; None where it is current, unknown, or split between several."""
        heirs = self._heirs.get(old, ()) if old not in self._types else ()
        return next(iter(heirs)) if len(heirs) == 1 else None

    def heirs(self, old: str) -> tuple[str, ...]:
        """All current codes that took over ``old`` (ALL: BLL and TLL), sorted; itself where it is current, else ()."""
        return (old,) if old in self._types else tuple(sorted(self._heirs.get(old, ())))

    def tissue(self, code: str) -> str:
        """The code of the tissue (level 1) above ``code``, or itself."""
        return self.ancestors(code)[-1]

    def is_tissue_only(self, code: str) -> bool:
        """Whether ``code`` names a tissue and no tumour type (level 1)."""
        return self._types[code].level == 1

    def is_solid(self, code: str) -> bool:
        """Whether ``code`` lies outside the lymphoid and the myeloid branch."""
        return self.tissue(code) not in HAEMATOLOGICAL

    def find(self, text: str) -> str | None:
        """The current code for a code, a former code or a name, in any case; None where none or several fit."""
        fits = self.meanings(text)
        return fits[0] if len(fits) == 1 else None

    def resolve(self, text: str) -> str:
        """The current code for a code, a former code or a name, in any case; "" for a word that says "not known".

        Raises ValueError, with what to write instead, where none or several fit.
        """
        if self.says_unknown(text):
            return ""
        fits = self.meanings(text)
        if len(fits) == 1:
            return fits[0]
        if fits:
            raise ValueError(
                f"{text.strip()} could be {' or '.join(f'{code} ({self.name(code)})' for code in fits)}. Write one."
            )
        remedy = did_you_mean(text.strip(), (*self.codes, *(item.name for item in self._types.values())))
        raise ValueError(f"There is no such tumour type. {remedy}")

    def says_unknown(self, text: str) -> bool:
        """Whether ``text`` is empty or a word for "not known"; an unknown primary (CUP) is a type."""
        return _fold(text) in UNKNOWN

    def note(self, text: str) -> str:
        """What was made of ``text``, in words: ``GB replaces GBM``, ``melanoma is MEL``; "" for a current code.

        A type that is not known and an unknown primary say what that means for the evidence. Raises as ``resolve``.
        """
        code, given = self.resolve(text), text.strip()
        if not code:
            return "tumour type not known: evidence for a named type is used at level C at best, and for therapy only"
        said = ""
        if given != code:
            said = f"{code} replaces {given}" if given in self._heirs else f"{given} is {code} ({self.name(code)})"
        if UNKNOWN_PRIMARY in self.ancestors(code):
            primary = "primary not known: only evidence for any solid tumour keeps its level"
            said = f"{said}; {primary}" if said else primary
        return said

    def meanings(self, text: str) -> tuple[str, ...]:
        """Every current code that ``text`` could mean, sorted: a code first, then a former code, then a name.

        Of a name that is not known, the same without words for its stage before it, and in the singular.
        """
        folded = _fold(text)
        code = self._folded.get(folded)
        if code is not None:
            return self.heirs(code)
        bare = _without_stage(folded)
        named = (self._names.get(name) for name in (folded, bare, bare.removesuffix("s")))
        return tuple(sorted(next(filter(None, named), ())))


def _without_stage(folded: str) -> str:
    """``metastatic or unresectable melanoma`` is ``melanoma``."""
    while found := STAGE.match(folded):
        folded = folded[found.end() :]
    return folded


def _fold(text: str) -> str:
    """``text`` in small letters, with single blanks and American spelling."""
    folded = " ".join(text.split()).casefold()
    for british, american in SPELLING:
        folded = folded.replace(british, american)
    return folded
