"""A sequencing run arrives: FASTQ files by name, or by sample sheet, to rows of samples.tsv and units.tsv.

What cannot be known from file names and read headers (kind, patient, tumour type, assay, panels, material) is left
empty unless the user says it: nothing is guessed, and ``tierline check`` asks for it.
"""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tierline.documents import load_schema
from tierline.problems import InputError, Problem
from tierline.sheets import NAME

ILLUMINA = re.compile(r"(?P<sample>.+?)_S\d+(_L(?P<lane>\d{3}))?_(?P<read>[RI]\d)_(?P<part>\d{3})\.fastq\.gz")
"""Names by bcl-convert and bcl2fastq: ``Sample_S1_L001_R1_001.fastq.gz``; without ``_L001`` where lanes are joined."""
FASTQ = re.compile(r".*\.(fastq|fq)(\.gz)?")
ALLOWED = "write 1 to 64 letters, digits, _ or -, the first a letter or digit"
PATH = re.compile(load_schema("units")["properties"]["fq1"]["pattern"])
HEADER = re.compile(
    r"@[^:\s]+:\d+:(?P<flowcell>[^:\s]+):(?P<lane>\d+):\d+:\d+:\d+\S*(\s+\d:[YN]:\d+:(?P<index>[ACGTN+]*))?"
)
"""An Illumina read name: instrument:run:flowcell:lane:tile:x:y, and behind a blank mate:filtered:control:index."""
ALL_LANES = "all"


@dataclass(frozen=True, slots=True)
class Reads:
    """One FASTQ file, and what its name and its first read say of it."""

    path: Path
    sample: str
    mate: str  # 1 | 2
    part: str  # of files cut into parts; "" where there is one
    lane: str  # all: the lanes are joined
    flowcell: str
    index: str  # of the library; "" where the reads do not tell


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file or a row that gives no unit, and why. ``expected``: it never does (undetermined reads, index reads)."""

    what: str
    why: str
    expected: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """A row of units.tsv to be."""

    sample: str
    unit: str
    library: str
    flowcell: str
    lane: str
    fq1: Path
    fq2: Path


@dataclass(frozen=True, slots=True)
class Arrived:
    """What a run folder gave."""

    pairs: tuple[Pair, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def samples(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(pair.sample for pair in self.pairs))


# --------------------------------------------------------------------------- files


def find_reads(folder: Path, pattern: re.Pattern[str] = ILLUMINA) -> tuple[list[Reads], list[LeftOut]]:
    """Every FASTQ below ``folder`` whose whole name fits ``pattern``, in the order of paths; what does not, and why.

    ``pattern`` has the groups ``sample`` and ``mate`` (1 or 2; ``read`` R1, R2 in Illumina's names), and may have ``lane``
    and ``part``. InputError where the folder is none.
    """
    if not folder.is_dir():
        remedy = "Name the folder with the FASTQ files."
        raise InputError([Problem(str(folder), None, "", "", "this is no folder", remedy)])
    found: list[Reads] = []
    left: list[LeftOut] = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and FASTQ.fullmatch(p.name)):
        one = _judge(path, pattern)
        if isinstance(one, Reads):
            found.append(one)
        else:
            left.append(one)
    return found, left


def _judge(path: Path, pattern: re.Pattern[str]) -> Reads | LeftOut:
    """What a file is by its name, and then by its first read."""
    match = pattern.fullmatch(path.name)
    if match is None:
        return LeftOut(str(path), "its name does not fit the pattern")
    groups = match.groupdict()
    mate = groups.get("mate") or (groups.get("read") or "").removeprefix("R")
    if groups["sample"] == "Undetermined":
        return LeftOut(str(path), "reads of no sample", expected=True)
    if mate.startswith("I"):
        return LeftOut(str(path), "index reads", expected=True)
    if mate not in ("1", "2"):
        return LeftOut(str(path), f"read {mate} of its fragments is neither the first nor the second")
    if not NAME.fullmatch(groups["sample"]):
        return LeftOut(str(path), f"the sample name {groups['sample']!r} cannot be used: {ALLOWED}")
    if not PATH.fullmatch(str(path)):
        return LeftOut(str(path), "its path holds quotes or characters that a shell reads: link to it by another")
    return _look_into(path, groups["sample"], mate, groups.get("part") or "", groups.get("lane"))


def _look_into(path: Path, sample: str, mate: str, part: str, lane: str | None) -> Reads | LeftOut:
    """What the first read says; a file that cannot be read, or whose lane is not that of its name, is left out."""
    try:
        with gzip.open(path, "rt", encoding="ascii") if path.suffix == ".gz" else open(path, encoding="ascii") as handle:
            header = HEADER.match(handle.readline())
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        return LeftOut(str(path), f"it cannot be read: {error}")
    if header is None:
        return LeftOut(
            str(path), "its first read has no Illumina name, so flowcell and lane are not known: write its row by hand"
        )
    if lane is not None and int(lane) != int(header["lane"]):
        return LeftOut(str(path), f"its name says lane {int(lane)}, its first read lane {header['lane']}")
    flowcell = re.sub(r"[^A-Za-z0-9_-]", "-", header["flowcell"]).lstrip("_-")[:64]
    index = "" if set(header["index"] or "N") <= set("N+") else header["index"].replace("+", "-")
    return Reads(path, sample, mate, part, header["lane"] if lane is not None else ALL_LANES, flowcell, index)


def pair_up(reads: Iterable[Reads]) -> tuple[list[Pair], list[LeftOut]]:
    """Mates put together, units named by flowcell, lane and part; files without their mate, and files that stand twice."""
    groups: dict[tuple[str, str, str, str], dict[str, Reads]] = {}
    left = []
    for one in reads:
        mates = groups.setdefault((one.sample, one.flowcell, one.lane, one.part), {})
        if one.mate in mates:
            left.append(
                LeftOut(str(one.path), f"read {one.mate} of this sample and lane is already in {mates[one.mate].path}")
            )
        else:
            mates[one.mate] = one
    parts: dict[tuple[str, str, str], int] = {}
    for sample, flowcell, lane, _ in groups:
        parts[sample, flowcell, lane] = parts.get((sample, flowcell, lane), 0) + 1
    pairs = []
    for (sample, flowcell, lane, part), mates in groups.items():
        if len(mates) == 1:
            ((mate, alone),) = mates.items()
            left.append(LeftOut(str(alone.path), f"read {3 - int(mate)} of its pairs is not there"))
            continue
        first, second = mates["1"], mates["2"]
        unit = f"{flowcell}-L{lane}" if lane != ALL_LANES else flowcell
        if parts[sample, flowcell, lane] > 1:
            unit += f"-{part}"
        library = f"{sample}_{first.index}" if first.index else sample
        if max(len(unit), len(library)) > 64:
            left.append(LeftOut(str(first.path), f"unit {unit} or library {library} is longer than 64 characters"))
            continue
        pairs.append(Pair(sample, unit, library, flowcell, lane, first.path, second.path))
    return pairs, left


def from_folder(folder: Path, pattern: re.Pattern[str] = ILLUMINA) -> Arrived:
    """Every sample of a run folder."""
    reads, left = find_reads(folder, pattern)
    pairs, unpaired = pair_up(reads)
    return Arrived(tuple(pairs), (*left, *unpaired))


# --------------------------------------------------------------------------- sample sheets


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """One row of an Illumina sample sheet. ``lane`` is "" where the sheet has no lanes."""

    row: int
    sample: str
    other_name: str  # Sample_Name, which bcl2fastq puts into file names
    lane: str


SECTIONS = ("BCLConvert_Data", "Data")  # of version 2 and version 1


def read_sample_sheet(path: Path) -> list[SheetEntry]:
    """The samples of a sheet, version 1 (``[Data]``) or 2 (``[BCLConvert_Data]``). InputError with all its faults."""

    def problem(row: int | None, column: str, value: str, message: str, remedy: str) -> Problem:
        return Problem(str(path), row, column, value, message, remedy)

    try:
        with open(path, encoding="utf-8-sig", newline="") as handle:
            lines = list(csv.reader(handle))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            [problem(None, "", "", f"the sample sheet cannot be read: {error}", "Give a CSV in UTF-8.")]
        ) from error
    starts = {cells[0].strip("[] "): n for n, cells in enumerate(lines, 1) if cells and cells[0].startswith("[")}
    section = next((name for name in SECTIONS if name in starts), None)
    if section is None:
        remedy = "Give a sample sheet with [BCLConvert_Data] (version 2) or [Data] (version 1)."
        raise InputError([problem(None, "", "", "the sheet has no section of samples", remedy)])
    begin = starts[section]
    end = min((n for n in starts.values() if n > begin), default=len(lines) + 1)
    body = [(n, cells) for n, cells in enumerate(lines, 1) if begin < n < end and any(cell.strip() for cell in cells)]
    header = [cell.strip() for cell in body[0][1]] if body else []
    if "Sample_ID" not in header:
        row = body[0][0] if body else begin
        raise InputError([problem(row, "Sample_ID", "", "the column is missing", f"Head [{section}] with it.")])
    entries, problems = [], []
    for row, cells in body[1:]:
        values = dict(zip(header, (cell.strip() for cell in cells), strict=False))
        name, lane = values["Sample_ID"], values.get("Lane", "")
        if not NAME.fullmatch(name):
            problems.append(problem(row, "Sample_ID", name, "the name cannot be used", f"{ALLOWED.capitalize()}."))
        if lane and not lane.isdigit():
            problems.append(problem(row, "Lane", lane, "this is no lane", "Write its number."))
        entries.append(SheetEntry(row, name, values.get("Sample_Name", ""), lane))
    if not entries:
        problems.append(problem(begin, "", "", f"[{section}] has no sample", "Give the sheet of the run."))
    if problems:
        raise InputError(problems)
    return entries


def from_sample_sheet(sheet: Path, folder: Path) -> Arrived:
    """The samples of a sheet, with their files below ``folder``: by Sample_ID, or by Sample_Name where files carry that."""
    entries = read_sample_sheet(sheet)
    named: dict[str, SheetEntry] = {}
    for entry in entries:
        for name in (entry.sample, entry.other_name):
            if name:
                named.setdefault(name, entry)
    lanes: dict[str, set[str]] = {}
    for entry in entries:
        lanes.setdefault(entry.sample, set()).add(entry.lane)
    found, left = find_reads(folder)
    reads = []
    for one in found:
        known = named.get(one.sample)
        if known is None:
            left.append(LeftOut(str(one.path), f"the sheet has no sample {one.sample}"))
        elif one.lane != ALL_LANES and "" not in lanes[known.sample] and one.lane not in lanes[known.sample]:
            left.append(LeftOut(str(one.path), f"the sheet has {known.sample} not in lane {one.lane}"))
        else:
            reads.append(replace(one, sample=known.sample))
    pairs, unpaired = pair_up(reads)
    arrived = {pair.sample for pair in pairs}
    missing = [
        LeftOut(f"{sheet}, row {entry.row}", f"there is no FASTQ of {entry.sample}")
        for entry in entries
        if entry.sample not in arrived
    ]
    return Arrived(tuple(pairs), (*left, *unpaired, *missing))


# --------------------------------------------------------------------------- sheets of ours


def write_sheets(
    arrived: Arrived, folder: Path, given: Mapping[str, str], patient: re.Pattern[str] | None = None
) -> tuple[Path, Path]:
    """Write ``samples.tsv`` and ``units.tsv`` into ``folder``; neither where one of them has rows already (InputError).

    ``given`` are cells that the user states for every sample (assay, panels, material, kind ...); ``patient`` finds the
    patient in a sample's name: its first group, or all that it matches.
    """
    paths = folder / "samples.tsv", folder / "units.tsv"
    remedy = "Write into another folder with --out, and join the sheets by hand."
    taken = [path for path in paths if path.exists() and _has_rows(path)]
    if taken:
        raise InputError(Problem(str(path), None, "", "", "the sheet has rows already", remedy) for path in taken)
    samples = [{"sample": name, "patient": _patient(name, patient), **given} for name in arrived.samples]
    units = [
        {"sample": p.sample, "unit": p.unit, "library": p.library, "flowcell": p.flowcell, "lane": p.lane,
         "fq1": str(p.fq1), "fq2": str(p.fq2)}
        for p in arrived.pairs
    ]  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    parts = []
    for path, schema, rows in zip(paths, ("samples", "units"), (samples, units), strict=True):
        part = path.with_name(path.name + ".part")
        part.write_text("".join(_lines(list(load_schema(schema)["properties"]), rows)), encoding="utf-8")
        parts.append(part)
    for path, part in zip(paths, parts, strict=True):
        part.replace(path)
    return paths


def _lines(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> Iterator[str]:
    yield "\t".join(columns) + "\n"
    for row in rows:
        yield "\t".join(row.get(column, "") for column in columns) + "\n"


def _has_rows(path: Path) -> bool:
    lines = [
        line for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip() and not line.startswith("#")
    ]
    return len(lines) > 1


def _patient(sample: str, pattern: re.Pattern[str] | None) -> str:
    match = pattern.search(sample) if pattern else None
    if match is None:
        return ""
    return match[1] or "" if match.re.groups else match[0]


def left_to_fill(given: Iterable[str], with_patients: bool) -> list[str]:
    """The columns of samples.tsv that a user has still to fill."""
    required = [name for name in load_schema("samples")["required"] if name != "sample"]
    return [name for name in required if name not in given and not (name == "patient" and with_patients)]
