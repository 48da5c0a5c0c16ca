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
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pysam

from tierline.problems import Problem

HEAD = 1 << 16  # bytes (uncompressed) looked at where a file is not read whole
SMALL = 1 << 22  # bytes on disk up to which a file is read whole
RECORDS = 1000  # FASTQ records looked at
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
BGZF_EOF = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")  # SAM specification, 4.1.2
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


def same_content_key(path: Path) -> tuple[object, ...]:
    """Equal for two names of one file and (by size, first and last block) for a copy of it."""
    size = path.stat().st_size
    with open(path, "rb") as handle:
        first = handle.read(1 << 14)
        handle.seek(max(0, size - (1 << 14)))
        return size, zlib.crc32(first), zlib.crc32(handle.read())


def is_bgzf(path: Path) -> bool:
    """Whether a file is blocked gzip (bgzip, BAM)."""
    with open(path, "rb") as handle:
        start = handle.read(18)
    return start[:4] == GZIP + b"\x08\x04" and start[12:14] == b"BC"


def _bgzf_ends_whole(path: Path) -> bool:
    """Whether the last block of a blocked gzip file ends where the file ends."""
    with open(path, "rb") as handle:
        handle.seek(max(0, path.stat().st_size - (1 << 17)))
        tail = handle.read()
    ends = {len(tail)}  # walk back over block starts from which the chain of block sizes reaches the end
    for start in sorted((m.start() for m in re.finditer(rb"\x1f\x8b\x08\x04", tail)), reverse=True):
        if tail[start + 12 : start + 14] == b"BC":
            end = start + struct.unpack_from("<H", tail, start + 16)[0] + 1
            if end == len(tail):
                return True
            ends |= {start} if end in ends else set()
    return False


def _first_text(path: Path) -> tuple[bytes, bool]:
    """The uncompressed start of a plain or gzipped file, and whether that is all of it.

    Raises EOFError where gzip is cut short, OSError and zlib.error where it is broken.
    """
    with open(path, "rb") as handle:
        zipped = handle.read(2) == GZIP
    size = path.stat().st_size
    if zipped and is_bgzf(path) and not _bgzf_ends_whole(path):
        raise EOFError
    with gzip.open(path) if zipped else open(path, "rb") as handle:
        text = handle.read() if size <= SMALL else handle.read(HEAD)
    return text, size <= SMALL


# --------------------------------------------------------------------------- FASTQ


@dataclass(frozen=True, slots=True)
class FastqStart:
    """The first reads of a FASTQ. ``mates`` are "1", "2" or "" as the names say; ``count`` None: not read whole."""

    names: tuple[str, ...]
    mates: tuple[str, ...]
    count: int | None


def _name_and_mate(header: str) -> tuple[str, str]:
    """``@x/1`` and ``@x 1:N:0:ACGT`` both give ("x", "1")."""
    name, _, comment = header[1:].replace("\t", " ").partition(" ")
    if name[-2:] in ("/1", "/2"):
        return name[:-2], name[-1]
    return name, comment[0] if re.match(r"[12]:[YN]:", comment) else ""


def read_fastq_start(path: Path, cell: Cell) -> tuple[FastqStart | None, list[Problem]]:
    """The first records of a FASTQ, or None with the problems that keep them from being read."""
    problems = check_file(path, cell)
    if problems:
        return None, problems
    with open(path, "rb") as handle:
        magic = handle.read(4)
    named_gz = path.name.endswith(".gz")
    if magic == ZIP:
        return None, [cell.problem("this is a zip archive", "Unpack it and compress it with gzip.")]
    if named_gz and magic[:2] != GZIP:
        return None, [cell.problem("the name ends with .gz but the file is not gzip", "Compress or rename the file.")]
    if not named_gz and magic[:2] == GZIP:
        return None, [cell.problem("the file is gzip but its name does not end with .gz", "Rename the file.")]
    try:
        text, whole = _first_text(path)
    except EOFError:
        return None, [cell.problem(CUT_SHORT, COPY_AGAIN)]
    except (OSError, zlib.error) as error:
        return None, [cell.problem(f"gzip cannot be unpacked: {error}", COPY_AGAIN)]
    if not text.strip():
        return None, [cell.problem("the FASTQ holds no reads", "Give a file with reads, or take out the row.")]
    lines = text.decode("latin-1").split("\n")
    if whole and lines[-1] == "":
        lines.pop()
    complete = lines if whole else lines[: (len(lines) - 1) // 4 * 4]  # the last record read may be torn
    heads = []
    for start in range(0, min(len(complete), 4 * RECORDS), 4):
        record = [line.rstrip("\r") for line in complete[start : start + 4]]
        fault = _record_fault(record)
        if fault:
            return None, [cell.problem(f"line {start + 1} of the file: {fault}", "Give a FASTQ of four lines a read.")]
        heads.append(_name_and_mate(record[0]))
    if whole and len(complete) % 4:
        return None, [cell.problem("the last read of the file has no four lines", COPY_AGAIN)]
    names, mates = zip(*heads, strict=True)
    if len(names) > 1 and len(names) % 2 == 0 and names[::2] == names[1::2]:
        return None, [
            cell.problem(
                "the FASTQ is interleaved: both reads of each pair stand in it",
                "Split it into one file of first reads (fq1) and one of second reads (fq2).",
            )
        ]
    return FastqStart(names, mates, len(complete) // 4 if whole else None), []


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


def check_fastq_pair(path1: Path, cell1: Cell, path2: Path, cell2: Cell) -> list[Problem]:
    """That two FASTQ files are the first and the second reads of the same pairs."""
    first, problems1 = read_fastq_start(path1, cell1)
    second, problems2 = read_fastq_start(path2, cell2)
    if first is None or second is None:
        return problems1 + problems2
    if os.path.realpath(path1) == os.path.realpath(path2):
        return [cell2.problem("fq1 and fq2 are the same file", "Write the file of the second reads as fq2.")]
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
        content, whole = _first_text(path)
    except (EOFError, OSError, zlib.error):
        return none, [cell.problem(CUT_SHORT, COPY_AGAIN)]
    text = content.decode("latin-1").replace("\r", "")
    first = text.split("\n", 1)[0].split()
    if not text.startswith(">") or not first or first[0] == ">":
        return none, [cell.problem("this is not FASTA: it must begin with > and a name", "Give a FASTA.")]
    fai = path.with_name(path.name + ".fai")
    if fai.is_file() and not path.name.endswith(".gz"):
        return _check_fai(path, fai, cell)
    if not whole:
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
    """Read a FASTA's index; its first and last contig must stand in the FASTA where it says."""
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
    except (OSError, ValueError, IndexError, ZeroDivisionError):
        return Contigs({}, False), [cell.problem(f"{fai.name} cannot be read as an index", remedy)]
    return Contigs(lengths, complete=True), []


def check_gtf(path: Path, cell: Cell, contigs: Contigs, build: str) -> list[Problem]:
    """That the first lines of a GTF are GTF, of the genome in use and, where it says so, of ``build``."""
    problems = check_file(path, cell)
    if problems:
        return problems
    try:
        text, whole = _first_text(path)
    except (EOFError, OSError, zlib.error):
        return [cell.problem(CUT_SHORT, COPY_AGAIN)]
    lines = text.decode("latin-1").split("\n")
    lines = lines if whole else lines[:-1]
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
        if len(cells) != 9 or not (cells[3].isdigit() and cells[4].isdigit()):
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
            whole = not bam.is_bam or path.read_bytes()[-28:] == BGZF_EOF if path.stat().st_size <= SMALL else True
    except (OSError, ValueError) as error:
        cut = "truncated" in str(error) or "EOF" in str(error)
        return [cell.problem(CUT_SHORT if cut else "this cannot be read as BAM or CRAM", COPY_AGAIN)]
    if not whole:
        return [cell.problem(CUT_SHORT, COPY_AGAIN)]
    if not reads:
        return [cell.problem("the BAM holds no reads", "Give a file with reads, or take out the row.")]
    if not as_is:
        return [] if paired else [cell.problem("its reads are not paired", "Give a BAM of paired reads.")]
    realign = "or set align.bam: realign in the config."
    problems = []
    if header.get("HD", {}).get("SO") != "coordinate":
        problems.append(cell.problem("the BAM is not sorted by coordinate", f"Run samtools sort, {realign}"))
    names = list(bam_samples(path))
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
        problems.append(cell.problem("the BAM is not aligned: its header has no contigs", realign.capitalize()[3:]))
    return problems + check_contigs(lengths, contigs, cell)


def bam_samples(path: Path) -> tuple[str, ...]:
    """The sample names in the read groups of a readable BAM or CRAM, sorted."""
    with pysam.AlignmentFile(str(path), check_sq=False) as bam:
        return tuple(sorted({group.get("SM", "") for group in bam.header.to_dict().get("RG", [])}))


def check_vcf(path: Path, cell: Cell, contigs: Contigs, info: tuple[str, ...] = ()) -> list[Problem]:
    """That a resource is a whole, indexed, bgzipped VCF of the genome in use with the INFO fields ``info``."""
    problems = check_file(path, cell)
    if problems:
        return problems
    index = "Index it: tabix -p vcf " + path.name
    if not is_bgzf(path):
        return [cell.problem("this is not a VCF compressed by bgzip", f"Run bgzip {path.name}; then index it: tabix.")]
    if not _bgzf_ends_whole(path):
        return [cell.problem(CUT_SHORT, COPY_AGAIN)]
    if not any(path.with_name(path.name + suffix).is_file() for suffix in (".tbi", ".csi")):
        return [cell.problem("the VCF has no index (.tbi or .csi)", index)]
    try:
        with pysam.VariantFile(str(path)) as vcf:
            lengths: dict[str, int | None] = {str(k): c.length for k, c in vcf.header.contigs.items()}
            missing = [field for field in info if field not in vcf.header.info]
        if not lengths:
            with pysam.TabixFile(str(path)) as tabix:
                lengths = dict.fromkeys(tabix.contigs)
    except (OSError, ValueError):
        return [cell.problem("the file or its index cannot be read as VCF", COPY_AGAIN)]
    problems = [
        cell.problem(f"the VCF has no INFO field {field}", "Give the resource that the config key asks for.")
        for field in missing
    ]
    return problems + check_contigs(lengths, contigs, cell)
