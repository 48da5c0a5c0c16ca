"""Gene models: the one reported transcript of each gene, read from a GTF, and its coordinates.

Coordinates are 0-based half-open (``start0``, ``end0``); codons, exons and coding positions (``c.N``) count from 1.
"""

from __future__ import annotations

import gzip
import re
import zlib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from Bio.Seq import Seq

from tierline.problems import InputError, Problem
from tierline.records import GeneModel, TranscriptChoice
from tierline.tables import read_rows

Interval = tuple[int, int]
Fetch = Callable[[str, int, int], str]
"""``fetch(chrom, start0, end0)`` gives the plus-strand sequence: pysam's ``FastaFile.fetch``."""

MARKS = {"MANE_Select": "MANE Select", "MANE Select": "MANE Select", "Ensembl_canonical": "none"}
"""Tags by which an annotation says which transcript of a gene to report, best first, and the MANE status of each."""
READ_UP_TO = 1 << 24  # bytes; a larger annotation takes longer to read than a check may
LOOKED_AT = 1 << 22  # bytes of text in which an annotation that marks transcripts has marked one

_POSITION = re.compile(r"[0-9]{1,10}")  # more digits than any contig has bases are none
_GENE_ID = re.compile(r'\bgene_id "?([^";]+)')
_TRANSCRIPT_ID = re.compile(r'\btranscript_id "?([^";.]+)')  # without its version
_ATTRIBUTE = re.compile(r'(\w+) "?([^";]*)"?')
_MARK = re.compile(rf'\btag "({"|".join(MARKS)})"')


@dataclass(frozen=True, slots=True)
class Transcript:
    """One transcript with a coding sequence.

    ``exons`` and ``cds`` stand in transcript order (on the minus strand the highest coordinates come first);
    ``cds`` includes the stop codon. ``strand`` is +1 or -1. ``transcript`` carries its version where the GTF has it.
    """

    gene: str
    transcript: str
    chrom: str
    strand: int
    exons: tuple[Interval, ...]
    cds: tuple[Interval, ...]

    @property
    def coding_length(self) -> int:
        """Bases of the coding sequence, stop codon included."""
        return sum(end0 - start0 for start0, end0 in self.cds)

    @property
    def protein_length(self) -> int:
        """Amino acids, without the stop."""
        return self.coding_length // 3 - 1

    @property
    def coding_start0(self) -> int:
        """Genomic position of c.1."""
        return _offset0(self.cds, self.strand, 0)

    def coding_position0(self, c: int) -> int:
        """Genomic position of c.``c``.

        Negative positions walk back through the 5' untranslated exons and, where these end, on into the sequence
        upstream of the transcript (promoters). ValueError for c.0 and beyond the stop codon.
        """
        if c == 0 or c > self.coding_length:
            raise ValueError(f"{self.gene} has no c.{c}: its coding sequence has {self.coding_length} bases")
        if c > 0:
            return _offset0(self.cds, self.strand, c - 1)
        offset = self._exonic_offset(self.coding_start0) + c
        if offset >= 0:
            return _offset0(self.exons, self.strand, offset)
        return _offset0(self.exons, self.strand, 0) + self.strand * offset

    def codon_intervals(self, codon: int) -> tuple[Interval, ...]:
        """The genomic bases of a codon, ascending: two or three intervals where introns split it.

        ValueError outside 1..protein_length.
        """
        if not 1 <= codon <= self.protein_length:
            raise ValueError(f"codon {codon} lies outside the {self.protein_length} amino acids of {self.gene}")
        return _joined((p, p + 1) for p in (self.coding_position0(3 * codon - i) for i in range(3)))

    def exon_interval(self, exon: int) -> Interval:
        """The whole exon, untranslated parts included. ValueError where the transcript has no such exon."""
        if not 1 <= exon <= len(self.exons):
            raise ValueError(f"exon {exon} does not exist: {self.gene} has {len(self.exons)} exons")
        return self.exons[exon - 1]

    def exon_coding_interval(self, exon: int) -> Interval | None:
        """The coding part of an exon, stop codon included; None where the exon is untranslated."""
        start0, end0 = self.exon_interval(exon)
        return next(((s, e) for s, e in self.cds if start0 <= s and e <= end0), None)

    def exon_of_codon(self, codon: int) -> int:
        """The exon that holds the first base of a codon."""
        if not 1 <= codon <= self.protein_length:
            raise ValueError(f"codon {codon} lies outside the {self.protein_length} amino acids of {self.gene}")
        first = self.coding_position0(3 * codon - 2)
        return next(n for n, (start0, end0) in enumerate(self.exons, 1) if start0 <= first < end0)

    def splice_intervals(self, exon: int, flank: int = 2) -> tuple[Interval, ...]:
        """The first and last ``flank`` intronic bases beside an exon, ascending; none at the transcript's two ends."""
        start0, end0 = self.exon_interval(exon)
        before, after = (start0 - flank, start0), (end0, end0 + flank)
        acceptor, donor = (before, after) if self.strand > 0 else (after, before)
        sites = ([acceptor] if exon > 1 else []) + ([donor] if exon < len(self.exons) else [])
        return tuple(sorted(sites))

    def coding_sequence(self, fetch: Fetch) -> str:
        """The coding sequence in transcript orientation, upper case, stop codon included."""
        plus = "".join(fetch(self.chrom, start0, end0) for start0, end0 in sorted(self.cds)).upper()
        return plus if self.strand > 0 else str(Seq(plus).reverse_complement())

    def protein(self, fetch: Fetch) -> str:
        """The protein in one-letter code without its final stop; X where the genome has an N."""
        coding = self.coding_sequence(fetch)
        return str(Seq(coding[: len(coding) // 3 * 3]).translate()).removesuffix("*")

    def _exonic_offset(self, position0: int) -> int:
        """0-based offset in the spliced transcript of an exonic genomic position."""
        before = 0
        for start0, end0 in self.exons:
            if start0 <= position0 < end0:
                return before + (position0 - start0 if self.strand > 0 else end0 - 1 - position0)
            before += end0 - start0
        raise ValueError(f"position {position0} lies in no exon of {self.transcript}")


def _offset0(blocks: Iterable[Interval], strand: int, offset: int) -> int:
    """Genomic position ``offset`` bases into blocks that stand in transcript order."""
    for start0, end0 in blocks:
        if offset < end0 - start0:
            return start0 + offset if strand > 0 else end0 - 1 - offset
        offset -= end0 - start0
    raise ValueError(f"{offset} bases beyond the last block")


def _joined(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Ascending intervals, touching and overlapping ones joined."""
    joined: list[Interval] = []
    for start0, end0 in sorted(intervals):
        if joined and start0 <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end0, joined[-1][1]))
        else:
            joined.append((start0, end0))
    return tuple(joined)


def base_id(transcript: str) -> str:
    """A transcript id without its version: ``ENST00000646891.2`` -> ``ENST00000646891``."""
    return transcript.partition(".")[0]


def load_transcripts(path: str | Path) -> dict[str, TranscriptChoice]:
    """The reported transcript of each gene, from a ``transcripts.tsv``. InputError where a gene stands twice."""
    choices: dict[str, TranscriptChoice] = {}
    problems = []
    for choice in read_rows(path, TranscriptChoice):
        if choice.gene in choices:
            problems.append(
                Problem(str(path), None, "gene", choice.gene, "the gene stands twice", "Keep one transcript a gene.")
            )
        choices[choice.gene] = choice
    if problems:
        raise InputError(problems)
    return choices


def marks_transcripts(gtf: str | Path) -> bool:
    """Whether an annotation marks the transcript to report (``MARKS``); looks at its beginning only."""
    with (gzip.open if str(gtf).endswith(".gz") else open)(gtf, "rt", encoding="utf-8") as handle:
        return _MARK.search(handle.read(LOOKED_AT)) is not None


def marked_transcripts(gtf: str | Path, genes: Collection[str] | None) -> dict[str, TranscriptChoice]:
    """The transcript that the annotation itself marks for each of ``genes``; None: for every protein-coding gene.

    MANE Select where the annotation has it, else Ensembl's canonical one; the first in the file where a symbol has two.
    """
    found: dict[str, tuple[int, TranscriptChoice]] = {}
    for line in _raw_lines(gtf):
        marks = _MARK.findall(line) if "MANE" in line or "canonical" in line else ()
        if marks and len(cells := line.split("\t")) == 9 and cells[2] == "CDS":
            mark = min(marks, key=list(MARKS).index)  # MANE Select lines carry Ensembl's tag as well
            attributes = dict(_ATTRIBUTE.findall(cells[8]))
            gene = _symbol(attributes)
            rank = list(MARKS).index(mark)
            wanted = _codes(attributes) if genes is None else gene in genes
            if wanted and (gene not in found or rank < found[gene][0]):
                source = f"annotation: {mark.replace('_', ' ')}"
                found[gene] = rank, TranscriptChoice(gene, _versioned(attributes), "", MARKS[mark], 0, (), source)
    return {gene: choice for gene, (_, choice) in found.items()}


def choices_at_hand(
    table: Mapping[str, TranscriptChoice], gtf: Path, build: str
) -> tuple[dict[str, TranscriptChoice], bool]:
    """What can be known in a second of the reported transcripts: those of the table and those that a small annotation
    marks; and whether one that is large, or not here yet, may mark those of further genes."""
    try:
        if not gtf.is_file():
            return dict(table), build == "GRCh38"  # MANE exists for it alone
        if gtf.stat().st_size > READ_UP_TO:
            return dict(table), marks_transcripts(gtf)
        return marked_transcripts(gtf, None) | dict(table), False
    except (OSError, EOFError, UnicodeDecodeError, zlib.error):  # which is told where the annotation is checked
        return dict(table), False


def longest_transcripts(gtf: str | Path) -> dict[str, TranscriptChoice]:
    """For every protein-coding gene the transcript with the longest coding sequence, of those in CCDS where there are any.

    For annotations that mark none: a rule that reads, not one that a clinical numbering follows. Of two as long, the
    one whose id comes first.
    """
    lengths: dict[tuple[str, str], int] = defaultdict(int)
    ccds: set[tuple[str, str]] = set()
    for line in _raw_lines(gtf):
        if len(cells := line.split("\t")) == 9 and cells[2] == "CDS":
            attributes = dict(_ATTRIBUTE.findall(cells[8]))
            if _codes(attributes):
                key = _symbol(attributes), _versioned(attributes)
                lengths[key] += int(cells[4]) - int(cells[3]) + 1
                if 'tag "CCDS"' in cells[8]:
                    ccds.add(key)
    best: dict[str, tuple[bool, int, str]] = {}
    for (gene, transcript), length in lengths.items():
        rank = ((gene, transcript) not in ccds, -length, transcript)
        best[gene] = min(best.get(gene, rank), rank)
    source = "annotation: longest coding sequence"
    return {gene: TranscriptChoice(gene, rank[2], "", "none", 0, (), source) for gene, rank in best.items()}


def panel_models(
    gtf: str | Path, table: Mapping[str, TranscriptChoice], genes: Iterable[str], *, every_gene: bool = False
) -> tuple[dict[str, TranscriptChoice], dict[str, Transcript], list[str]]:
    """Choices and models of the genes of a panel, and what a user should know of them (see ``load_gene_models``).

    The table says in which transcript a gene is reported; for a gene that it lacks, the annotation's own mark. Where the
    table leaves an Ensembl id open and the annotation has no mark, the longest coding sequence is read. Raises
    InputError with every gene for which nothing says it. ``every_gene`` adds all other protein-coding genes of the
    annotation; where it marks none, the longest coding sequence stands for them.
    """
    named = set(genes)
    left_open = {gene for gene, row in table.items() if not row.transcript}
    unlisted = named - table.keys() | named & left_open
    found = marked_transcripts(gtf, None if every_gene else unlisted) if unlisted or every_gene else {}
    if every_gene and not found:
        found = longest_transcripts(gtf)
    elif named & left_open - found.keys():
        longest = longest_transcripts(gtf)
        found |= {gene: longest[gene] for gene in left_open & longest.keys() if longest[gene].transcript.startswith("ENST")}
    wanted = named | found.keys() if every_gene else named
    settled = {gene: row for gene, row in table.items() if gene not in left_open or gene not in found}
    choices = {gene: settled.get(gene) or found[gene] for gene in sorted(wanted) if gene in settled or gene in found}
    unknown = sorted(named - choices.keys())
    if unknown:
        what = f"neither the table of transcripts nor the annotation names the reported transcript of {', '.join(unknown)}"
        raise InputError(
            [Problem(str(gtf), None, "", "", what, "Check the symbols, or add the genes to a table of your own and name it "
                     "as reference.transcripts in the config.")]
        )  # fmt: skip
    models, messages = load_gene_models(gtf, choices)
    told = [
        f"{gene}: reported in {choice.transcript} ({choice.source})"
        for gene, choice in sorted(choices.items())
        if gene in unlisted and choice.transcript
    ]
    return choices, models, [*messages, *told]


def model_rows(choices: Mapping[str, TranscriptChoice], models: Mapping[str, Transcript]) -> list[GeneModel]:
    """Choices and models of genes as rows, by gene; ``protein_length`` is the model's, where there is one."""
    rows = []
    for gene, choice in sorted(choices.items()):
        model, said = models.get(gene), asdict(choice)
        if model is None:
            rows.append(GeneModel(**said, annotated="", chrom="", strand="", exons=(), cds=()))
            continue
        said["protein_length"] = model.protein_length
        strand = "+" if model.strand > 0 else "-"
        rows.append(GeneModel(**said, annotated=model.transcript, chrom=model.chrom, strand=strand,
                              exons=model.exons, cds=model.cds))  # fmt: skip
    return rows


def from_model_rows(rows: Iterable[GeneModel]) -> tuple[dict[str, TranscriptChoice], dict[str, Transcript]]:
    """What ``model_rows`` was made from: choices and models, by gene."""
    choices, models = {}, {}
    for row in rows:
        choices[row.gene] = TranscriptChoice(
            row.gene, row.transcript, row.refseq, row.mane_status, row.protein_length, row.aliases, row.source
        )
        if row.annotated:
            strand = 1 if row.strand == "+" else -1
            models[row.gene] = Transcript(row.gene, row.annotated, row.chrom, strand, row.exons, row.cds)
    return choices, models


@dataclass(slots=True)
class _Parts:
    """What the lines of one transcript have said so far."""

    symbol: str
    transcript: str
    chrom: str
    strand: int
    exons: list[Interval] = field(default_factory=list)
    coding: list[Interval] = field(default_factory=list)


def load_gene_models(gtf: str | Path, choices: Mapping[str, TranscriptChoice]) -> tuple[dict[str, Transcript], list[str]]:
    """Read the chosen transcripts from a GTF of Ensembl, GENCODE or RefSeq, plain or gzipped.

    Transcripts are found by id without version, by the Ensembl or the RefSeq id of their choice. Returns the models by
    gene, and what a user should know: genes that are absent, versions or symbols that differ, coding sequences that are
    broken (these give no model). Raises InputError where the file cannot be read as a GTF, and where it has a gene but
    not the transcript chosen for it: calls would be named after another one, while its loci were said not to be covered.
    """
    wanted = {base_id(i): gene for gene, c in choices.items() for i in (c.refseq, c.transcript) if i}
    found: dict[str, _Parts] = {}
    symbols: set[str] = set()
    messages: list[str] = []
    passed_over = ""  # the transcript of the line before, where nobody asked for it
    for chrom, feature, interval, strand, text in _gtf_lines(gtf):
        match = _TRANSCRIPT_ID.search(text)
        identity = match[1] if match else ""
        if identity and identity == passed_over:
            continue
        attributes = dict(_ATTRIBUTE.findall(text))
        symbol = _symbol(attributes)
        symbols.add(symbol)
        gene = wanted.get(identity)
        if gene is None:
            passed_over = identity
            continue
        transcript = _versioned(attributes)
        parts = found.setdefault(gene, _Parts(symbol, transcript, chrom, strand))
        if (parts.transcript, parts.chrom) != (transcript, chrom):
            note = f"{gene}: {transcript} on {chrom} is not used, {parts.transcript} on {parts.chrom} came first"
            if note not in messages:
                messages.append(note)
        elif feature == "exon":
            parts.exons.append(interval)
        elif feature in ("CDS", "stop_codon"):
            parts.coding.append(interval)

    foreign = [f"{gene} ({choice.transcript})" for gene, choice in choices.items() if gene in symbols - found.keys()]
    if foreign:
        named = ", ".join(foreign[:5]) + (f" and {len(foreign) - 5} more" if len(foreign) > 5 else "")
        remedy = "Name a table of this annotation's transcripts as reference.transcripts in the config."
        what = f"the annotation has these genes, but not the transcripts in which they are reported: {named}"
        raise InputError([Problem(str(gtf), None, "", "", what, remedy)])
    models: dict[str, Transcript] = {}
    for gene, choice in choices.items():
        if gene not in found:
            messages.append(f"{gene}: the gene is not in the annotation")
            continue
        parts = found[gene]
        if parts.symbol != gene:
            messages.append(f"{gene}: the annotation calls the gene of {parts.transcript} {parts.symbol}")
        for chosen in (choice.transcript, choice.refseq):
            versions = "." in chosen and "." in parts.transcript
            if versions and base_id(chosen) == base_id(parts.transcript) and chosen != parts.transcript:
                messages.append(f"{gene}: the annotation has {parts.transcript}, the table {chosen}")
        order = -1 if parts.strand < 0 else 1
        model = Transcript(
            gene=gene,
            transcript=parts.transcript,
            chrom=parts.chrom,
            strand=parts.strand,
            exons=_joined(parts.exons)[::order],
            cds=_joined(parts.coding)[::order],
        )
        if not model.cds or model.coding_length % 3 or any(_within(c, model.exons) is None for c in model.cds):
            messages.append(f"{gene}: {parts.transcript} has no whole coding sequence in the annotation")
            continue
        if choice.protein_length and model.protein_length != choice.protein_length:
            messages.append(
                f"{gene}: {parts.transcript} codes for {model.protein_length} amino acids in the annotation, "
                f"the table says {choice.protein_length}"
            )
        models[gene] = model
    return models, messages


def _symbol(attributes: Mapping[str, str]) -> str:
    return attributes.get("gene_name") or attributes.get("gene") or attributes.get("gene_id", "")


def _codes(attributes: Mapping[str, str]) -> bool:
    """Whether the gene of a line codes for a protein; where the annotation does not say so, a coding sequence does."""
    return (attributes.get("gene_type") or attributes.get("gene_biotype") or "protein_coding") == "protein_coding"


def _versioned(attributes: Mapping[str, str]) -> str:
    """The transcript's id with its version, where the annotation has one."""
    transcript = attributes.get("transcript_id", "")
    if "." not in transcript and attributes.get("transcript_version"):
        transcript += "." + attributes["transcript_version"]
    return transcript


def _within(interval: Interval, blocks: Iterable[Interval]) -> Interval | None:
    return next(((s, e) for s, e in blocks if s <= interval[0] and interval[1] <= e), None)


def _gtf_lines(path: str | Path) -> Iterator[tuple[str, str, Interval, int, str]]:
    """Contig, feature, interval, strand and attributes of the gene, exon, CDS and stop codon lines."""
    opener = gzip.open if str(path).endswith(".gz") else open
    try:
        with opener(path, "rt", encoding="utf-8") as handle:
            for number, line in enumerate(handle, 1):
                cells = line.rstrip("\n").split("\t")
                if line.startswith("#") or not line.strip():
                    continue
                if len(cells) != 9 or not all(_POSITION.fullmatch(cell) for cell in cells[3:5]):
                    raise InputError(
                        [Problem(str(path), number, "", line[:60].strip(), "the line is not GTF",
                                 "Give nine columns separated by tabs, with whole numbers as start and end.")]
                    )  # fmt: skip
                if cells[2] in ("gene", "exon", "CDS", "stop_codon"):
                    interval = (int(cells[3]) - 1, int(cells[4]))
                    yield cells[0], cells[2], interval, -1 if cells[6] == "-" else 1, cells[8]
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise InputError(
            [Problem(str(path), None, "", "", f"the annotation cannot be read: {error}",
                     "Give a GTF, plain or compressed with gzip.")]
        ) from error  # fmt: skip


def lines_of_genes_near(gtf: str | Path, targets: Iterable[tuple[str, int, int]], margin: int) -> Iterator[str]:
    """The lines of a GTF, plain or gzipped, of all genes within ``margin`` bases of a target; comments are left out.

    ``targets`` are 0-based half-open. A gene is everything with one gene_id on one contig, kept or left out as a whole;
    lines without a gene_id are kept. What lies further from every target than an annotator looks cannot change its answer.
    """
    extents: dict[tuple[str, str], Interval] = {}
    for line in _raw_lines(gtf):
        key, (start0, end0) = _gene_of(line)
        known = extents.get(key, (start0, end0))
        extents[key] = (min(known[0], start0), max(known[1], end0))
    near = _joined_by_contig((chrom, start0 - margin, end0 + margin) for chrom, start0, end0 in targets)
    kept = {key for key, extent in extents.items() if key[1] == "" or _touches(extent, near.get(key[0], ()))}
    return (line for line in _raw_lines(gtf) if _gene_of(line)[0] in kept)


def _joined_by_contig(targets: Iterable[tuple[str, int, int]]) -> dict[str, tuple[Interval, ...]]:
    by_contig: dict[str, list[Interval]] = {}
    for chrom, start0, end0 in targets:
        by_contig.setdefault(chrom, []).append((start0, end0))
    return {chrom: _joined(intervals) for chrom, intervals in by_contig.items()}


def _touches(extent: Interval, blocks: tuple[Interval, ...]) -> bool:
    """Whether an interval shares a base with one of the ascending, disjoint blocks."""
    first = bisect_right(blocks, extent[0], key=lambda block: block[1])  # the first block that ends beyond its start
    return first < len(blocks) and blocks[first][0] < extent[1]


def _raw_lines(gtf: str | Path) -> Iterator[str]:
    with (gzip.open if str(gtf).endswith(".gz") else open)(gtf, "rt", encoding="utf-8") as handle:
        yield from (line for line in handle if line.strip() and not line.startswith("#"))


def _gene_of(line: str) -> tuple[tuple[str, str], Interval]:
    """Contig and gene_id of a GTF line, and its interval."""
    cells = line.split("\t", 8)
    gene = _GENE_ID.search(cells[8])
    return (cells[0], gene[1] if gene else ""), (int(cells[3]) - 1, int(cells[4]))
