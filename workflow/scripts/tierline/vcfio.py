"""VCFs of the stages, read and written: calls of one caller, the consensus, and the annotated consensus.

The consensus VCF keeps, per allele: who called it with which counts and filters (``CALLS``), the single changes of an
MNV (``PARTS``), and the recounted usable fragments of tumour and normal (``DP``, ``AD``, ``ADF``, ``ADR``). Of a tumour
that came as a VCF these are its caller's counts, and ``COUNTS`` names the caller.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import pysam

from tierline import hgvs
from tierline.callers import PASSED, parser
from tierline.consensus import Allele, parts_of
from tierline.givencalls import Given
from tierline.inputfiles import open_vcf
from tierline.problems import InputError, Problem
from tierline.reasons import TECHNICAL
from tierline.records import AnnotatedCall, Call, Candidate, Effect, ReadCounts

INFO = (
    ("CALLS", ".", "String", "One item a caller: name|depth|alternate depth|filters joined by &, in its own counts"),
    ("PARTS", ".", "String", "The single substitutions of a multi-nucleotide variant: position:ref>alt"),
    ("COUNTS", "1", "String", "The caller whose VCF states DP and AD; absent: recounted in the reads"),
    ("UNPHASED", "0", "Flag", "Another substitution within two bases, and nothing says whether on the same haplotype"),
)
FORMAT = (
    ("DP", "1", "Integer", "Usable fragments at the allele, recounted (mapping and base quality, mates once); see COUNTS"),
    ("AD", "R", "Integer", "Of these, fragments with reference and alternate allele"),
    ("ADF", "R", "Integer", "AD on the forward strand"),
    ("ADR", "R", "Integer", "AD on the reverse strand"),
)


def read_calls(
    path: str | Path, caller: str, tumor: str, normal: str | None, *, own: bool = True
) -> Iterator[tuple[str, list[Call]]]:
    """Yield (contig, its calls) of one caller's VCF in the file's order.

    ``own`` False: the VCF is a user's, in whose FILTER only PASS is a pass; an empty one is the filter ``unfiltered``.
    """
    parse = parser(caller)
    with open_vcf(Path(path)) as vcf:
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
            calls = ((record, call) for record in records for call in parse(record, tumor, normal))
            yield chrom, [call if own else _with_filter(call, record) for record, call in calls]


def read_brought(given: Given) -> Iterator[tuple[str, list[Call]]]:
    """``read_calls`` of a VCF that a user brought."""
    return read_calls(given.path, given.caller, given.columns.tumor, given.columns.normal, own=False)


def by_contig(readings: Iterable[Iterable[tuple[str, list[Call]]]]) -> dict[str, list[Call]]:
    """The calls of several VCFs together, in the order of the VCFs."""
    found: dict[str, list[Call]] = {}
    for reading in readings:
        for chrom, calls in reading:
            found.setdefault(chrom, []).extend(calls)
    return found


def _with_filter(call: Call, record: pysam.VariantRecord) -> Call:
    """The call with all that stands in FILTER, in letters that ``CALLS`` can hold."""
    said = [str(name) for name in record.filter] or ["unfiltered"]
    names = (re.sub(r"[|&,;]", "_", name) for name in (*call.filters, *said) if name not in PASSED)
    return replace(call, filters=tuple(dict.fromkeys(names)))


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
    *,
    counts_from: str = "",
    unphased: bool = False,
) -> None:
    """Write one consensus record; ``counts`` follow the header's samples.

    ``counts_from`` is the caller whose VCF states them, "" where they were recounted.
    """
    pos1, ref, alt = allele
    record = out.new_record(contig=chrom, start=pos1 - 1, stop=pos1 - 1 + len(ref), alleles=(ref, alt))
    record.info["CALLS"] = tuple(
        "|".join((c.caller, _number(c.depth), _number(c.alt_depth), "&".join(c.filters) or "PASS")) for c in calls
    )
    if parts := parts_of(allele):
        record.info["PARTS"] = tuple(f"{p}:{r}>{a}" for p, r, a in parts)
    if counts_from:
        record.info["COUNTS"] = counts_from
    record.info["UNPHASED"] = unphased
    for sample, count in zip(record.samples.values(), counts, strict=False):
        if count is not None:
            sample["DP"] = count.depth
            by_strand = None not in (count.ref_forward, count.ref_reverse)
            sample["AD"] = (count.ref_forward + count.ref_reverse if by_strand else None, count.alt_depth)  # type: ignore[operator]
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
        effects=effects_of(record),
        population_af=af,
        population_group=group,
        population_an=an,
        clinvar=_clinvar(record, "CLNSIG", "CLNREVSTAT"),
        clinvar_oncogenicity=_clinvar(record, "ONC", "ONCREVSTAT", "ONCDN"),
        clinvar_impact=_clinvar_impact(record),
        counts_from=_info(record, "COUNTS", "recount"),
        unphased=bool(_info(record, "UNPHASED", False)),
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


def _counts(sample: pysam.VariantRecordSample) -> ReadCounts | None:
    """The counts as ``write_allele`` wrote them; None where it had none."""
    depth, alt_depth = sample.get("DP"), (sample.get("AD") or (None, None))[1]
    if depth is None or alt_depth is None:
        return None
    ref_forward, alt_forward = sample.get("ADF") or (None, None)
    ref_reverse, alt_reverse = sample.get("ADR") or (None, None)
    return ReadCounts(depth, alt_depth, alt_forward, alt_reverse, ref_forward, ref_reverse)


def effects_of(record: pysam.VariantRecord) -> tuple[Effect, ...]:
    """The effects of the only ALT, worst first: of snpEff's ANN, which is written so, or of VEP's CSQ on transcripts."""
    if "CSQ" not in record.header.info:
        return tuple(_effect(text) for text in _info(record, "ANN", ()))
    names = _fields_of(record.header.info["CSQ"].description or "", "CSQ")
    items = [dict(zip(names, text.split("|"), strict=False)) for text in _info(record, "CSQ", ())]
    on_transcripts = [item for item in items if item.get("Feature_type") == "Transcript"]
    effects = map(_named_effect, sorted(on_transcripts, key=_impact))
    return tuple(replace(effect, hgvsp=_uniform(hgvs.reported_protein, effect.hgvsp)) for effect in effects)


def _impact(item: Mapping[str, str]) -> int:
    """The place of an item's impact, worst first."""
    return IMPACTS.index(item["IMPACT"]) if item.get("IMPACT") in IMPACTS else len(IMPACTS)


def _effect(text: str) -> Effect:
    """One item of snpEff's ANN (its VCF annotation format 1.0): fields 2, 4, 7, 9, 10, 11."""
    field = text.split("|")
    return Effect(
        gene=field[3],
        transcript=field[6],
        consequence=field[1],
        hgvsc=_uniform(hgvs.normalise_coding, field[9]),
        hgvsp=_uniform(hgvs.reported_protein, field[10]),
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


def _clinvar_impact(record: pysam.VariantRecord) -> str:
    """``class|review status|conditions`` of ClinVar's somatic classification of clinical impact; "" without one.

    The review status stays in ClinVar's words: ``STARS`` are those of the other two classifications.
    """
    texts = [_joined(record, key) for key in ("SCI", "SCIREVSTAT", "SCIDN")]
    return "|".join(text.replace("|", ",") for text in texts) if texts[0] else ""


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


# --------------------------------------------------------------------------- any annotated VCF, allele by allele

IMPACTS = ("HIGH", "MODERATE", "LOW", "MODIFIER")
ONE_RESIDUE = frozenset({"missense_variant", "synonymous_variant", "stop_gained", "stop_lost", "start_lost"})
VEP_FREQUENCIES = ("gnomADe_AF", "gnomADg_AF", "gnomAD_AF")


@dataclass(frozen=True, slots=True)
class AnnotatedAllele:
    """One ALT allele of a VCF that snpEff or VEP annotated, and what it does in its reported or worst transcript."""

    chrom: str
    pos1: int
    ref: str
    alt: str
    effect: Effect | None  # None: the record has no annotation of this allele
    vaf: float | None  # of the only sample, or of the one that ##tumor_sample names
    population_af: float | None  # None: not looked up; 0: looked up, absent
    population_group: str
    population_an: int | None
    clinvar: str  # class|stars


def read_alleles(path: str | Path, reported: frozenset[str]) -> Iterator[AnnotatedAllele]:
    """Every ALT allele of an annotated VCF in the file's order, alleles that are no sequence left out.

    ``reported``: ids, without version, of the transcripts in which genes are reported. Of the annotator's items that
    one counts which changes the protein or its splicing on a reported transcript; else VEP's pick, MANE Select,
    canonical; else the worst by the annotator's impact; else the first. Raises InputError for a file that is no VCF,
    or has neither ANN (snpEff) nor CSQ (VEP) in its header.
    """
    pysam.set_verbosity(0)  # htslib's own words, such as that an index is missing, would stand among ours
    try:
        vcf = pysam.VariantFile(str(path))
    except (OSError, ValueError) as error:
        raise InputError([Problem(str(path), None, "", "", f"cannot be read as VCF: {error}", "")]) from error
    with vcf:
        key = next((key for key in ("ANN", "CSQ") if key in vcf.header.info), "")
        if not key:
            raise InputError([Problem(str(path), None, "INFO", "", "neither ANN (snpEff) nor CSQ (VEP) is in the header",
                                      "Annotate the VCF first.")])  # fmt: skip
        names = _fields_of(vcf.header.info[key].description or "", key)
        tumor = _tumor_of(vcf.header)
        records = iter(vcf)
        while True:
            try:
                record = next(records)
            except StopIteration:
                return
            except OSError as error:
                raise InputError([Problem(str(path), None, "", "", f"cannot be read further: {error}", "")]) from error
            for number, alt in enumerate(record.alts or ()):
                if re.fullmatch("[ACGTNacgtn]+", alt):
                    yield _allele(record, number, alt, key, names, tumor, reported)


@cache
def _fields_of(description: str, key: str) -> tuple[str, ...]:
    """The fields of an item, as the header describes them; snpEff's ANN has those of its format 1.0."""
    if key == "ANN":
        return ("Allele", "Consequence", "IMPACT", "SYMBOL", "", "", "Feature", "", "EXON", "HGVSc", "HGVSp")
    return tuple(name.strip() for name in description.partition("Format:")[2].strip(' "').split("|"))


def _tumor_of(header: pysam.VariantHeader) -> str:
    named = [record.value for record in header.records if record.key == "tumor_sample"]
    samples = list(header.samples)
    return samples[0] if len(samples) == 1 else next((str(name) for name in named if name in samples), "")


def _allele(
    record: pysam.VariantRecord, number: int, alt: str, key: str, names: Sequence[str], tumor: str, reported: frozenset[str]
) -> AnnotatedAllele:
    items = [dict(zip(names, text.split("|"), strict=False)) for text in _info(record, key, ())]
    items = [item for item in items if _is_of(item, record, number, alt)]
    best = min(enumerate(items), key=lambda item: (*_preference(item[1], reported), item[0]), default=(0, None))[1]
    af, group, an = _population(record)
    if key == "CSQ" and (found := _vep_frequency(best or {}, names)) is not None:
        multiple = len(alt) == len(record.ref or "") > 1  # a population file holds the parts of an MNV one by one
        af, group, an = (None if multiple and not found else found), "", None
    return AnnotatedAllele(
        record.chrom, record.pos, record.ref or "", alt, _named_effect(best) if best else None,
        _vaf(record, number, tumor), af, group, an, _clinvar(record, "CLNSIG", "CLNREVSTAT"),
    )  # fmt: skip


def _is_of(item: Mapping[str, str], record: pysam.VariantRecord, number: int, alt: str) -> bool:
    """Whether an item speaks of this ALT: by its number, its bases, or VEP's bases (without a shared first one)."""
    if item.get("ALLELE_NUM"):
        return item["ALLELE_NUM"] == str(number + 1)
    alts = record.alts or ()
    if len(alts) == 1:
        return True
    shared = len({allele[0] for allele in (record.ref or "", *alts)}) == 1
    return item.get("Allele") in (alt, (alt[1:] or "-") if shared else alt)


def _preference(item: Mapping[str, str], reported: frozenset[str]) -> tuple[bool | int, ...]:
    """The smaller, the better."""
    impact = _impact(item)
    return (
        impact > IMPACTS.index("MODERATE"),
        item.get("Feature", "").partition(".")[0] not in reported,
        item.get("PICK") != "1",
        not item.get("MANE_SELECT"),
        item.get("CANONICAL") != "YES",
        impact,
    )


def _named_effect(item: Mapping[str, str]) -> Effect:
    hgvsp = item.get("HGVSp", "").replace("%3D", "=")
    return Effect(
        gene=item.get("SYMBOL", ""),
        transcript=item.get("Feature", ""),
        consequence=item.get("Consequence", ""),
        hgvsc=_uniform(hgvs.normalise_coding, item.get("HGVSc", "").rpartition(":")[2]),
        hgvsp=_uniform(hgvs.normalise_protein, hgvsp.rpartition(":")[2]) or _from_amino_acids(item),
        exon=item.get("EXON", ""),
    )


def _from_amino_acids(item: Mapping[str, str]) -> str:
    """VEP's ``V/E`` at ``600`` as a protein change, where it was run without HGVS and one residue is replaced."""
    terms = set(item.get("Consequence", "").split("&"))
    if ONE_RESIDUE.isdisjoint(terms) or "frameshift_variant" in terms:
        return ""
    old, slash, new = item.get("Amino_acids", "").partition("/")
    position = item.get("Protein_position", "").partition("/")[0]
    if len(old) != 1 or len(new) > 1 or not position.isdigit():
        return ""
    text = _uniform(hgvs.normalise_protein, f"p.{old}{position}{new if slash else '='}")
    return text if text.startswith("p.") else ""


def _vep_frequency(item: Mapping[str, str], names: Sequence[str]) -> float | None:
    """The highest of gnomAD's frequencies that VEP gives; 0 where it looked and found none, None where it did not."""
    if not set(names) & set(VEP_FREQUENCIES):
        return None
    said = [part for name in VEP_FREQUENCIES for part in item.get(name, "").split("&")]
    return max((float(part) for part in said if re.fullmatch(r"[\d.]+(?:e-?\d+)?", part, re.IGNORECASE)), default=0.0)


def _vaf(record: pysam.VariantRecord, number: int, tumor: str) -> float | None:
    if not tumor:
        return None
    sample = record.samples[tumor]
    depths = sample["AD"] if "AD" in sample else None  # noqa: SIM401
    if isinstance(depths, tuple) and len(depths) > number + 1 and None not in depths and sum(depths):
        return float(depths[number + 1]) / sum(depths)
    fraction = sample["AF"] if "AF" in sample else None  # noqa: SIM401
    fraction = fraction[number] if isinstance(fraction, tuple) and len(fraction) > number else fraction
    return float(fraction) if isinstance(fraction, int | float) and 0 <= fraction <= 1 else None
