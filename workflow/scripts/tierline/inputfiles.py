"""Checks of a user's files that read only their first and last blocks and their headers.

Every ``check_*`` returns the problems it found, each at the ``Cell`` that named the file; none raises for a user's
fault.
Small files (``SMALL``) are read whole.
"""

from __future__ import annotations

import gzip
import os
import re
import struct
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pysam

from tierline.problems import Problem

HEAD = 1 << 16  # bytes (uncompressed) looked at where a file is not read whole
SMALL = 1 << 22  # bytes on disk up to which a file is read whole
RECORDS = 1000  # FASTQ records looked at
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
BGZF_EOF = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")  # SAM specification, 4.1.2
CRAM_EOF = bytes.fromhex(  # CRAM specification, version 3: the container that ends a file
    "0f000000ffffffff0fe0454f4600000000010005bdd94f0001000606010001000100ee63014b"
)
POSITION = re.compile(r"[0-9]{1,10}")  # more digits than any contig has bases are no position
CUT_SHORT = "the file is cut short"
COPY_AGAIN = "Copy or download it again and compare sizes and checksums."

pysam.set_verbosity(0)  # what htslib has to say is said by the problems


@dataclass(frozen=True, slots=True)
class Cell:
    """A place in the user's input. ``row`` is the 1-based line of ``file``; None where the whole file is meant."""

    file: str
    row: int | None
    column: str
    value: str

    def problem(self, message: str, remedy: str) -> Problem:
        return Problem(self.file, self.row, self.column, self.value, message, remedy)


# --------------------------------------------------------------------------- any file


def check_file(path: Path, cell: Cell) -> list[Problem]:
    """That ``path`` is a file which can be read and is not empty."""
    try:
        if path.is_dir():
            return [cell.problem("this is a folder, not a file", "Write the path of the file.")]
        with open(path, "rb") as handle:
            if handle.read(1):
                return []
        return [cell.problem("the file is empty", COPY_AGAIN)]
    except FileNotFoundError:
        remedy = "Paths start at the run directory unless they are absolute."
        if path.is_symlink():
            return [cell.problem(f"the link leads nowhere: {os.readlink(path)}", "Restore what it links to.")]
        return [cell.problem("the file does not exist", _neighbour(path) + remedy)]
    except OSError as error:
        return [cell.problem(f"the file cannot be read: {error.strerror}", "Give yourself the right to read it.")]
    except ValueError:  # NUL, or half of a surrogate pair
        return [cell.problem("no file name can hold one of these characters", "Write the path as the system shows it.")]


def _neighbour(path: Path) -> str:
    """A file of nearly the same name beside a missing one."""
    from difflib import get_close_matches

    try:
        close = get_close_matches(path.name, os.listdir(path.parent), n=1, cutoff=0.8)
    except OSError:
        return ""
    return f"Did you mean {close[0]!r}? " if close else ""


@dataclass(frozen=True, slots=True)
class Ends:
    """What the first and the last blocks of a plain or gzipped file hold, uncompressed.

    ``whole``: ``first`` is all of it. ``last`` is None where that is not known: gzip that is not blocked has no place
    but its start from which it can be read.
    """

    first: bytes
    last: bytes | None
    whole: bool
    zipped: bool


def read_ends(path: Path, whole_up_to: int = SMALL) -> Ends:
    """The ends of a file; all of it where it has at most ``whole_up_to`` bytes on disk.

    Raises EOFError where gzip is seen to be cut short, OSError and zlib.error where it is broken.
    """
    with open(path, "rb") as handle:
        size = os.fstat(handle.fileno()).st_size
        start = handle.read(HEAD)
        zipped = start[:2] == GZIP
        blocks = _last_blocks(handle, size) if zipped and is_bgzf(start) else []
        if blocks is None:
            raise EOFError
        if size <= whole_up_to:
            handle.seek(0)
            text = gzip.GzipFile(fileobj=handle).read() if zipped else handle.read()
            return Ends(text, text, True, zipped)
        if zipped:
            last = b"".join(zlib.decompress(block, 31) for block in blocks) or None
            return Ends(_unpack_start(start), last, False, zipped)
        handle.seek(size - HEAD)
        return Ends(start, handle.read(), False, zipped)


def ends_with(path: Path, end: bytes) -> bool:
    """Whether these are the last bytes of a file."""
    with open(path, "rb") as handle:
        handle.seek(max(0, path.stat().st_size - len(end)))
        return handle.read() == end


def is_bgzf(start: bytes) -> bool:
    """Whether the first bytes of a file are those of blocked gzip (bgzip, BAM)."""
    return start[:4] == GZIP + b"\x08\x04" and start[12:14] == b"BC"


def _last_blocks(handle: BinaryIO, size: int) -> list[bytes] | None:
    """The last blocks of a blocked gzip file, found backwards from its end; None where the last one is cut short."""
    handle.seek(max(0, size - (1 << 17)))
    tail = handle.read()
    blocks: list[bytes] = []
    end = len(tail)
    for start in sorted((match.start() for match in re.finditer(rb"\x1f\x8b\x08\x04", tail)), reverse=True):
        block = tail[start:end]
        if is_bgzf(block[:14]) and len(block) >= 18 and struct.unpack_from("<H", block, 16)[0] + 1 == len(block):
            blocks.insert(0, block)
            end = start
    return blocks or None


def _unpack_start(start: bytes) -> bytes:
    """The first ``HEAD`` bytes that a gzip file holds, or fewer, from its own first ones."""
    text = b""
    while start and len(text) < HEAD:  # each block of blocked gzip, and each of several files joined, is a stream
        stream = zlib.decompressobj(31)
        text += stream.decompress(start, HEAD - len(text))
        start = stream.unused_data
    return text


# --------------------------------------------------------------------------- FASTQ


@dataclass(frozen=True, slots=True)
class FastqEnds:
    """The first and the last reads of a FASTQ.

    ``mates`` are "1", "2" or "" as the names say; ``last`` is the name of the last read; ``count`` and ``last`` are None
    where they are not known. ``key`` is equal for the same reads, however they are compressed.
    """

    names: tuple[str, ...]
    mates: tuple[str, ...]
    last: str | None
    count: int | None
    key: int


def _name_and_mate(header: str) -> tuple[str, str]:
    """``@x/1`` and ``@x 1:N:0:ACGT`` both give ("x", "1")."""
    name, _, comment = header[1:].replace("\t", " ").partition(" ")
    if name[-2:] in ("/1", "/2"):
        return name[:-2], name[-1]
    return name, comment[0] if re.match(r"[12]:[YN]:", comment) else ""


def read_fastq_ends(
    path: Path, cell: Cell, whole_up_to: int = SMALL, *, may_be_empty: bool = False
) -> tuple[FastqEnds | None, list[Problem]]:
    """The first and last records of a FASTQ, or None with the problems that keep them from being read.

    None without a problem is a file without reads, which only a no-template control ``may_be_empty`` of.
    """
    problems = check_file(path, cell)
    if problems:
        return None, problems
    try:
        ends = read_ends(path, whole_up_to)
    except EOFError:
        return None, [cell.problem(CUT_SHORT, COPY_AGAIN)]
    except (OSError, zlib.error) as error:
        return None, [cell.problem(f"gzip cannot be unpacked: {error}", COPY_AGAIN)]
    if ends.first.startswith(ZIP):
        return None, [cell.problem("this is a zip archive", "Unpack it and compress it with gzip.")]
    if path.name.endswith(".gz") and not ends.zipped:
        return None, [cell.problem("the name ends with .gz but the file is not gzip", "Compress or rename the file.")]
    if ends.zipped and not path.name.endswith(".gz"):
        return None, [cell.problem("the file is gzip but its name does not end with .gz", "Rename the file.")]
    if not ends.first.strip():
        if may_be_empty and ends.whole:
            return None, []
        return None, [cell.problem("the FASTQ holds no reads", "Give a file with reads, or take out the row.")]
    lines = ends.first.decode("latin-1").split("\n")
    if ends.whole and lines[-1] == "":
        lines.pop()
    complete = lines if ends.whole else lines[: (len(lines) - 1) // 4 * 4]  # the last record read may be torn
    heads = []
    for start in range(0, min(len(complete), 4 * RECORDS), 4):
        record = [line.rstrip("\r") for line in complete[start : start + 4]]
        fault_of_record = _record_fault(record)
        if fault_of_record:
            remedy = "Give a FASTQ of four lines a read."
            return None, [cell.problem(f"line {start + 1} of the file: {fault_of_record}", remedy)]
        heads.append(_name_and_mate(record[0]))
    last = _last_record(ends)
    if (ends.whole and len(complete) % 4) or (last and _record_fault(last)):
        return None, [cell.problem("the last read of the file has no four lines", COPY_AGAIN)]
    names, mates = zip(*heads, strict=True) if heads else ((), ())
    if len(names) > 1 and len(names) % 2 == 0 and names[::2] == names[1::2]:
        return None, [
            cell.problem(
                "the FASTQ is interleaved: both reads of each pair stand in it",
                "Split it into one file of first reads (fq1) and one of second reads (fq2).",
            )
        ]
    last_name = _name_and_mate(last[0])[0] if last else None
    count = len(complete) // 4 if ends.whole else None
    return FastqEnds(names, mates, last_name, count, zlib.crc32(ends.first[:HEAD])), []


def _last_record(ends: Ends) -> list[str]:
    """The last four lines of a FASTQ; [] where they are not known."""
    lines = (ends.last or b"").decode("latin-1").split("\n")
    if lines[-1] == "":
        lines.pop()
    # of a file that is not read whole, the first line may be torn
    return [line.rstrip("\r") for line in lines[-4:]] if len(lines) >= (4 if ends.whole else 5) else []


def _record_fault(record: list[str]) -> str:
    if not record[0].startswith("@"):
        return "a read must begin with @"
    if len(record) < 4:
        return CUT_SHORT
    if not record[2].startswith("+"):
        return "the third line of a read must begin with +"
    if len(record[1]) != len(record[3]):
        return f"{len(record[1])} bases but {len(record[3])} qualities"
    if not re.fullmatch(r"[A-Za-z.*-]*", record[1]):
        return "the sequence holds other characters than bases"
    return "" if re.fullmatch(r"[!-~]*", record[3]) else "the qualities hold characters outside ! to ~"


def pair_problems(first: FastqEnds, cell1: Cell, second: FastqEnds, cell2: Cell) -> list[Problem]:
    """That two FASTQ files are the first and the second reads of the same pairs."""
    if first.key == second.key:
        return [cell2.problem("fq1 and fq2 hold the same reads", "Write the file of the second reads as fq2.")]
    mates = set(first.mates), set(second.mates)
    if mates == ({"2"}, {"1"}):
        return [cell1.problem("fq1 holds the second reads and fq2 the first ones", "Swap the two files.")]
    if mates[0] == mates[1] and mates[0] in ({"1"}, {"2"}):
        which = "first" if mates[0] == {"1"} else "second"
        return [cell2.problem(f"fq1 and fq2 both hold {which} reads", "Write the other file of the pair.")]
    for number, (name1, name2) in enumerate(zip(first.names, second.names, strict=False), 1):
        if name1 != name2:
            return [
                cell2.problem(
                    f"the names of read {number} do not pair: {name1!r} in fq1, {name2!r} in fq2",
                    "Give the two files of one lane, in the order of the sequencer.",
                )
            ]
    if first.count is not None and second.count is not None and first.count != second.count:
        return [cell2.problem(f"fq1 has {first.count} reads and fq2 {second.count}", COPY_AGAIN)]
    if first.last is not None and second.last is not None and first.last != second.last:
        return [cell2.problem(f"the last reads do not pair: {first.last!r} in fq1, {second.last!r} in fq2", COPY_AGAIN)]
    return []


# --------------------------------------------------------------------------- genome and its contigs


@dataclass(frozen=True, slots=True)
class Contigs:
    """Contigs of the genome in use with their lengths (None: not known). ``complete``: all of them are known."""

    lengths: Mapping[str, int | None]
    complete: bool


def contig_style(names: Iterable[str]) -> str:
    """``chr`` for chr1, chrX, ...; ``plain`` for 1, X, ...; empty where neither or both occur."""
    styles = {
        "chr" if name.startswith("chr") else "plain" for name in names if re.fullmatch(r"(chr)?(\d{1,2}|X|Y|M|MT)", name)
    }
    return styles.pop() if len(styles) == 1 else ""


def check_contigs(names: Mapping[str, int | None], contigs: Contigs, cell: Cell) -> list[Problem]:
    """That a file's contigs (with lengths where it states them) are those of the genome in use."""
    genome, own = contig_style(contigs.lengths), contig_style(names)
    if genome and own and genome != own:
        example = {"chr": "chr1", "plain": "1"}
        return [
            cell.problem(
                f"its contigs are named like {example[own]}, those of the genome like {example[genome]}",
                "Take genome, annotation and all other files from one provider.",
            )
        ]
    if contigs.complete and names and not set(names) & set(contigs.lengths):
        return [
            cell.problem(
                f"none of its contigs ({', '.join(list(names)[:3])}, ...) is in the genome",
                "Give the file made for the genome in use.",
            )
        ]
    for name, length in names.items():
        expected = contigs.lengths.get(name)
        if length and expected and length != expected:
            return [
                cell.problem(
                    f"its contig {name} has {length} bases, that of the genome {expected}",
                    "Give the file made for the genome in use: this one is of another build.",
                )
            ]
    return []


def check_fasta(path: Path, cell: Cell) -> tuple[Contigs, list[Problem]]:
    """The contigs of a FASTA, from the ``.fai`` beside a plain one where it has one, and the problems of both."""
    none = Contigs({}, complete=False)
    problems = check_file(path, cell)
    if problems:
        return none, problems
    try:
        ends = read_ends(path)
    except (EOFError, OSError, zlib.error):
        return none, [cell.problem(CUT_SHORT, COPY_AGAIN)]
    text = ends.first.decode("latin-1").replace("\r", "")
    first = text.split("\n", 1)[0].split()
    if not text.startswith(">") or not first or first[0] == ">":
        return none, [cell.problem("this is not FASTA: it must begin with > and a name", "Give a FASTA.")]
    fai = path.with_name(path.name + ".fai")
    if fai.is_file() and not path.name.endswith(".gz"):
        return _check_fai(path, fai, cell)
    if not ends.whole:
        return Contigs({first[0][1:]: None}, complete=False), []
    lengths: dict[str, int | None] = {}
    for block in text[1:].split("\n>"):
        header, _, sequence = block.partition("\n")
        name = header.split()[0] if header.split() else ""
        if name in lengths or not name:
            return none, [cell.problem(f"the contig {name!r} stands twice or has no name", "Name each contig once.")]
        lengths[name] = len(sequence) - sequence.count("\n")
    empty = [name for name, length in lengths.items() if not length]
    if empty:
        return none, [cell.problem(f"the contig {empty[0]!r} has no sequence", COPY_AGAIN)]
    return Contigs(lengths, complete=True), []


def _check_fai(path: Path, fai: Path, cell: Cell) -> tuple[Contigs, list[Problem]]:
    """Read a FASTA's index; its first and last contig must stand in the FASTA where it says, with nothing after them."""
    remedy = f"Make it again: samtools faidx {path.name}"
    try:
        entries = [line.split("\t") for line in fai.read_text(encoding="utf-8").splitlines()]
        lengths: dict[str, int | None] = {entry[0]: int(entry[1]) for entry in entries}
        with open(path, "rb") as handle:
            for name, length, offset, bases, width in (entries[0][:5], entries[-1][:5]):
                start = int(offset)
                handle.seek(max(0, start - 4096))
                header = handle.read(min(start, 4096)).rstrip(b"\r\n").rsplit(b"\n", 1)[-1]
                end = start + int(length) // int(bases) * int(width) + int(length) % int(bases)
                if header.split()[:1] != [b">" + name.encode()] or end > path.stat().st_size + 1:
                    return Contigs({}, False), [cell.problem(f"{fai.name} is the index of another file", remedy)]
            handle.seek(end)
            if handle.read(4096).strip():
                return Contigs({}, False), [cell.problem(f"{fai.name} ends before the FASTA does", remedy)]
    except (OSError, ValueError, IndexError, ZeroDivisionError):
        return Contigs({}, False), [cell.problem(f"{fai.name} cannot be read as an index", remedy)]
    return Contigs(lengths, complete=True), []


def check_gtf(path: Path, cell: Cell, contigs: Contigs, build: str) -> list[Problem]:
    """That the first lines of a GTF are GTF, of the genome in use and, where it says so, of ``build``."""
    problems = check_file(path, cell)
    if problems:
        return problems
    try:
        ends = read_ends(path)
    except (EOFError, OSError, zlib.error):
        return [cell.problem(CUT_SHORT, COPY_AGAIN)]
    lines = ends.first.decode("latin-1").split("\n")
    lines = lines if ends.whole else lines[:-1]
    said = " ".join(line for line in lines[:20] if line.startswith("#"))
    aliases = {"GRCh38": r"GRCh38|hg38", "GRCh37": r"GRCh37|hg19"}
    other = next((name for name, words in aliases.items() if name != build and re.search(words, said)), None)
    if build in aliases and other and not re.search(aliases[build], said):
        return [
            cell.problem(
                f"the annotation says it is of {other}, the config says {build}",
                f"Give the annotation of {build}, or correct reference.build.",
            )
        ]
    names: dict[str, int | None] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != 9 or not all(POSITION.fullmatch(cell) for cell in cells[3:5]):
            return [
                cell.problem(
                    f"line {number} of the file is not GTF: it needs nine columns separated by tabs",
                    "Give an annotation in GTF (not GFF3), plain or gzipped.",
                )
            ]
        names[cells[0]] = None
        length = contigs.lengths.get(cells[0])
        if length and int(cells[4]) > length:
            return [
                cell.problem(
                    f"line {number} of the file ends at {cells[4]}, but {cells[0]} has {length} bases",
                    "Give the annotation of the genome in use: this one is of another build.",
                )
            ]
    if not names:
        return [cell.problem("the annotation holds no features", COPY_AGAIN)]
    return check_contigs(names, contigs, cell)


# --------------------------------------------------------------------------- BAM, CRAM, VCF


def check_bam(path: Path, cell: Cell, sample: str, contigs: Contigs, as_is: bool) -> list[Problem]:
    """That a BAM or CRAM is whole and, where it is taken as it is, sorted, of ``sample`` and of the genome in use."""
    problems = check_file(path, cell)
    if problems:
        return problems
    try:
        with pysam.AlignmentFile(str(path), check_sq=False) as bam:
            if not (bam.is_bam or bam.is_cram):
                return [cell.problem("this is not BAM or CRAM", "Give a BAM or CRAM, or FASTQ files as fq1 and fq2.")]
            header = bam.header.to_dict()
            first = next(bam.head(1), None) if bam.is_bam else None
            reads = first is not None or bam.is_cram
            paired = first is None or first.is_paired
            end = BGZF_EOF if bam.is_bam else CRAM_EOF if bam.version >= (3, 0) else b""
    except (OSError, ValueError) as error:
        cut = "truncated" in str(error) or "EOF" in str(error)
        return [cell.problem(CUT_SHORT if cut else "this cannot be read as BAM or CRAM", COPY_AGAIN)]
    if not ends_with(path, end):
        return [cell.problem(CUT_SHORT, COPY_AGAIN)]
    if not reads:
        return [cell.problem("the BAM holds no reads", "Give a file with reads, or take out the row.")]
    if not as_is:
        return [] if paired else [cell.problem("its reads are not paired", "Give a BAM of paired reads.")]
    realign = "or set align.bam: realign in the config."
    if header.get("HD", {}).get("SO") != "coordinate":
        problems.append(cell.problem("the BAM is not sorted by coordinate", f"Run samtools sort, {realign}"))
    names = sorted({group.get("SM", "") for group in header.get("RG", [])})
    if not names:
        problems.append(cell.problem("the BAM has no read groups", f"Add them (samtools addreplacerg), {realign}"))
    elif names != [sample]:
        said = ", ".join(repr(name) for name in names)
        problems.append(
            cell.problem(
                f"its read groups name the sample {said}, this row {sample!r}",
                f"Give the BAM of this sample, correct its header (samtools reheader), {realign}",
            )
        )
    lengths: dict[str, int | None] = {entry["SN"]: int(entry["LN"]) for entry in header.get("SQ", [])}
    if not lengths:
        problems.append(
            cell.problem("the BAM is not aligned: its header has no contigs", "Set align.bam: realign in the config.")
        )
    return problems + check_contigs(lengths, contigs, cell)


def bam_samples(path: Path) -> tuple[str, ...]:
    """The sample names in the read groups of a readable BAM or CRAM, sorted."""
    with pysam.AlignmentFile(str(path), check_sq=False) as bam:
        return tuple(sorted({group.get("SM", "") for group in bam.header.to_dict().get("RG", [])}))


def same_file_key(path: Path) -> tuple[object, ...]:
    """Equal for two names of one file and (by size, first and last block) for a copy of it."""
    size = path.stat().st_size
    with open(path, "rb") as handle:
        first = handle.read(1 << 14)
        handle.seek(max(0, size - (1 << 14)))
        return size, zlib.crc32(first), zlib.crc32(handle.read())


@contextmanager
def open_vcf(path: Path, records: int | None = None) -> Iterator[pysam.VariantFile]:
    """A VCF to be read from its start: plain, bgzipped, BCF, or gzipped, which pysam cannot read and is unpacked first.

    ``records``: of a gzipped one no more than the first so many are unpacked. Raises OSError or ValueError where it is no
    VCF, or is cut short.
    """
    with open(path, "rb") as handle:
        start = handle.read(18)
    if is_bgzf(start) and not ends_with(path, BGZF_EOF):
        raise OSError(CUT_SHORT)
    if start[:2] != GZIP or is_bgzf(start):
        with pysam.VariantFile(str(path)) as vcf:
            yield vcf
        return
    with tempfile.NamedTemporaryFile(suffix=".vcf") as plain, gzip.open(path) as zipped:
        left = records
        try:
            for line in zipped:
                if left is not None and not line.startswith(b"#"):
                    if not left:
                        break
                    left -= 1
                plain.write(line)
        except EOFError as error:
            raise OSError(CUT_SHORT) from error
        plain.flush()
        with pysam.VariantFile(plain.name) as vcf:
            yield vcf


def check_vcf(path: Path, cell: Cell, contigs: Contigs, info: tuple[str, ...] = ()) -> list[Problem]:
    """That a resource is a whole, bgzipped VCF of the genome in use with its own index and the INFO fields ``info``."""
    problems = check_file(path, cell)
    if problems:
        return problems
    remedy = f"Index it: tabix -f -p vcf {path.name}"
    with open(path, "rb") as handle:
        if not is_bgzf(handle.read(14)):
            return [cell.problem("this is not a VCF compressed by bgzip", f"Run bgzip {path.name}; then index it: tabix.")]
        if _last_blocks(handle, path.stat().st_size) is None:
            return [cell.problem(CUT_SHORT, COPY_AGAIN)]
    index = path.with_name(path.name + ".tbi")
    if not index.is_file():
        return [cell.problem("the VCF has no index (.tbi)", remedy)]
    try:
        with pysam.VariantFile(str(path)) as vcf:
            lengths: dict[str, int | None] = {str(k): c.length for k, c in vcf.header.contigs.items()}
            missing = [field for field in info if field not in vcf.header.info]
    except (OSError, ValueError):
        return [cell.problem("the file cannot be read as VCF", COPY_AGAIN)]
    try:
        with pysam.TabixFile(str(path), index=str(index)) as tabix:
            indexed = list(tabix.contigs)
            fits = not indexed or next(tabix.fetch(indexed[-1]), "").startswith(f"{indexed[-1]}\t")
    except (OSError, ValueError):
        fits = False
    if not fits:
        return [cell.problem(f"{index.name} is no index of this file", remedy)]
    problems = [
        cell.problem(f"the VCF has no INFO field {field}", "Give the resource that the config key asks for.")
        for field in missing
    ]
    return problems + check_contigs(lengths or dict.fromkeys(indexed), contigs, cell)
