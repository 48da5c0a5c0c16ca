"""VCFs that come from another pipeline: who wrote them, whose column is whose, and what must be right before a run.

A tumour may consist of them alone (column ``vcf`` of the units), or have them beside its reads (column ``calls`` of the
samples). Neither an index nor bgzip is needed: they are read once, from their first record to their last.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pysam

from tierline.alleles import Fetch
from tierline.callers import caller_of, lacks_counts, said
from tierline.inputfiles import Cell, Contigs, check_contigs, check_file, open_vcf
from tierline.problems import InputError, Problem
from tierline.records import Call, ReadCounts, Source

T = TypeVar("T")
LOOKED_AT = 1000  # records of a VCF that are looked at before a run; the run looks at all
TUMOR_WORDS, NORMAL_WORDS = ("TUMOR", "TUMOUR"), ("NORMAL",)


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a VCF are the tumour's and its normal's; ``normal`` is None where it has none of the case."""

    tumor: str
    normal: str | None


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why the columns of a VCF cannot be told, and what helps."""

    message: str
    remedy: str


def columns_of(
    header: pysam.VariantHeader, tumor: str, normal: str | None, named: tuple[str, str] = ("", "")
) -> Columns | Doubt:
    """The columns of a tumour and of its normal (None: the case has none) in a VCF.

    The tumour's is the one that ``named`` (tumour's, normal's; "" for none) names; else that of its name in the table of
    samples, the one that ``##tumor_sample`` names, TUMOR, the only one, or of two the one beside the normal's. The
    normal's is found likewise, but never by what remains.
    """
    samples = list(header.samples)
    shown = ", ".join(samples) or "none"
    if not samples:
        return Doubt("the VCF has no column of a sample", "Give a VCF with FORMAT and a column for the tumour.")
    for name, column in zip(named, ("vcf_tumor", "vcf_normal"), strict=True):
        if name and name not in samples:
            return Doubt(f"the VCF has no column {name}: {shown}", f"Write one of its columns as {column}.")
    of_tumor = named[0] or _found(samples, (tumor, *said(header, "tumor_sample"), *TUMOR_WORDS))
    of_normal = named[1] or _found(samples, (normal or "", *said(header, "normal_sample"), *NORMAL_WORDS))
    if not of_tumor and len(samples) == 1 and not of_normal:
        [of_tumor] = samples
    if not of_tumor and len(samples) == 2 and of_normal:
        [of_tumor] = [sample for sample in samples if sample != of_normal]
    if not of_tumor:
        remedy = "Write its column as vcf_tumor, or rename it to the sample: bcftools reheader -s."
        return Doubt(f"which of its columns is {tumor}? {shown}", remedy)
    return Columns(of_tumor, of_normal if of_normal and of_normal != of_tumor else None)


def _found(samples: Iterable[str], names: Iterable[str]) -> str:
    samples = set(samples)
    return next((name for name in names if name in samples), "")


def pairing_doubt(columns: Columns, normal: str | None) -> Doubt | None:
    """Why a VCF that is all there is of a tumour does not fit the table of samples, in which its normal is ``normal``."""
    if normal and not columns.normal:
        return Doubt(
            f"the VCF has no column of the patient's normal {normal}",
            f"Give the VCF of the pair and write its column as vcf_normal, or take {normal} out of the table of samples.",
        )
    if columns.normal and not normal:
        return Doubt(
            f"the VCF has a normal ({columns.normal}), the patient has none in the table of samples",
            "Add a row of kind normal for the patient; it needs no unit.",
        )
    return None


def columns_in(
    header: pysam.VariantHeader, tumor: str, normal: str | None, named: tuple[str, str], alone: bool
) -> Columns | Doubt:
    """The columns of a VCF that fit the table of samples; ``alone``: the VCF is all there is of the tumour."""
    found = columns_of(header, tumor, normal, named)
    if isinstance(found, Doubt):
        return found if alone else replace(found, remedy="Rename its column to the sample: bcftools reheader -s.")
    return (pairing_doubt(found, normal) if alone else None) or found


def check_given_vcf(
    path: Path, cell: Cell, tumor: str, normal: str | None, contigs: Contigs, fetch: Fetch | None, *,
    named: tuple[str, str] = ("", ""), alone: bool = True,
) -> list[Problem]:  # fmt: skip
    """Everything that shows in a VCF's header and first records.

    ``alone``: the VCF is all there is of the tumour, so that counts, normal and FILTER must be in it. ``fetch`` is None
    where the genome cannot be read yet; the run then finds what does not fit.
    """
    problems = check_file(path, cell)
    if problems:
        return problems
    try:
        with open_vcf(path, LOOKED_AT) as vcf:
            if vcf.format not in ("VCF", "BCF"):
                return [cell.problem("this is not VCF", "Give a VCF or BCF.")]
            header = vcf.header.copy()
            records = [record for record, _ in zip(vcf, range(LOOKED_AT), strict=False)]
            return list(_faults(header, records, cell, tumor, normal, contigs, fetch, named, alone))
    except (OSError, ValueError) as error:
        return [cell.problem(f"this cannot be read as VCF: {error}", "Check it: bcftools view.")]


def _faults(
    header: pysam.VariantHeader, records: list[pysam.VariantRecord], cell: Cell, tumor: str, normal: str | None,
    contigs: Contigs, fetch: Fetch | None, named: tuple[str, str], alone: bool,
) -> Iterator[Problem]:  # fmt: skip
    lengths: dict[str, int | None] = {str(name): contig.length for name, contig in header.contigs.items()}
    of_records: dict[str, int | None] = {record.chrom: lengths.get(record.chrom) for record in records}
    strange = check_contigs(of_records or lengths, contigs, cell) or check_contigs(lengths, contigs, cell)
    yield from strange
    if fetch and not strange:
        yield from _reference_faults(records, contigs, fetch, cell)
    found = columns_in(header, tumor, normal, named, alone)
    if isinstance(found, Doubt):
        yield cell.problem(found.message, found.remedy)
    if not alone:
        return
    caller = caller_of(header)
    if fields := lacks_counts(header, caller):
        yield cell.problem(
            f"its FORMAT states no counts of reads that can be read (read as {caller}: {fields})",
            "Give the caller's own VCF: without counts nothing can be held against the panel's thresholds.",
        )
    if records and not any(record.filter for record in records):
        remedy = "Only PASS is a pass. Run the caller's filter, or your own: bcftools filter -s weak -e 'QUAL<20'."
        yield cell.problem("no call of it was filtered: FILTER is empty (.)", remedy)


def _reference_faults(
    records: Iterable[pysam.VariantRecord], contigs: Contigs, fetch: Fetch, cell: Cell
) -> Iterator[Problem]:
    """The first record whose REF is not what the genome holds."""
    for record in records:
        ref = (record.ref or "").upper()
        if record.chrom in contigs.lengths and set(ref) <= set("ACGT"):
            held = fetch(record.chrom, record.pos - 1, record.pos - 1 + len(ref)).upper()
            if held != ref:
                yield cell.problem(
                    f"{record.chrom}:{record.pos} is {ref} in the VCF, {held or 'beyond the contig'} in the genome",
                    "Give the VCF made on the genome in use: this one is of another build.",
                )
                return


# --------------------------------------------------------------------------- in a job


@dataclass(frozen=True, slots=True)
class Given:
    """A VCF that was brought, as a job reads it."""

    path: Path
    caller: str
    columns: Columns


def open_given(
    path: str | Path, tumor: str, normal: str | None, named: tuple[str, str] = ("", ""), *, alone: bool
) -> Given:
    """Who wrote a VCF and whose column is whose. Raises InputError where that cannot be told."""
    try:
        with open_vcf(Path(path), 0) as vcf:
            header = vcf.header.copy()
    except (OSError, ValueError) as error:
        raise InputError([Problem(str(path), None, "", "", f"cannot be read as VCF: {error}", "")]) from error
    found = columns_in(header, tumor, normal, named, alone)
    if isinstance(found, Doubt):
        raise InputError([Problem(str(path), None, "", "", found.message, found.remedy)])
    return Given(Path(path), caller_of(header), found)


def on_this_genome(alleles: Iterable[T], brought: Sequence[Given]) -> Iterator[T]:
    """The alleles as they come; a REF that the genome in use does not hold is a fault of the VCFs that were brought."""
    try:
        yield from alleles
    except ValueError as error:
        if not brought:
            raise
        files = ", ".join(str(given.path) for given in brought)
        raise InputError([Problem(files, None, "", "", str(error), "Give VCFs made on the genome in use.")]) from error


def source_of(given: Given, role: str) -> Source:
    """What is kept of a VCF that was read."""
    columns = given.columns
    return Source(given.path.name, role, given.caller, columns.tumor, columns.normal or "", None, sha256_of(given.path))


def caller_in(path: Path) -> str:
    """Which caller wrote a VCF that can be read."""
    with open_vcf(path, 0) as vcf:
        return caller_of(vcf.header)


def stated_counts(calls: Iterable[Call]) -> tuple[str, ReadCounts | None, ReadCounts | None]:
    """(caller, counts in the tumour, counts in the normal) of an allele: those of its first call that has any."""
    calls = list(calls)
    call = next((c for c in calls if c.depth is not None and c.alt_depth is not None), calls[0])
    of_tumor = of_normal = None
    if call.depth is not None and call.alt_depth is not None:
        ref_forward, ref_reverse, forward, reverse = call.strands or (None, None, None, None)
        of_tumor = ReadCounts(call.depth, call.alt_depth, forward, reverse, ref_forward, ref_reverse)
    if call.normal_depth is not None and call.normal_alt_depth is not None:
        of_normal = ReadCounts(call.normal_depth, call.normal_alt_depth, None, None, None, None)
    return call.caller, of_tumor, of_normal


def genome_reader(path: Path, small: int, lengths: Mapping[str, int | None]) -> Fetch | None:
    """A reader of the genome that writes no index: by the .fai beside it, else (up to ``small`` bytes) from its text.

    None where there is neither.
    """
    with suppress(OSError, ValueError):
        if path.with_name(path.name + ".fai").is_file() and not path.name.endswith(".gz"):
            fasta = pysam.FastaFile(str(path))

            def fetch(chrom: str, start0: int, end0: int) -> str:
                return str(fasta.fetch(chrom, start0, end0)) if chrom in lengths else ""

            return fetch
        if path.stat().st_size <= small:
            with pysam.FastxFile(str(path)) as entries:
                bases = {entry.name: entry.sequence or "" for entry in entries}
            return lambda chrom, start0, end0: bases.get(chrom, "")[start0:end0]
    return None


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
