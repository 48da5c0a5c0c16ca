"""The only place that reads and writes VCF: calls of one caller, the consensus, and the annotated consensus.

The consensus VCF keeps, per allele: who called it with which counts and filters (``CALLS``), the single changes of an
MNV (``PARTS``), and the recounted usable fragments of tumour and normal (``DP``, ``AD``, ``ADF``, ``ADR``).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import pysam

from tierline import hgvs
from tierline.callers import parser
from tierline.consensus import Allele, parts_of
from tierline.filters import TECHNICAL
from tierline.problems import InputError, Problem
from tierline.records import AnnotatedCall, Call, Candidate, Effect, ReadCounts

INFO = (
    ("CALLS", ".", "String", "One item a caller: name|depth|alternate depth|filters joined by &, in its own counts"),
    ("PARTS", ".", "String", "The single substitutions of a multi-nucleotide variant: position:ref>alt"),
)
FORMAT = (
    ("DP", "1", "Integer", "Usable fragments at the allele, recounted (mapping and base quality, mates once)"),
    ("AD", "R", "Integer", "Of these, fragments with reference and alternate allele"),
    ("ADF", "R", "Integer", "AD on the forward strand"),
    ("ADR", "R", "Integer", "AD on the reverse strand"),
)


@contextmanager
def writing(path: str | Path, header: pysam.VariantHeader) -> Iterator[pysam.VariantFile]:
    """Write a bgzipped VCF beside ``path``; on success it is moved there and indexed by tabix, else removed."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name.removesuffix('.vcf.gz')}.part.vcf.gz")
    try:
        with pysam.VariantFile(str(partial), "wz", header=header) as out:
            yield out
        pysam.tabix_index(str(partial), preset="vcf", force=True)
        os.replace(partial, path)
        os.replace(f"{partial}.tbi", f"{path}.tbi")
    finally:
        for leftover in (partial, Path(f"{partial}.tbi")):
            leftover.unlink(missing_ok=True)


def read_calls(path: str | Path, caller: str, tumor: str, normal: str | None) -> Iterator[tuple[str, list[Call]]]:
    """Yield (contig, its calls) of one caller's VCF in the file's order."""
    parse = parser(caller)
    with pysam.VariantFile(str(path)) as vcf:
        missing = [name for name in (tumor, normal) if name and name not in vcf.header.samples]
        if missing:
            raise InputError(
                [
                    Problem(
                        str(path),
                        None,
                        "",
                        ", ".join(missing),
                        "the VCF has no such sample",
                        f"It holds {', '.join(vcf.header.samples)}.",
                    )
                ]
            )
        for chrom, records in groupby(vcf, key=lambda record: record.chrom):
            yield chrom, [call for record in records for call in parse(record, tumor, normal)]


def consensus_header(fasta: pysam.FastaFile, tumor: str, normal: str | None) -> pysam.VariantHeader:
    """Header of the consensus VCF: the genome's contigs, our INFO and FORMAT, tumour first."""
    header = pysam.VariantHeader()
    for name, length in zip(fasta.references, fasta.lengths, strict=True):
        header.contigs.add(name, length)
    for row in INFO:
        header.info.add(*row)
    for row in FORMAT:
        header.formats.add(*row)
    for sample in (tumor, normal):
        if sample:
            header.add_sample(sample)
    return header


def write_allele(
    out: pysam.VariantFile,
    chrom: str,
    allele: Allele,
    calls: Iterable[Call],
    counts: Iterable[ReadCounts | None],
) -> None:
    """Write one consensus record; ``counts`` follow the header's samples."""
    pos1, ref, alt = allele
    record = out.new_record(contig=chrom, start=pos1 - 1, stop=pos1 - 1 + len(ref), alleles=(ref, alt))
    record.info["CALLS"] = tuple(
        "|".join((c.caller, _number(c.depth), _number(c.alt_depth), "&".join(c.filters) or "PASS")) for c in calls
    )
    if parts := parts_of(allele):
        record.info["PARTS"] = tuple(f"{p}:{r}>{a}" for p, r, a in parts)
    for sample, count in zip(record.samples.values(), counts, strict=False):
        if count is not None:
            sample["DP"] = count.depth
            sample["AD"] = (count.ref_forward + count.ref_reverse, count.alt_depth)
            sample["ADF"] = (count.ref_forward, count.alt_forward)
            sample["ADR"] = (count.ref_reverse, count.alt_reverse)
    out.write(record)


def read_annotated(path: str | Path, tumor: str, normal: str | None) -> Iterator[AnnotatedCall]:
    """Stream the annotated consensus: snpEff's ANN, the population's AF fields, ClinVar's class and stars."""
    with pysam.VariantFile(str(path)) as vcf:
        for record in vcf:
            yield annotated(record, tumor, normal)


def annotated(record: pysam.VariantRecord, tumor: str, normal: str | None) -> AnnotatedCall:
    """One consensus record as an AnnotatedCall."""
    af, group, an = _population(record)
    return AnnotatedCall(
        chrom=record.chrom,
        pos1=record.pos,
        ref=record.ref or "",
        alt=(record.alts or ("",))[0],
        calls=tuple(_call(text, record) for text in record.info["CALLS"]),
        parts=tuple(_info(record, "PARTS", ())),
        tumor=_counts(record.samples[tumor]),
        normal=_counts(record.samples[normal]) if normal else None,
        effects=tuple(_effect(text) for text in _info(record, "ANN", ())),
        population_af=af,
        population_group=group,
        population_an=an,
        clinvar=_clinvar(record, "CLNSIG", "CLNREVSTAT"),
        clinvar_oncogenicity=_clinvar(record, "ONC", "ONCREVSTAT", "ONCDN"),
    )


def _number(value: int | None) -> str:
    return "." if value is None else str(value)


def _call(text: str, record: pysam.VariantRecord) -> Call:
    caller, depth, alt_depth, filters = text.split("|")
    return Call(
        caller=caller,
        chrom=record.chrom,
        pos1=record.pos,
        ref=record.ref or "",
        alt=(record.alts or ("",))[0],
        depth=None if depth == "." else int(depth),
        alt_depth=None if alt_depth == "." else int(alt_depth),
        filters=() if filters == "PASS" else tuple(filters.split("&")),
        normal_depth=None,
        normal_alt_depth=None,
        phase_set="",
    )


def _counts(sample: pysam.VariantRecordSample) -> ReadCounts:
    ref_forward, alt_forward = sample["ADF"]
    ref_reverse, alt_reverse = sample["ADR"]
    return ReadCounts(sample["DP"], alt_forward + alt_reverse, alt_forward, alt_reverse, ref_forward, ref_reverse)


def _effect(text: str) -> Effect:
    """One item of snpEff's ANN (its VCF annotation format 1.0): fields 2, 4, 7, 9, 10, 11."""
    field = text.split("|")
    return Effect(
        gene=field[3],
        transcript=field[6],
        consequence=field[1],
        hgvsc=_uniform(hgvs.normalise_coding, field[9]),
        hgvsp=_uniform(hgvs.normalise_protein, field[10]),
        exon=field[8],
    )


def _uniform(normalise: Callable[[str], str], text: str) -> str:
    if not text:
        return ""
    try:
        return normalise(text)
    except ValueError:
        return text


def _population(record: pysam.VariantRecord) -> tuple[float | None, str, int | None]:
    """(frequency, group, alleles) of the highest group, else of the whole; None: not looked up, 0: absent there."""
    if "POP_AF" not in record.header.info or _info(record, "PARTS"):
        return None, "", None  # no file asked; or an MNV, whose parts a population file holds one by one
    for af, an, group in (("POP_AF_grpmax", "POP_AN_grpmax", "POP_grpmax"), ("POP_AF", "POP_AN", "")):
        value = _first(_info(record, af))
        if value is not None:
            named = _first(_info(record, group)) if group else "all"
            alleles = _first(_info(record, an))
            return float(value), str(named or ""), int(alleles) if alleles is not None else None
    return 0.0, "", None


STARS = {
    "practice_guideline": 4,
    "reviewed_by_expert_panel": 3,
    "criteria_provided,_multiple_submitters,_no_conflicts": 2,
    "criteria_provided,_conflicting_classifications": 1,
    "criteria_provided,_conflicting_interpretations": 1,
    "criteria_provided,_single_submitter": 1,
}
"""Stars of a germline or oncogenicity class by its review status, as the VCF writes it; any other status has none.
Source: ClinVar, Review status, https://www.ncbi.nlm.nih.gov/clinvar/docs/review_status/ ("interpretations": until 2024)."""


def _clinvar(record: pysam.VariantRecord, klass: str, review: str, conditions: str = "") -> str:
    """``class|stars`` or, where ``conditions`` names a field, ``class|stars|conditions``; "" where there is no class.

    A conflict is its own class (``Conflicting_classifications_of_...``) with one star.
    """
    text = _joined(record, klass)
    if not text:
        return ""
    parts = [text, str(STARS.get(_joined(record, review), 0)), *([_joined(record, conditions)] if conditions else [])]
    return "|".join(part.replace("|", ",") for part in parts)  # ClinVar's own separator: Benign|drug_response


def _joined(record: pysam.VariantRecord, key: str) -> str:
    """A text of INFO, joined again where pysam split it at commas."""
    value = _info(record, key) or ""
    return value if isinstance(value, str) else ",".join(value)


def _info(record: pysam.VariantRecord, key: str, default: Any = None) -> Any:
    """An INFO value; pysam's own ``get`` raises for a key that the header lacks."""
    return record.info[key] if key in record.info else default  # noqa: SIM401


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) else value


# --------------------------------------------------------------------------- the filtered VCF


def marked_header(header: pysam.VariantHeader) -> pysam.VariantHeader:
    """The header of the filtered VCF: technical reasons as FILTER, fate and labels as INFO."""
    marked = header.copy()
    for name, meaning in TECHNICAL.items():
        marked.filters.add(name, None, None, meaning)
    marked.info.add("FATE", "1", "String", "What became of the candidate under the panel (docs: the ledger)")
    marked.info.add("LABELS", ".", "String", "Biological labels that travel with the candidate")
    return marked


def mark(record: pysam.VariantRecord, header: pysam.VariantHeader, candidate: Candidate) -> None:
    """Write a candidate's fate into its record, whose header becomes that of ``marked_header``."""
    record.translate(header)
    record.filter.clear()
    for reason in candidate.technical:
        record.filter.add(reason.partition(":")[0])
    if not candidate.technical:
        record.filter.add("PASS")
    record.info["FATE"] = candidate.fate
    if candidate.labels:
        record.info["LABELS"] = candidate.labels


def read_caller_counts(path: str | Path) -> dict[tuple[str, int, str, str], tuple[Call, ...]]:
    """What each caller said of the findings of a filtered VCF, by (chrom, pos1, ref, alt)."""
    with pysam.VariantFile(str(path)) as vcf:
        return {
            (r.chrom, r.pos, r.ref or "", (r.alts or ("",))[0]): tuple(_call(text, r) for text in r.info["CALLS"])
            for r in vcf
            if r.info["FATE"] == "finding"
        }
