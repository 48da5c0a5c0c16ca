"""The OncoTree tumour-type tree: codes, names, ancestors, former codes.

Source: OncoTree, Memorial Sloan Kettering Cancer Center (CC BY 4.0); release and attribution stand in the comment
lines of ``resources/knowledge/oncotree.tsv``, which ``resources/knowledge/distil_oncotree.py`` makes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tierline.paths import RESOURCES
from tierline.tables import read_rows

ONCOTREE_TSV: Path = RESOURCES / "knowledge" / "oncotree.tsv"
HAEMATOLOGICAL = ("LYMPH", "MYELOID")


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


class OncoTree:
    """Questions about OncoTree codes. Codes are case-sensitive; an unknown one raises KeyError unless said otherwise."""

    def __init__(self, types: Iterable[TumorType]):
        self._types = {item.code: item for item in types}
        heirs, names = defaultdict(set), defaultdict(set)
        for item in self._types.values():
            names[item.name.casefold()].add(item.code)
            for old in item.former:
                heirs[old].add(item.code)
        self._heirs, self._names = dict(heirs), dict(names)
        self._folded = {code.casefold(): code for code in (*self._heirs, *self._types)}

    @classmethod
    def load(cls, path: str | Path = ONCOTREE_TSV) -> OncoTree:
        """Read the distilled table. Raises InputError where it is malformed."""
        return cls(read_rows(path, TumorType))

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
        """The current code for a code, a former code or a full name, in any case; None where none or several fit."""
        folded = " ".join(text.split()).casefold()
        code = self._folded.get(folded)
        if code is not None:
            return code if code in self._types else self.replaced_by(code)
        named = self._names.get(folded, ())
        return next(iter(named)) if len(named) == 1 else None
