"""Names a change from the sequence: the coding and the protein change of one allele on one transcript.

What is reported follows from the genome and the gene model, whatever an annotator writes: the 3' rule in the
transcript's direction, ``dup`` before ``ins``, ``delins`` for all that is neither (also for an inversion, and for bases
that stay between two that change: an allele is one change). The 3' rule is applied on the genome:
it shifts from an exon into its intron and never over an intron into the next exon. Positions go on beyond the
transcript's ends, where HGVS stops: promoter hotspots are named so (TERT c.-124C>T). A protein change is named where
the change lies within one exon; over a splice site the sequence does not tell it.

Source: HGVS Nomenclature, https://github.com/HGVSnomenclature/hgvs-nomenclature, docs/recommendations: DNA/deletion.md
(exon/exon, exon/intron, intron/exon), protein/extension.md, frameshift.md, insertion.md, deletion.md, delins.md (which of
them a change at the stop is), read at commits 016d0a15, 08b0c08e and 03ca2b49.

Inside, a *place* runs with the transcript: on the plus strand the 0-based genomic position, on the minus strand its
mirror -1 - position. Ascending is always 5' to 3', intervals are half-open, and no rule asks for the strand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from Bio.Data.IUPACData import protein_letters_1to3
from Bio.Seq import reverse_complement, translate

from tierline.annotation import Fetch, Interval, Transcript, base_id
from tierline.hgvs import CodingChange, CodingPosition, ProteinChange, parse_coding, parse_protein
from tierline.records import AnnotatedCall, Effect

STEP = 100  # bases looked at by one step of the 3' rule
START = 3  # bases of the start codon
_THREE = {**protein_letters_1to3, "*": "Ter"}


@dataclass(frozen=True, slots=True)
class Reading:
    """A transcript with its sequence, read once for all alleles on it; see ``read_transcript``."""

    model: Transcript
    fetch: Fetch
    exons: tuple[Interval, ...]  # in places, ascending
    first: int  # bases of the spliced transcript before c.1
    spliced: str  # the spliced transcript, 5' to 3'
    protein: str  # one-letter code with the stop at its end; X where the genome has an N

    def bases(self, start: int, end: int) -> str:
        """The genome between two places, upper case, 5' to 3'; shorter where the contig ends."""
        if self.model.strand > 0:
            return self.fetch(self.model.chrom, max(0, start), max(0, end)).upper()
        return reverse_complement(self.fetch(self.model.chrom, max(0, -end), max(0, -start)).upper())

    def spliced_offset(self, place: int) -> int | None:
        """0-based offset in the spliced transcript; None outside the exons."""
        before = 0
        for start, end in self.exons:
            if start <= place < end:
                return before + place - start
            before += end - start
        return None

    def coding_position(self, place: int) -> CodingPosition:
        """The place as a coding position: in an exon, in an intron counted from the nearer exon, or beyond both ends."""
        before = 0
        for number, (start, end) in enumerate(self.exons):
            if place < start:
                if number == 0:
                    return self._exonic(place - start)
                behind, ahead = place - self.exons[number - 1][1] + 1, start - place
                # the middle of an intron of odd length counts from the exon before it
                return self._exonic(before - 1, behind) if behind <= ahead else self._exonic(before, -ahead)
            if place < end:
                return self._exonic(before + place - start)
            before += end - start
        return self._exonic(before + place - self.exons[-1][1])

    def _exonic(self, offset: int, intronic: int = 0) -> CodingPosition:
        coding = offset - self.first
        if coding < 0:
            return CodingPosition(coding, intronic)
        beyond = coding - self.model.coding_length
        return CodingPosition(beyond + 1, intronic, True) if beyond >= 0 else CodingPosition(coding + 1, intronic)


def read_transcript(model: Transcript, fetch: Fetch) -> Reading:
    """Read a transcript's sequence. ValueError where its coding sequence is not read from a start to one stop."""
    exons = model.exons if model.strand > 0 else tuple((-end0, -start0) for start0, end0 in model.exons)
    reading = Reading(model, fetch, exons, 0, "", "")
    spliced = "".join(reading.bases(start, end) for start, end in exons)
    coding_start = model.coding_start0 if model.strand > 0 else -1 - model.coding_start0
    first = reading.spliced_offset(coding_start) or 0
    protein = translate(spliced[first : first + model.coding_length])
    if protein.find("*") != len(protein) - 1:
        raise ValueError(f"{model.gene}: the coding sequence of {model.transcript} is not read to one stop at its end")
    return replace(reading, first=first, spliced=spliced, protein=protein)


@dataclass(frozen=True, slots=True)
class Naming:
    """What an allele does to a transcript; ``protein`` is None where the sequence does not tell, or nothing is coded."""

    coding: CodingChange
    protein: ProteinChange | None


@dataclass(frozen=True, slots=True)
class _Change:
    """The bases between two places, ``ref``, become ``alt``; either may be empty. Nothing is shared at the edges."""

    start: int
    end: int
    ref: str
    alt: str


def name_change(reading: Reading, pos1: int, ref: str, alt: str) -> Naming:
    """Name one allele of a VCF on a transcript of the same contig.

    ``pos1`` is 1-based on the plus strand. ValueError where ``ref`` is not what the genome holds.
    """
    change = _shifted(reading, _oriented(reading, pos1, ref.upper(), alt.upper()))
    return Naming(_coding(reading, change), _protein(reading, change))


def _oriented(reading: Reading, pos1: int, ref: str, alt: str) -> _Change:
    """The allele in the transcript's direction, bases that stay the same taken off its edges."""
    start, end = pos1 - 1, pos1 - 1 + len(ref)
    if reading.model.strand < 0:
        start, end, ref, alt = -end, -start, reverse_complement(ref), reverse_complement(alt)
    held = reading.bases(start, end)
    if held != ref:
        raise ValueError(f"{reading.model.chrom}:{pos1} holds {held}, not {ref} (in the direction of the transcript)")
    if ref == alt:
        return _Change(start, end, ref, alt)
    ahead = _shared(ref, alt)
    ref, alt, start = ref[ahead:], alt[ahead:], start + ahead
    behind = _shared(ref[::-1], alt[::-1])
    return _Change(start, end - behind, ref[: len(ref) - behind], alt[: len(alt) - behind])


def _shared(one: str, other: str) -> int:
    """How many letters two texts share from their beginning."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _shifted(reading: Reading, change: _Change) -> _Change:
    """The 3' rule: a deletion or an insertion moved as far 3' as the genome lets it."""
    unit = change.ref or change.alt
    if change.ref and change.alt:
        return change
    by, ahead = 0, ""
    while True:
        if by == len(ahead):
            ahead += reading.bases(change.end + by, change.end + by + STEP)
        if by == len(ahead) or ahead[by] != unit[by % len(unit)]:
            break
        by += 1
    turn = by % len(unit)
    unit = unit[turn:] + unit[:turn]
    ref, alt = (unit, "") if change.ref else ("", unit)
    return _Change(change.start + by, change.end + by, ref, alt)


def _copied(reading: Reading, change: _Change) -> bool:
    """Whether an insertion repeats the bases before it: a duplication."""
    return not change.ref and reading.bases(change.start - len(change.alt), change.start) == change.alt


def _coding(reading: Reading, change: _Change) -> CodingChange:
    start, end, ref, alt = change.start, change.end, change.ref, change.alt
    if not ref and not _copied(reading, change):
        return CodingChange("insertion", reading.coding_position(start - 1), reading.coding_position(start), "", alt)
    if not ref:
        start, kind = start - len(alt), "duplication"
    elif not alt:
        kind = "deletion"
    elif ref == alt:
        kind = "unchanged"
    else:
        kind = "substitution" if len(ref) == len(alt) == 1 else "delins"
    said = (ref, alt) if kind in ("substitution", "delins") else ("", "")
    return CodingChange(kind, reading.coding_position(start), reading.coding_position(end - 1), *said)


# --------------------------------------------------------------------------- the protein


def _span(reading: Reading, change: _Change) -> Interval | None:
    """The changed bases as an interval of the spliced transcript; None where they do not lie within one exon.

    An insertion lies within an exon where both its neighbours do, or where it copies the exon's last bases, whose splice
    site it leaves as it was.
    """
    first, last = (change.start, change.end - 1) if change.ref else (change.start - 1, change.start)
    begins, ends = reading.spliced_offset(first), reading.spliced_offset(last)
    if begins is not None and ends is not None and ends - begins == last - first:
        return (begins, ends + 1) if change.ref else (ends, ends)
    if begins is not None and not change.ref and _copied(reading, change):
        copied = reading.spliced_offset(change.start - len(change.alt))
        if copied is not None and begins - copied == len(change.alt) - 1:
            return begins + 1, begins + 1
    return None


def _protein(reading: Reading, change: _Change) -> ProteinChange | None:
    span = _span(reading, change)
    if span is None:
        return None
    start, end = (offset - reading.first for offset in span)  # from c.1 on, 0-based
    if end <= 0 or start >= reading.model.coding_length:
        return None
    before, after = reading.spliced[: span[0]] + change.alt, reading.spliced[span[1] :]
    if start < START:
        coding = reading.spliced[reading.first :]
        if (before + after).endswith(coding):
            return ProteinChange("unchanged")  # bases of the start codon that those before it make up for
        if start < 0 or (before + after)[reading.first :][:START] != coding[:START]:
            return ProteinChange("start_loss", 1, 1, "Met", "Met")
    codon, behind = max(start, 0) // 3, -(-end // 3)
    in_frame = (len(change.alt) - len(change.ref)) % 3 == 0
    keeps_stop = in_frame and behind < len(reading.protein)
    upstream = before[reading.first + 3 * codon :]
    if keeps_stop:
        window = translate(upstream + after[: 3 * behind - end])
        new = _to_stop(window if "*" in window else window + reading.protein[behind:])
    else:
        window, tail = "", upstream + after
        new = _to_stop(translate(tail[: len(tail) // 3 * 3]))
    return _described(reading.protein, codon, behind, new, in_frame, keeps_stop, window)


def _to_stop(residues: str) -> str:
    """Residues up to and with the first stop."""
    found = residues.partition("*")
    return found[0] + found[1]


def _described(
    protein: str, codon: int, behind: int, new: str, in_frame: bool, keeps_stop: bool, window: str
) -> ProteinChange | None:
    """The change of a protein that reads ``new`` from ``codon`` (0-based) on; codons before ``behind`` are touched.

    ``keeps_stop``: beyond ``behind`` all is as it was, and ``window`` is what the touched codons read now.
    None where a residue is not known (N in the genome).
    """
    old = protein[codon:]
    if new == old:
        return _change("synonymous", protein, codon, min(max(codon + 1, behind), len(protein)))
    same = _shared(old, new)
    at, old, new = codon + same, old[same:], new[same:]
    stop = new.find("*")
    stops_inside = "*" in window
    if stop == 0 and (stops_inside or not keeps_stop):
        return _change("nonsense", protein, at, at + 1)
    if not new or "X" in (old[0], new[0]):
        return None
    known = stop if "X" not in new[: stop + 1] else -1  # a codon with an N may be the stop
    if old[0] == "*":  # whatever was changed: an extension goes before frame shift and insertion
        found = _change("extension", protein, at, at + 1, new[0])
        return found and replace(found, stop=max(known, 0))
    if not in_frame or not keeps_stop:  # HGVS: so also where the stop is lost together with residues before it
        found = _change("frameshift", protein, at, at + 1)
        return found and replace(found, shifted=_THREE[new[0]], stop=known + 1)
    if stops_inside:  # residues that follow a new stop as they did before are not removed
        left, made = protein[at:behind], window[same:]
        removed = len(left) - _shared(left[::-1], made[::-1])
    else:
        shared = _shared(old[::-1], new[::-1])
        removed, new = len(old) - shared, new[: len(new) - shared]
    end = at + removed
    if not new:
        return _change("deletion", protein, at, end)
    if removed:
        return _change("missense" if removed == len(new) == 1 else "delins", protein, at, end, new)
    if protein[at - len(new) : at] == new:
        return _change("duplication", protein, at - len(new), at)
    return _change("insertion", protein, at - 1, at + 1, new)


def _change(kind: str, protein: str, start: int, end: int, new: str = "") -> ProteinChange | None:
    """A change of the residues from ``start`` to ``end``, 0-based half-open; None where one of them is not known."""
    if "X" in protein[start] + protein[end - 1] + new:
        return None
    first, last = _THREE[protein[start]], _THREE[protein[end - 1]]
    return ProteinChange(kind, start + 1, end, first, last, tuple(_THREE[residue] for residue in new))


# --------------------------------------------------------------------------- in place of the annotator's


class Readings(Mapping[str, Reading]):
    """Transcripts with their sequence by id without version, each read when it is first asked for.

    What cannot be read is not there, and stands in ``messages``: the annotator's notation stands.
    """

    def __init__(self, models: Iterable[Transcript], fetch: Fetch) -> None:
        self._models = {base_id(model.transcript): model for model in models}
        self._read: dict[str, Reading | None] = {}
        self._fetch = fetch
        self.messages: list[str] = []

    def __getitem__(self, transcript: str) -> Reading:
        if transcript not in self._read:
            try:
                self._read[transcript] = read_transcript(self._models[transcript], self._fetch)
            except ValueError as error:
                self._read[transcript] = None
                self.messages.append(f"{error}: the annotator's notation stands")
        if (reading := self._read[transcript]) is None:
            raise KeyError(transcript)
        return reading

    def __iter__(self) -> Iterator[str]:
        return iter(self._models)

    def __len__(self) -> int:
        return len(self._models)


def rename(call: AnnotatedCall, readings: Mapping[str, Reading]) -> AnnotatedCall:
    """The call with our own notation on every transcript of ``readings`` (by id without version).

    Where the annotator's protein change means another, its text stays beside ours, in ``Effect.annotator``.
    """
    return replace(call, effects=tuple(_renamed(call, effect, readings) for effect in call.effects))


def _renamed(call: AnnotatedCall, effect: Effect, readings: Mapping[str, Reading]) -> Effect:
    reading = readings.get(base_id(effect.transcript))
    if reading is None or reading.model.chrom != call.chrom:
        return effect
    naming = name_change(reading, call.pos1, call.ref, call.alt)
    protein = naming.protein.reported if naming.protein else ""
    other = "" if _same_meaning(protein, effect.hgvsp) else effect.hgvsp or "none"
    return replace(effect, hgvsc=naming.coding.text, hgvsp=protein, annotator=other)


def _same_meaning(one: str, other: str) -> bool:
    """Whether two protein changes are the same, or both cut the protein short, whatever words are chosen for it."""
    if same_protein(one, other):
        return True
    try:
        return all(text and parse_protein(text).is_truncating for text in (one, other))
    except ValueError:
        return False


def same_protein(one: str, other: str) -> bool:
    """Whether two texts mean one protein change; none, unknown (``p.?``) and unchanged (``p.=``) say the same: nothing."""
    if one == other:
        return True
    try:
        changes = [parse_protein(text or "p.?") for text in (one, other)]
    except ValueError:
        return False
    silent = [change.kind in ("unknown", "unchanged") for change in changes]
    return all(silent) or (not any(silent) and changes[0].same_as(changes[1]))


def same_coding(one: str, other: str) -> bool:
    """Whether two texts mean one coding change."""
    try:
        return parse_coding(one).text == parse_coding(other).text
    except ValueError:
        return one == other


@dataclass(slots=True)
class Agreement:
    """How often the annotator writes what we do, for the log."""

    compared: int = 0
    coding: int = 0  # of these, with the same coding change
    protein: int = 0  # of these, with the same protein change

    def note(self, said: AnnotatedCall, renamed: AnnotatedCall) -> None:
        """Count the effects that ``rename`` took in hand."""
        for theirs, ours in zip(said.effects, renamed.effects, strict=True):
            if theirs is not ours:
                self.compared += 1
                self.coding += same_coding(ours.hgvsc, theirs.hgvsc)
                self.protein += same_protein(ours.hgvsp, theirs.hgvsp)

    def __str__(self) -> str:
        return (
            f"notation: {self.compared} effects named from the sequence; the annotator's coding change is another for "
            f"{self.compared - self.coding}, its protein change for {self.compared - self.protein}"
        )
