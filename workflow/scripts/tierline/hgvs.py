"""HGVS notation of protein and coding changes, read from whatever an annotator or a person writes.

Canonical text is three-letter without parentheses (``p.Val600Glu``, ``p.Glu746_Ala750del``, ``p.Arg282Ter``,
``p.Lys601fs``, ``p.Ter394ArgextTer9``) and, for coding changes, without the bases that the positions already say
(``c.2235_2249del``, ``c.-125_-124delinsTT``). Positions are 1-based. Every function is pure; text that cannot be read
raises ValueError whose message says what to write instead.

Source: HGVS Nomenclature, recommendations for DNA and protein variants (https://hgvs-nomenclature.org).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache

from Bio.Data.IUPACData import protein_letters_1to3

THREE: dict[str, str] = {**protein_letters_1to3, "U": "Sec", "O": "Pyl", "*": "Ter", "X": "Ter"}
ONE: dict[str, str] = {three: one for one, three in THREE.items() if one != "X"} | {"Xaa": "X"}

_AA = f"(?:{'|'.join(ONE)}|[{''.join(THREE)}])"
_PROTEIN_SUBSTITUTION = re.compile(rf"({_AA}+)(\d+)(?:_(\d+))?({_AA}+|=|\?)")
_PLAIN_PROTEIN = re.compile(r"p\.([A-Z][a-z]{2})([1-9]\d+|[2-9])([A-Z][a-z]{2}|=)")
_RESIDUES = frozenset(ONE) - {"Ter", "Xaa"}
_PROTEIN_SILENT_RANGE = re.compile(rf"({_AA})(\d+)_({_AA})(\d+)=")
_PROTEIN_FRAMESHIFT = re.compile(rf"({_AA})(\d+)({_AA})?fs(?:Ter|\*|X)?(\d+|\?)?")
_PROTEIN_EXTENSION = re.compile(rf"(Ter|\*|X)(\d+)({_AA})?ext(?:{_AA}*?(?:Ter|\*|X))?(\d+|\?)?")
_PROTEIN_SPLICE = re.compile(rf"({_AA})(\d+)_splice")
_PROTEIN_RANGE = re.compile(
    rf"({_AA})(\d+)(?:_({_AA})(\d+))?(?:(dup|del)({_AA}*|\d+)|(?:del({_AA}*|\d+))?(ins|>)\(?({_AA}+|\d+)\)?)"
)

_PLAIN_SUBSTITUTION = re.compile(r"c\.([1-9]\d*)([ACGTN])>([ACGTN])")
_POSITION = r"(\*|-)?(\d+)([+-]\d+)?"
_CODING = re.compile(
    rf"{_POSITION}(?:_{_POSITION})?"
    r"(?:(?P<sub_ref>[ACGTN]+)>(?P<sub_alt>[ACGTN]+)|(?P<same>[ACGTN]*=)|(?P<inv>inv)|dup(?P<dup>[ACGTN]*|\d+)"
    r"|del(?P<del_ref>[ACGTN]*|\d+)ins(?P<delins_alt>[ACGTN]+|\d+)|del(?P<del>[ACGTN]*|\d+)|ins(?P<ins>[ACGTN]+|\d+))"
)


def _three(residues: str) -> tuple[str, ...]:
    """``VK``, ``ValLys`` or ``2`` (a bare length) as three-letter residues."""
    if residues.isdigit():
        return ("Xaa",) * int(residues)
    return tuple(THREE.get(token, token) for token in re.findall(_AA, residues))


_PROTEIN_ENDS = {"synonymous": "=", "missense": "{}", "nonsense": "Ter", "frameshift": "fs", "deletion": "del",
                 "duplication": "dup", "insertion": "ins{}", "delins": "delins{}", "extension": "{}ext",
                 "start_loss": "?", "splice": "_splice"}  # fmt: skip


@dataclass(slots=True, unsafe_hash=True)
class ProteinChange:
    """One protein change. ``start`` and ``end`` are 1-based inclusive; for an insertion they are its two neighbours.

    ``kind``: missense, synonymous, nonsense, frameshift, deletion, duplication, insertion, delins, extension
    (stop-loss), start_loss, splice (``X1010_splice`` of MAF files), unchanged (``p.=``) or unknown (``p.?``).
    ``inserted`` holds the new residues; ``Xaa`` is a residue that the text does not name. ``shifted`` is the first new
    residue of a frameshift, "" where not said. ``stop`` is where the new reading ends: of a frameshift the stop's place
    from ``start``, which is 1; of an extension that from the old stop, which is 0; 0: none is met; None: not said.
    Neither tells changes apart: who writes p.Lys601fs means the same as who goes on to the stop.
    """

    kind: str
    start: int = 0
    end: int = 0
    start_ref: str = ""
    end_ref: str = ""
    inserted: tuple[str, ...] = ()
    shifted: str = field(default="", compare=False)
    stop: int | None = field(default=None, compare=False)

    @property
    def text(self) -> str:
        """The canonical three-letter text; of a frameshift the short form, ``p.Lys601fs``."""
        if self.kind == "missense":
            return f"p.{self.start_ref}{self.start}{self.inserted[0]}"
        if self.kind in ("unchanged", "unknown"):
            return "p.=" if self.kind == "unchanged" else "p.?"
        where = f"p.{self.start_ref}{self.start}"
        if self.end != self.start:
            where += f"_{self.end_ref}{self.end}"
        text = where + _PROTEIN_ENDS[self.kind].replace("{}", "".join(self.inserted))
        return f"{text}Ter{self.stop or '?'}" if self.kind == "extension" else text

    @property
    def reported(self) -> str:
        """The text as it is reported: a frameshift with its first new residue and its stop, where they are known."""
        if self.kind != "frameshift" or not self.shifted or self.stop is None:
            return self.text
        return f"p.{self.start_ref}{self.start}{self.shifted}fsTer{self.stop or '?'}"

    @property
    def short(self) -> str:
        """The one-letter text without ``p.``, as people say it: ``V600E``."""
        return re.sub("|".join(ONE), lambda match: ONE[match.group()], self.text.removeprefix("p."))

    @property
    def is_truncating(self) -> bool:
        """Nonsense, frameshift, start-loss, splice, or new residues that hold a stop."""
        return self.kind in ("nonsense", "frameshift", "start_loss", "splice") or (
            self.kind in ("insertion", "delins") and "Ter" in self.inserted
        )

    @property
    def length_change(self) -> int | None:
        """Residues gained (positive) or lost (negative) by an in-frame change; None where that says nothing."""
        if self.kind == "deletion":
            return self.start - self.end - 1
        if self.kind == "duplication":
            return self.end - self.start + 1
        if self.kind == "insertion":
            return len(self.inserted)
        if self.kind == "delins":
            return len(self.inserted) - (self.end - self.start + 1)
        return 0 if self.kind == "missense" else None

    @property
    def parts(self) -> tuple[str, ...]:
        """The substitutions inside a change of two neighbouring residues for two others; else none."""
        if self.kind != "delins" or self.end - self.start != 1 or self.length_change != 0 or self.is_truncating:
            return ()
        pairs = zip((self.start_ref, self.end_ref), self.inserted, strict=True)
        return tuple(f"p.{ref}{self.start + i}{new}" for i, (ref, new) in enumerate(pairs) if ref != new)

    def same_as(self, other: ProteinChange) -> bool:
        """Whether both name one change: equal text, or a duplication written as an insertion behind its copy."""
        if self.kind == other.kind == "splice":
            return self.start == other.start
        return self == other or bool(self._insertions() & other._insertions())

    def _insertions(self) -> frozenset[tuple[int, int, str, str]]:
        """What is inserted behind which residue (length, first and last residue), in the ways that it can be said."""
        if self.kind == "duplication":
            return frozenset({(self.end, self.length_change or 0, self.start_ref, self.end_ref)})
        if self.kind != "insertion" or "Xaa" in self.inserted:
            return frozenset()
        new, ways = self.inserted, {(self.start, len(self.inserted), self.inserted[0], self.inserted[-1])}
        if new[0] == self.end_ref:
            ways.add((self.end, len(new), new[1:][0] if len(new) > 1 else new[0], new[0]))
        return frozenset(ways)


def _body(text: str, letter: str) -> str:
    """The text without blanks, accession, ``p.``/``c.`` and parentheses around the whole."""
    body = "".join(text.split()).rpartition(":")[2]
    body = body.removeprefix(f"{letter}.")
    return body[1:-1] if body.startswith("(") and body.endswith(")") else body


def _unreadable(text: str, why: str, remedy: str) -> ValueError:
    return ValueError(f"cannot read {text!r}: {why}. {remedy}")


_PROTEIN_REMEDY = "Write one HGVS protein change, e.g. p.Val600Glu, V600E, p.Glu746_Ala750del or p.Lys601fs."
_CODING_REMEDY = "Write one HGVS coding change, e.g. c.1799T>A, c.2235_2249del or c.3028+1G>T."


def parse_protein(text: str) -> ProteinChange:
    """Read a protein change in one- or three-letter code. Raises ValueError with a remedy."""
    return canonical_substitution(text) or _parse_protein(text)


def canonical_substitution(text: str) -> ProteinChange | None:
    """The commonest protein changes, ``p.Val600Glu``, ``p.Val600=`` or ``p.Arg282Ter``; None for every other text."""
    found = _PLAIN_PROTEIN.fullmatch(text)
    if found is None:
        return None
    ref, position, new = found.groups()
    if ref not in _RESIDUES:
        return None
    start = int(position)
    if new in _RESIDUES:
        return ProteinChange("missense", start, start, ref, ref, (new,)) if new != ref else None
    if new == "=":
        return ProteinChange("synonymous", start, start, ref, ref)
    return ProteinChange("nonsense", start, start, ref, ref) if new == "Ter" else None


@lru_cache(maxsize=10_000)
def _parse_protein(text: str) -> ProteinChange:
    body = _body(text, "p")
    if body in ("=", "?"):
        return ProteinChange("unchanged" if body == "=" else "unknown")
    if body in ("0", "0?"):
        return ProteinChange("start_loss", 1, 1, "Met", "Met")
    if found := _PROTEIN_SUBSTITUTION.fullmatch(body):
        change = _substitution(text, *found.groups())
    elif found := _PROTEIN_SILENT_RANGE.fullmatch(body):
        first, last = (THREE.get(found[group], found[group]) for group in (1, 3))
        change = ProteinChange("synonymous", int(found[2]), int(found[4]), first, last)
    elif found := _PROTEIN_FRAMESHIFT.fullmatch(body):
        change = _at("frameshift", found[1], found[2])
        change = replace(change, shifted="".join(_three(found[3] or "")), stop=_stop(found[4]))
    elif found := _PROTEIN_EXTENSION.fullmatch(body):
        change = _at("extension", found[1], found[2], _three(found[3] or ""))
        change = replace(change, stop=_stop(found[4]))
    elif found := _PROTEIN_SPLICE.fullmatch(body):
        change = _at("splice", "Xaa" if found[1] == "X" else found[1], found[2])
    elif found := _PROTEIN_RANGE.fullmatch(body):
        change = _range(text, *found.groups())
    else:
        raise _unreadable(text, "this is not a protein change", _PROTEIN_REMEDY)
    if not 1 <= change.start <= change.end:
        raise _unreadable(text, "positions count from 1 and ascend", _PROTEIN_REMEDY)
    lost = change.kind in ("deletion", "delins") and change.start == 1 and change.start_ref == "Met"
    return _at("start_loss", "Met", "1") if lost and change.inserted[:1] != ("Met",) else change


def _at(kind: str, residue: str, position: str, inserted: tuple[str, ...] = ()) -> ProteinChange:
    ref = THREE.get(residue, residue)
    return ProteinChange(kind, int(position), int(position), ref, ref, inserted)


def _stop(place: str | None) -> int | None:
    """Where a new reading ends: None where it is not said, 0 where it meets no stop (``?``)."""
    return (0 if place == "?" else int(place)) if place else None


def _substitution(text: str, old: str, position: str, last: str | None, new: str) -> ProteinChange:
    start, refs = int(position), _three(old)
    if last is not None and int(last) - start + 1 != len(refs):
        raise _unreadable(text, f"{len(refs)} residues do not fill {position}-{last}", _PROTEIN_REMEDY)
    if refs == ("Met",) and start == 1 and new != "=":
        return _at("start_loss", "Met", "1")
    if new == "?":
        raise _unreadable(text, "the new residue is not known", "Write the change that was found, or leave it empty.")
    return _replacement(start, refs, refs if new == "=" else _three(new))


def _replacement(start: int, refs: tuple[str, ...], new: tuple[str, ...]) -> ProteinChange:
    """``refs``, which are all known, become ``new``; residues that stay the same at the edges are left out."""
    if refs == new:
        kind = "synonymous"
    else:
        while len(refs) > 1 and len(new) > 1 and refs[-1] == new[-1]:
            refs, new = refs[:-1], new[:-1]
        while len(refs) > 1 and len(new) > 1 and refs[0] == new[0]:
            refs, new, start = refs[1:], new[1:], start + 1
        if new[0] == "Ter":
            refs, new, kind = refs[:1], (), "nonsense"
        elif len(refs) == len(new) == 1:
            kind = "extension" if refs == ("Ter",) else "missense"
        else:
            kind = "delins"
    end = start + len(refs) - 1
    return ProteinChange(kind, start, end, refs[0], refs[-1], () if kind == "synonymous" else new)


def _range(
    text: str,
    first: str,
    start: str,
    last: str | None,
    end: str | None,
    simple: str | None,
    said: str | None,
    removed: str | None,
    insertion: str | None,
    new: str | None,
) -> ProteinChange:
    low, high = int(start), int(end or start)
    first_ref = THREE.get(first, first)
    last_ref = THREE.get(last, last) if last else first_ref
    listed = said if simple else removed
    if listed and len(_three(listed)) != high - low + 1:
        raise _unreadable(text, f"{listed!r} has not the length of {low}-{high}", "Leave the listed residues out.")
    if simple:
        return ProteinChange("deletion" if simple == "del" else "duplication", low, high, first_ref, last_ref)
    inserted = _three(new or "")
    if removed is None and insertion == "ins":
        if high != low + 1:
            raise _unreadable(text, "an insertion lies between two neighbours", "Write e.g. p.Asp770_Asn771insGly.")
        return ProteinChange("insertion", low, high, first_ref, last_ref, inserted)
    if "Xaa" not in inserted and (inserted[0] == "Ter" or high - low < 2):
        refs = (first_ref,) if low == high else (first_ref, last_ref)
        return _replacement(low, refs, inserted)
    return ProteinChange("delins", low, high, first_ref, last_ref, inserted)


def normalise_protein(text: str) -> str:
    """``V600E``, ``p.(Val600Glu)``, ``NP_004324.2:p.V600E`` -> ``p.Val600Glu``. Raises ValueError with a remedy."""
    return parse_protein(text).text


def reported_protein(text: str) -> str:
    """A protein change as it is reported: ``p.K601Nfs*5`` -> ``p.Lys601AsnfsTer5``. Raises ValueError with a remedy."""
    return parse_protein(text).reported


# --------------------------------------------------------------------------- coding changes


@dataclass(slots=True, unsafe_hash=True)
class CodingPosition:
    """``c.1799``, ``c.-124`` (5' of the start), ``c.*23`` (3' of the stop), ``c.3028+1`` (intron)."""

    base: int  # never 0; negative 5' of the start codon
    offset: int = 0  # intronic bases behind (+) or before (-) the base
    after_stop: bool = False

    def __str__(self) -> str:
        if not (self.after_stop or self.offset):
            return str(self.base)
        return ("*" if self.after_stop else "") + str(self.base) + (f"{self.offset:+d}" if self.offset else "")

    def span(self, end: CodingPosition) -> int | None:
        """Bases from here to ``end``, both included; None where introns or the stop lie between."""
        if self.after_stop != end.after_stop:
            return None
        if self.offset == end.offset == 0:
            return end.base - self.base + (0 if self.base < 0 < end.base else 1)
        return end.offset - self.offset + 1 if self.base == end.base and self.offset * end.offset > 0 else None

    def shifted(self, bases: int) -> CodingPosition:
        """``bases`` further on the same side of the same splice site."""
        if self.offset:
            return CodingPosition(self.base, self.offset + bases, self.after_stop)
        base = self.base + bases
        return CodingPosition(base + 1 if self.base < 0 <= base else base, 0, self.after_stop)


_CODING_ENDS = {"substitution": "{}>{}", "deletion": "del", "duplication": "dup", "insertion": "ins{1}",
                "delins": "delins{1}", "inversion": "inv", "unchanged": "="}  # fmt: skip


@dataclass(slots=True, unsafe_hash=True)
class CodingChange:
    """One coding change. ``kind``: substitution, deletion, duplication, insertion, delins, inversion or unchanged.

    ``ref`` is empty where the text does not say the reference bases.
    """

    kind: str
    start: CodingPosition
    end: CodingPosition
    ref: str = ""
    alt: str = ""

    @property
    def text(self) -> str:
        """The canonical text."""
        start = self.start
        if start is self.end and self.kind == "substitution":
            return f"c.{start}{self.ref}>{self.alt}"
        where = f"c.{self.start}" + (f"_{self.end}" if self.end != self.start else "")
        return where + _CODING_ENDS[self.kind].format(self.ref, self.alt)


def parse_coding(text: str) -> CodingChange:
    """Read a coding change. Raises ValueError with a remedy."""
    return canonical_coding_substitution(text) or _parse_coding(text)


def canonical_coding_substitution(text: str) -> CodingChange | None:
    """The commonest coding change, ``c.1799T>A``; None for every other text."""
    found = _PLAIN_SUBSTITUTION.fullmatch(text)
    if found is None:
        return None
    base, ref, alt = found.groups()
    if ref == alt:
        return None
    at = CodingPosition(int(base))
    return CodingChange("substitution", at, at, ref, alt)


@lru_cache(maxsize=100_000)
def _parse_coding(text: str) -> CodingChange:
    body = re.sub("[acgtn](?=[ACGTNacgtn]*(?:>|$|ins|=))", lambda m: m.group().upper(), _body(text, "c"))
    found = _CODING.fullmatch(body)
    if found is None:
        raise _unreadable(text, "this is not a coding change", _CODING_REMEDY)
    start = _position(text, *found.group(1, 2, 3))
    end = _position(text, *found.group(4, 5, 6)) if found[5] else start
    span = start.span(end)
    if span is not None and span < 1:
        raise _unreadable(text, "the positions descend", _CODING_REMEDY)
    said = found.groupdict()
    ref = said["sub_ref"] or said["del_ref"] or said["del"] or said["dup"] or (said["same"] or "").removesuffix("=")
    if ref and said["sub_ref"] and start == end and len(ref) > 1 and start.offset == 0:
        end, span = start.shifted(len(ref) - 1), len(ref)
    length = int(ref) if ref.isdigit() else len(ref)
    if ref and span is not None and length != span:
        raise _unreadable(text, f"{ref!r} has not the length of the positions", "Leave the listed bases out.")
    ref = "" if ref.isdigit() else ref
    alt = said["sub_alt"] or said["delins_alt"] or said["ins"] or ""
    alt = "N" * int(alt) if alt.isdigit() else alt
    if said["ins"]:
        if start == end or (span is not None and span != 2):
            raise _unreadable(text, "an insertion lies between two neighbours", "Write e.g. c.2310_2311insGGT.")
        return CodingChange("insertion", start, end, "", alt)
    if alt:
        return _trimmed(start, end, ref, alt) if ref and span else CodingChange("delins", start, end, ref, alt)
    kind = "unchanged" if said["same"] else "inversion" if said["inv"] else None
    return CodingChange(kind or ("duplication" if said["dup"] is not None else "deletion"), start, end, ref)


def _position(text: str, sign: str | None, base: str, offset: str | None) -> CodingPosition:
    if int(base) == 0:
        raise _unreadable(text, "there is no base 0", _CODING_REMEDY)
    return CodingPosition(-int(base) if sign == "-" else int(base), int(offset or 0), sign == "*")


def _trimmed(start: CodingPosition, end: CodingPosition, ref: str, alt: str) -> CodingChange:
    """``ref`` becomes ``alt``; bases that stay the same at the edges of a replacement are left out."""
    if ref == alt:
        return CodingChange("unchanged", start, end, ref)
    while min(len(ref), len(alt)) > 1 and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while min(len(ref), len(alt)) > 1 and ref[0] == alt[0]:
        ref, alt, start = ref[1:], alt[1:], start.shifted(1)
    kind = "substitution" if len(ref) == len(alt) == 1 else "delins"
    return CodingChange(kind, start, start.shifted(len(ref) - 1), ref, alt)


def normalise_coding(text: str) -> str:
    """``NM_004333.6:c.1799T>A`` -> ``c.1799T>A``; ``c.-125_-124delCCinsTT`` -> ``c.-125_-124delinsTT``."""
    return parse_coding(text).text


def parts_of_coding(text: str, ref: str = "") -> tuple[str, ...]:
    """The single substitutions inside a multi-nucleotide change, 5' to 3'; bases that stay are left out.

    ``ref``: the reference bases, where the text does not say them. Empty where the change is no replacement of bases
    by as many others, where its bases are not known, or where it runs over a splice site.
    """
    change = parse_coding(text)
    ref = (change.ref or ref).upper()
    span = change.start.span(change.end)
    if change.kind not in ("substitution", "delins") or not span == len(ref) == len(change.alt):
        return ()
    pairs = enumerate(zip(ref, change.alt, strict=True))
    return tuple(f"c.{change.start.shifted(i)}{old}>{new}" for i, (old, new) in pairs if old != new)
