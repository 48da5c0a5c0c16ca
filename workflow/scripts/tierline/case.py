"""The case file ``results/interpret/<tumor>.<panel>.json``: everything a report shows, and nothing else is needed.

``to_json`` and ``from_json`` are each other's inverse, and the bytes depend on nothing but the case: keys are sorted,
floats carry six significant digits as in the TSVs, and no date of writing stands inside.
``python -m tierline.case`` prints the JSON Schema that is kept in ``workflow/schemas/case.schema.json``.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, Literal

from tierline.figures import percent
from tierline.laboratory import how_stated, is_found, name_of
from tierline.metrics import RESULTS
from tierline.problems import InputError, Problem
from tierline.reasons import FAILED_QC
from tierline.records import (
    DESCRIBED,
    LEAST_ALLELES,
    OPPOSED,
    Axis,
    Candidate,
    CodingCoverage,
    Curation,
    EvidenceMatch,
    Finding,
    GeneCoverage,
    Hole,
    LocusAnswer,
    Oncogenicity,
    ResultVerdict,
    Sample,
    Source,
    State,
    Statement,
    Tier,
    ToolVersion,
    Verdict,
)
from tierline.withholding import withheld
from tierline.withholding import words as metric_words

SCHEMA: Literal["tierline.case/1"] = "tierline.case/1"
Status = Literal["DRAFT", "FINAL", "AMENDED"]  # a draft; signed; signed again, with changes

# --------------------------------------------------------------------------- the records


@dataclass(frozen=True, slots=True)
class TumorType:
    """The patient's tumour type. ``path`` runs from the code itself up to the root of OncoTree."""

    code: str
    name: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AssayInfo:
    """What was sequenced. ``expected_depth`` is the mean usable depth the assay is designed for, in reads."""

    id: str
    version: str
    title: str
    chemistry: str  # capture | amplicon
    expected_depth: float | None


NAMED_GENES = 30  # as many genes can stand in a sentence

CLAIMS = {
    "snv": "single-base changes",
    "mnv": "multi-base changes",
    "indel": "short insertions and deletions",
}
"""What a panel can claim to answer for."""
FRACTION = "fraction"  # 0-1, shown in percent
THRESHOLDS = {
    "min_vaf": ("least allele fraction", FRACTION),
    "min_alt_reads": ("fewest variant fragments", "fragments"),
    "min_depth": ("least depth", "fragments"),
    "claimed_lod_snv": ("claimed limit, single base", FRACTION),
    "claimed_lod_mnv": ("claimed limit, several bases", FRACTION),
    "claimed_lod_indel": ("claimed limit, insertion or deletion", FRACTION),
    "min_normal_depth": ("least depth in the normal", "fragments"),
    "max_normal_vaf": ("highest allele fraction in the normal", FRACTION),
    "max_normal_alt_reads": ("most variant fragments in the normal", "fragments"),
}
"""A panel's thresholds: what each is called, and its unit."""


@dataclass(frozen=True, slots=True)
class PanelInfo:
    """What was asked. ``digest`` is the SHA-256 of the panel's folder; ``thresholds`` carry their unit in the name."""

    id: str
    version: str
    title: str
    intended_use: str
    digest: str
    genes: tuple[str, ...]  # those that it lists
    thresholds: dict[str, float | str]
    claims: tuple[str, ...] = ()  # keys of CLAIMS
    every_gene: bool = False  # True: beside these it asks every protein-coding gene of the annotation


@dataclass(frozen=True, slots=True)
class ReferenceInfo:
    """The genome and annotation in use; ``sha256s`` is keyed by file name, ``transcripts`` names the table in use.

    ``lacks`` are the VCF resources of config.yaml that were not given, by their keys.
    """

    build: str
    genome_file: str
    annotation_file: str
    transcripts: str
    sha256s: dict[str, str]
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KnowledgeRelease:
    """One knowledge source that was asked. ``date`` is the release's own, as the source writes it."""

    name: str
    release: str
    date: str
    licence: str
    items: int


@dataclass(frozen=True, slots=True)
class CallerCounts:
    """One caller's own figures for a finding. ``filters`` is empty where the caller passed it."""

    caller: str
    depth: int | None
    alt_depth: int | None
    filters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseFinding:
    """A finding with the working of its tier and what each caller counted."""

    finding: Finding
    trace: tuple[EvidenceMatch, ...]
    caller_counts: tuple[CallerCounts, ...]
    gene_role: str  # oncogene | tumour suppressor | both; "" = not known
    oncogenicity: Oncogenicity | None = None  # None: not assessed
    reviews: tuple[Curation, ...] = ()  # what reviewers say of it: a tier, comments, that it is held back
    statement: Statement | None = None  # where the laboratory states it and nothing was measured
    gene_role_source: str = ""  # where the role was read; for one not known, what was read where it was looked up


@dataclass(frozen=True, slots=True)
class Case:
    """One tumour read against one panel. ``normal`` is the sample name of the matched normal, "" without one."""

    schema: Literal["tierline.case/1"]
    tierline_version: str
    synthetic: bool
    status: Status
    sample: Sample
    normal: str
    mode: Literal["tumor-normal", "tumor-only"]
    tumor_type: TumorType
    assay: AssayInfo
    panel: PanelInfo
    reference: ReferenceInfo
    knowledge: tuple[KnowledgeRelease, ...]
    conclusion: tuple[str, ...]
    findings: tuple[CaseFinding, ...]
    loci: tuple[LocusAnswer, ...]
    genes: tuple[GeneCoverage, ...]
    verdicts: tuple[Verdict, ...]
    ledger_counts: dict[str, int]  # candidates per fate
    held_candidates: tuple[Candidate, ...]
    tools: tuple[ToolVersion, ...]
    limits: tuple[str, ...]
    statements: tuple[Statement, ...] = ()  # all that the laboratory states, also what was not found
    withheld: tuple[CaseFinding, ...] = ()  # findings that a reviewer holds back; none of them is among the findings
    comments: tuple[Curation, ...] = ()  # what reviewers say of the case as a whole
    signatures: tuple[Curation, ...] = ()  # every change of status, the latest last
    coding: tuple[CodingCoverage, ...] = ()  # what could be seen of each gene's coding sequence; genes with a model only
    holes: tuple[Hole, ...] = ()  # where it could not be seen down to the limit that the panel claims
    reason_counts: dict[str, int] = dataclasses.field(default_factory=dict)  # candidates held back, per technical reason
    results: tuple[ResultVerdict, ...] = ()  # what may be reported: the report starts with it
    content: str = ""  # digest of what is signed, see curation.content_digest; "" = not reckoned
    sources: tuple[Source, ...] = ()  # files of other pipelines: calls (then no read was looked at), more_calls, coverage

    @property
    def entered_as_vcf(self) -> bool:
        """Whether the calls came from another pipeline, and no read was looked at."""
        return entered_as_vcf(self.sources)


# --------------------------------------------------------------------------- to and from JSON


@cache
def _fields(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return {name: _plain(getattr(value, name)) for name in _fields(type(value))}  # type: ignore[arg-type]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        return float(f"{value:.6g}")
    return value


def to_json(case: Case) -> str:
    """The case as JSON text. Raises ValueError where a number is not finite."""
    return json.dumps(_plain(case), ensure_ascii=False, allow_nan=False, indent=1, sort_keys=True) + "\n"


class _Unfit(ValueError):
    """A value that does not have the shape of its place."""


@cache
def _builder(hint: Any) -> Callable[[Any], Any]:
    """What makes a value of the type ``hint`` from its JSON; it raises _Unfit for whatever the schema would refuse.

    Reading a case takes a tenth of the time that checking it against the schema does, and a cohort has hundreds.
    """
    if isinstance(hint, types.UnionType):
        arms = typing.get_args(hint)
        kinds = tuple(arm for arm in arms if arm in _JSON_KINDS)
        others = [_builder(arm) for arm in arms if arm not in _JSON_KINDS]
        allowed = {kind for arm in kinds for kind in _JSON_KINDS[arm]}
        return lambda value: value if type(value) in allowed else _first(others, value)
    if hint in _JSON_KINDS:
        return lambda value: value if type(value) in _JSON_KINDS[hint] else _refuse(value)
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return lambda value: value if type(value) is str and value in args else _refuse(value)
    if origin is tuple:
        item = _builder(args[0])
        return lambda value: tuple(map(item, value)) if type(value) is list else _refuse(value)
    if origin is dict:
        inner = _builder(args[1])
        return lambda value: {k: inner(v) for k, v in value.items()} if type(value) is dict else _refuse(value)
    if issubclass(hint, Enum):
        members = {member.value: member for member in hint}
        return lambda value: members[value] if type(value) is str and value in members else _refuse(value)
    parts = {name: _builder(of) for name, of in _fields(hint).items()}
    required = {f.name for f in dataclasses.fields(hint) if f.default is dataclasses.MISSING}

    def build(value: Any) -> Any:
        if type(value) is not dict or not required <= value.keys() <= parts.keys():
            raise _Unfit
        return hint(**{name: parts[name](inner) for name, inner in value.items()})

    return build


def _refuse(value: Any) -> Any:
    raise _Unfit


def _first(builders: Sequence[Callable[[Any], Any]], value: Any) -> Any:
    if len(builders) != 1:
        raise _Unfit
    return builders[0](value)


def from_json(text: str, file: str = "case file") -> Case:
    """The case written by ``to_json``.

    Raises InputError with every place where the text is not a case of this schema; ``file`` is the name shown there.
    """
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError([Problem(file, error.lineno, "", "", f"not JSON: {error.msg}", "Make it anew.")]) from error
    try:
        case: Case = _builder(Case)(data)
    except _Unfit:
        raise InputError(_schema_problems(data, file)) from None
    return case


def _schema_problems(data: Any, file: str) -> list[Problem]:
    """Where the data are not a case, by the schema; at least one."""
    from jsonschema import Draft202012Validator

    remedy = "Make the case file anew with this version of Tierline."
    errors = sorted(Draft202012Validator(json_schema()).iter_errors(data), key=lambda e: [str(p) for p in e.path])
    told = [("/".join(map(str, error.path)), error.message[:300]) for error in errors]
    return [Problem(file, None, place, "", said, remedy) for place, said in told or [("", "not as Tierline writes it")]]


_JSON_KINDS: dict[Any, tuple[type, ...]] = {
    str: (str,), int: (int,), float: (int, float), bool: (bool,), types.NoneType: (types.NoneType,)
}  # fmt: skip
_JSON_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", types.NoneType: "null"}


def _schema_of(hint: Any, defs: dict[str, Any]) -> dict[str, Any]:
    if isinstance(hint, types.UnionType):
        arms = [_schema_of(arm, defs) for arm in typing.get_args(hint)]
        plain = all(set(arm) == {"type"} for arm in arms)
        return {"type": [arm["type"] for arm in arms]} if plain else {"anyOf": arms}
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return {"enum": list(args)}
    if origin is tuple:
        return {"type": "array", "items": _schema_of(args[0], defs)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema_of(args[1], defs)}
    if dataclasses.is_dataclass(hint):
        name = hint.__name__  # type: ignore[union-attr]
        if name not in defs:
            defs[name] = {}
            required = [f.name for f in dataclasses.fields(hint) if f.default is dataclasses.MISSING]
            defs[name] = {
                "type": "object",
                "description": " ".join((hint.__doc__ or "").split()),
                "additionalProperties": False,
                "required": required,
                "properties": {n: _schema_of(h, defs) for n, h in _fields(hint).items()},  # type: ignore[arg-type]
            }
        return {"$ref": f"#/$defs/{name}"}
    if issubclass(hint, Enum):
        return {"enum": [member.value for member in hint]}
    return {"type": _JSON_TYPES[hint]}


@cache
def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the case file, generated from the dataclasses."""
    defs: dict[str, Any] = {}
    root = _schema_of(Case, defs)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Tierline case file ({SCHEMA})",
        **root,
        "$defs": dict(sorted(defs.items())),
    }


def schema_text() -> str:
    """What ``workflow/schemas/case.schema.json`` holds."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


# --------------------------------------------------------------------------- the evidence behind a finding

TIER_MEANING = {
    Tier.I: "strong clinical significance",
    Tier.II: "potential clinical significance",
    Tier.III: "unknown clinical significance",
    Tier.IV: "benign or likely benign",
}


@dataclass(frozen=True, slots=True)
class Support:
    """All evidence of one axis and one therapy (or one effect) that bears on a finding, at its best level.

    ``matches`` hold the items of that level. ``approved_test`` is "yes" where a label among them asks for one,
    "unknown" where none does and one may (not stated, or not known), "" where there is no label.
    """

    axis: Axis
    subject: str  # the therapy; for diagnostic and prognostic evidence its effect
    level: str
    matches: tuple[EvidenceMatch, ...]

    @property
    def approved_test(self) -> str:
        words = {match.evidence.approved_test for match in self.matches}
        return next((word for word in ("yes", "unknown", "no") if word in words), "")

    @property
    def jurisdictions(self) -> tuple[str, ...]:
        return tuple(sorted({place for match in self.matches for place in match.evidence.jurisdictions}))

    @property
    def contested(self) -> int:
        """0; 1 where weaker resistance to the therapy is described in this case; 2 where it is opposed by resistance."""
        notes = " ".join(match.note for match in self.matches)
        return 2 if OPPOSED in notes else 1 if DESCRIBED in notes else 0

    @property
    def types(self) -> tuple[str, ...]:
        return tuple(sorted({code for match in self.matches for code in match.evidence.tumor_types}))

    @property
    def from_other_type(self) -> bool:
        return all(match.tumor_match == "other_type" for match in self.matches)


def supports(trace: Iterable[EvidenceMatch]) -> tuple[Support, ...]:
    """The evidence that counts (``level_used`` is not empty), grouped by axis and therapy.

    Best level first; of one level the least contested, then that of the patient's own tumour type.
    """
    groups: dict[tuple[Axis, frozenset[str]], list[EvidenceMatch]] = {}
    for match in trace:
        if match.level_used:
            subject = match.evidence.therapy or match.evidence.effect
            groups.setdefault((match.evidence.axis, frozenset(subject.casefold().split(" + "))), []).append(match)
    found = []
    for (axis, _), matches in groups.items():
        level = min(match.level_used for match in matches)
        best = sorted((m for m in matches if m.level_used == level), key=lambda m: m.evidence.id)
        found.append(Support(axis, best[0].evidence.therapy or best[0].evidence.effect, level, tuple(best)))
    axes = list(Axis)
    return tuple(sorted(found, key=lambda s: (s.level, s.contested, s.from_other_type, axes.index(s.axis), s.subject)))


def change(finding: Finding) -> str:
    """The change in the shortest form that is still HGVS: the protein change, else the coding one; of a statement what
    it says."""
    if finding.stated:
        return finding.stated.partition(": stated ")[0].removeprefix(f"{finding.gene} ")
    return finding.hgvsp or finding.hgvsc or f"{finding.chrom}:{finding.pos1} {finding.ref}>{finding.alt}"


def name(finding: Finding) -> str:
    """Gene and change, as the report says them: ``BRAF p.Val600Glu``, ``EML4::ALK fusion``, ``MSI high``."""
    return finding.stated.partition(": stated ")[0] or f"{finding.gene} {change(finding)}"


def counted_in(finding: Finding) -> str:
    """What the depths of a finding count: fragments, recounted here; else reads, by the caller whose VCF states them."""
    by = CALLER_NAMES.get(finding.counts_from, finding.counts_from)
    return "fragments" if finding.counts_from == "recount" else f"reads by the VCF ({by})"


def engine_tier(finding: Finding) -> Tier:
    """The engine's own tier, whatever a reviewer has set."""
    return Tier(finding.engine_tier or finding.tier)


def ranked(findings: Iterable[CaseFinding]) -> list[CaseFinding]:
    """The order of a report: tier, level (none last), gene, place."""

    def key(item: CaseFinding) -> tuple[int, str, str, str, int, str]:
        f = item.finding
        return (list(Tier).index(f.tier), f.level or "Z", f.gene, f.chrom, f.pos1, f.alt or f.stated)

    return sorted(findings, key=key)


# --------------------------------------------------------------------------- words

REASONS = {
    "depth": "too few usable reads",
    "quality": "read or base quality too low",
    "purity": "tumour purity too low for the depth reached",
    "candidate_filtered": "a candidate was seen there and held back on technical grounds: neither confirmed nor excluded",
    "failed_qc": "the sample failed quality control",
    "no_coverage_known": "the calls came as a VCF without coverage: that nothing was called there says nothing",
    "gene_not_in_annotation": "the gene is not in the annotation in use",
    "outside_assay": "not among the targets of the assay",
    "held_by_reviewer": "a finding there was held back by the reviewer: neither confirmed nor excluded",
    "unresolved": "the gene's model or sequence in use does not have this locus",
}


def reason_words(reason: str) -> str:
    """A locus reason in words; one that is not known is shown as it stands."""
    return REASONS.get(reason, reason.replace("_", " "))


_TECHNICAL = {
    FAILED_QC: "the sample failed quality control",
    "artefact": "an artefact by a caller's model",
    "not_passed": "passed by no caller",
}


def technical_words(code: str) -> str:
    """``artefact:mutect2_strand_bias`` as ``an artefact by a caller's model (mutect2: strand bias)``."""
    kind, _, filters = code.partition(":")
    said = _TECHNICAL.get(kind, kind.replace("_", " "))
    named = [f"{caller}: {name.replace('_', ' ')}" for caller, _, name in (f.partition("_") for f in filters.split(","))]
    return f"{said} ({', '.join(named)})" if filters else said


def percent_up(fraction: float | None) -> str:
    """A limit of detection 0-1 in percent, rounded up: what is shown is never better than what was reached."""
    return percent(None if fraction is None else math.ceil(1000 * fraction - 1e-6) / 1000)


def _count(number: int, noun: str, plural: str = "") -> str:
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def series(words: Sequence[str], most: int = 6) -> str:
    """``a, b and c``; a list longer than ``most`` ends in ``and n more``."""
    shown = list(words) if len(words) <= most + 1 else [*words[:most], f"{len(words) - most} more"]
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " and " + shown[-1]


def _where(loci: Sequence[LocusAnswer]) -> str:
    """The loci by name, many of them by gene, those of many genes by number."""
    genes = sorted({locus.gene for locus in loci})
    if len(loci) <= 4:
        return series([locus.locus_id.replace(":", " ") for locus in loci])
    return series(genes) if len(genes) <= 7 else f"in {len(genes)} genes"


def _reasons(loci: Sequence[LocusAnswer]) -> str:
    """Why these loci have no answer, most frequent reason first: ``too few usable reads (2: KRAS p.12 and KRAS p.13)``."""
    groups: dict[str, list[LocusAnswer]] = {}
    for locus in loci:
        groups.setdefault(locus.reason, []).append(locus)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return "; ".join(f"{reason_words(reason)} ({len(group)}: {_where(group)})" for reason, group in ordered)


def genes_without_locus(genes: Iterable[str], loci: Iterable[LocusAnswer]) -> tuple[str, ...]:
    """The genes of a panel for which it owes no answer, in alphabetical order."""
    return tuple(sorted(set(genes) - {locus.gene for locus in loci}))


def no_locus_sentence(genes: Sequence[str]) -> str:
    """What holds for genes without a reportable locus."""
    have = "has" if len(genes) == 1 else "have"
    named = ", ".join(genes) if len(genes) <= NAMED_GENES else "named in the table of the panel's genes"
    return (
        f"{_count(len(genes), 'gene')} of the panel {have} no reportable locus ({named}): variants found there "
        "are reported, but no negative is claimed."
    )


def axis_phrase(axis: Axis, subjects: Sequence[str]) -> str:
    """``sensitivity to A; B`` or ``a worse prognosis``: what evidence of one axis speaks of."""
    if axis in (Axis.SENSITIVITY, Axis.RESISTANCE):
        return f"{axis} to {series(subjects)}"
    if axis is Axis.PROGNOSTIC:
        return f"a {series(subjects)} prognosis"
    return f"the diagnosis ({series(subjects)})"


def both_ways(findings: Iterable[CaseFinding]) -> list[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]]:
    """Where Tier I/II findings of one case disagree: (therapies, changes that sensitise, changes that resist).

    Therapies are compared as they are written, whole: a combination is not taken apart. Level D, preclinical work and
    single cases, contests nothing.
    """
    seen: dict[str, dict[Axis, list[str]]] = {}
    for item in ranked(findings):
        if item.finding.tier in (Tier.I, Tier.II):
            for support in (found for found in supports(item.trace) if found.level != "D"):
                seen.setdefault(support.subject, {}).setdefault(support.axis, []).append(name(item.finding))
    grouped: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for therapy, axes in sorted(seen.items()):
        if Axis.SENSITIVITY in axes and Axis.RESISTANCE in axes:
            pair = tuple(axes[Axis.SENSITIVITY]), tuple(axes[Axis.RESISTANCE])
            grouped.setdefault(pair, []).append(therapy)
    return [(tuple(therapies), for_it, against) for (for_it, against), therapies in grouped.items()]


def _standing(support: Support) -> tuple[str, int, bool]:
    return support.level, support.contested, support.from_other_type


def _finding_sentence(item: CaseFinding, tumor_name: str) -> str:
    f = item.finding
    reads = "" if f.alt_depth is None or f.depth is None else f", {f.alt_depth} of {f.depth} {counted_in(f)}"
    if item.statement:
        sentence = f"{name_of(item.statement)} is {how_stated(item.statement)}"
    else:
        sentence = f"{name(f)} was detected at an allele fraction of {percent(f.vaf)}{reads}"
    meaning = f"by the reviewer, Tier {f.engine_tier} by the engine" if f.engine_tier else TIER_MEANING[f.tier]
    sentence += f" (Tier {f.tier}, {meaning}" + (f", level {f.level})" if f.level else ")")
    phrases = []
    found = supports(item.trace)
    for axis in dict.fromkeys(s.axis for s in sorted(found, key=lambda s: (s.level, s.from_other_type))):
        on_axis = [s for s in found if s.axis is axis]
        first = on_axis[0]
        if engine_tier(f) is Tier.I and first.level in ("C", "D"):
            continue  # beside what makes Tier I, weaker evidence is told with the finding, not here
        best = [s for s in on_axis if _standing(s) == _standing(first)]
        where = f"in tumour types other than {tumor_name}, " if first.from_other_type else ""
        against = "opposed by resistance in this case, " if first.contested == 2 else ""
        phrases.append(f"{axis_phrase(axis, [s.subject for s in best])} ({where}{against}level {first.level})")
    sentence += ". Published evidence links it to " + ", and to ".join(phrases) + "." if phrases else "."
    germline = [label.replace("_", " ") for label in f.labels if "germline" in label.lower()]
    return sentence + (f" Origin: {', '.join(germline)}; this assay alone does not settle it." if germline else "")


def conclusion(
    findings: Sequence[CaseFinding],
    loci: Sequence[LocusAnswer],
    *,
    genes: Sequence[str],
    tumor_name: str,
    mode: str,
    purity: float | None,
    verdicts: Sequence[Verdict] = (),
    reviewed: Sequence[str] = (),
    statements: Sequence[Statement] = (),
) -> tuple[str, ...]:
    """The conclusion of a report in plain language, one sentence or two per item.

    It says what was detected, what that is associated with, what could not be assessed, and within which limits the
    rest is negative; it recommends nothing. ``genes`` are those of the panel; ``purity`` is a fraction 0-1, None where
    it is not known; ``mode`` is ``tumor-normal`` or ``tumor-only``; ``verdicts`` that fail come first; ``reviewed``
    are a reviewer's sentences, which follow the findings. "Not detected" is never called absent.
    """
    said = []
    for row in verdicts:
        if row.verdict == "fail" or row.withholds or (row.override and row.verdict == "not_assessable"):
            results = [RESULTS[result] for result in withheld([row], row.sample)]
            said.append(
                f"Quality control failed for {row.sample}: {metric_words(row, row.sample)}."
                + (f" This withholds: {series(results)}." if results else "")
            )
    forbidden = {result for row in verdicts if row.withholds for result in withheld([row], row.sample)}

    tiered = [item for item in ranked(findings) if item.finding.tier in (Tier.I, Tier.II)]
    said += [_finding_sentence(item, tumor_name) for item in tiered]
    if "findings" in forbidden:
        said.append("No variant is reported of this sample; what its reads show stands among the candidates held back.")
    elif all(item.statement for item in tiered):
        said.append(
            "No variant of strong or potential clinical significance (Tier I or II) was detected; since the sample "
            "failed, nothing may be concluded from that."
            if forbidden
            else "No variant of strong or potential clinical significance (Tier I or II) was detected at the loci that "
            "could be assessed."
        )
    for therapies, for_it, against in both_ways(findings):
        said.append(
            f"The evidence points both ways for {series(therapies)}: sensitivity by {series(for_it)}, resistance by "
            f"{series(against)}."
        )
    uncertain = [item.finding for item in ranked(findings) if item.finding.tier is Tier.III]
    if uncertain:
        names = series([name(f) for f in uncertain])
        noun = "finding" if any(f.stated for f in uncertain) else "variant"
        said.append(f"{_count(len(uncertain), noun)} of unknown clinical significance (Tier III): {names}.")
    if absent := [f"{name_of(row)} ({row.method}, {row.date})" for row in statements if not is_found(row)]:
        said.append(f"Stated by the laboratory as not found, and not measured here: {series(absent)}.")
    said += reviewed

    unseen = [locus for locus in loci if locus.state is State.NOT_ASSESSABLE]
    outside = [locus for locus in loci if locus.state is State.NOT_COVERED]
    if unseen or outside:
        parts = []
        if unseen:
            parts.append(f"{_count(len(unseen), 'locus', 'loci')} could not be assessed: {_reasons(unseen)}")
        if outside:
            is_are = "is" if len(outside) == 1 else "are"
            parts.append(f"{_count(len(outside), 'locus', 'loci')} {is_are} not covered: {_reasons(outside)}")
        said.append(f"Of {len(loci)} reportable loci, {'. '.join(parts)}. Nothing, neither yes nor no, is said of them.")
    if silent := genes_without_locus(genes, loci):
        said.append(no_locus_sentence(silent))

    negative = [locus for locus in loci if locus.state is State.NOT_DETECTED]
    if negative:
        text = f"At {len(negative)} of {len(loci)} reportable loci no variant was detected. Not detected is not absent: "
        limits = [locus.lod_vaf for locus in negative if locus.lod_vaf is not None]
        if limits:
            low, high = percent_up(min(limits)), percent_up(max(limits))
            span = high if low == high else f"{low} to {high}, by locus"
            text += f"a single-base change below the limit of detection ({span}) may have been missed."
        else:
            text += "the limit of detection is not known."
        unknown = len(negative) - len(limits)
        if limits and unknown:
            text += f" For {_count(unknown, 'locus', 'loci')} the limit is not known."
        if purity is None:
            text += " The tumour purity is not known, so these limits cannot be related to the share of tumour cells."
        said.append(text)
    elif not any(locus.state is State.DETECTED for locus in loci):
        said.append("No reportable locus could be assessed; this report supports no negative statement.")
    if mode == "tumor-only":
        said.append(
            "No matched normal was tested: whether a variant is somatic or inherited cannot be told from these reads."
        )
    elif open_ := [name(item.finding) for item in ranked(findings) if SHALLOW_NORMAL in item.finding.labels]:
        said.append(
            f"The matched normal was read too rarely at {_count(len(open_), 'finding')}: whether somatic or inherited "
            f"cannot be told of {series(open_)}."
        )
    return tuple(said)


SHALLOW_NORMAL = "normal_not_assessable"  # label of a finding


def panel_limits(panel: PanelInfo) -> tuple[str, ...]:
    """What a panel does not claim, as sentences; () where it claims all classes of small variants in its genes."""
    said = []
    unclaimed = [words for claim, words in CLAIMS.items() if panel.claims and claim not in panel.claims]
    if unclaimed:
        said.append(
            f"The panel makes no claim for {series(unclaimed)}: one that is seen is reported, and where none is reported "
            "nothing may be concluded from that."
        )
    if panel.every_gene:
        said.append(
            "The panel asks every protein-coding gene of the annotation, and claims negatives at loci only. Variants in "
            "genes without a known role in cancer and without evidence have no tier: they are in the ledger."
        )
    return tuple(said)


def without_population(lacks: Sequence[str], mode: str) -> str:
    """What it costs that no population frequencies were given, in words; "" where they were."""
    if "population_vcf" not in lacks:
        return ""
    said = "No population frequency was looked up, as no resource for it was given (reference.population_vcf)"
    if mode == "tumor-normal":
        return f"{said}: no variant is Tier IV for being common."
    return (
        f"{said}, and no matched normal was tested: any finding may be an inherited variant, also one that is common and "
        "harmless, and none is Tier IV for being common."
    )


def resource_limits(lacks: Sequence[str], mode: str) -> tuple[str, ...]:
    """What each resource that was not given costs, as sentences. ``lacks``: see ``ReferenceInfo``."""
    said = [
        without_population(lacks, mode),
        "ClinVar was not looked up (reference.clinvar_vcf): no variant is Tier IV by it." * ("clinvar_vcf" in lacks),
        "Contamination was not measured (reference.common_sites_vcf)." * ("common_sites_vcf" in lacks),
    ]
    return tuple(filter(None, said))


def entered_as_vcf(sources: Iterable[Source]) -> bool:
    """Whether the sources hold the calls of a tumour that has no reads here."""
    return any(source.role == "calls" for source in sources)


def door_limits(sources: Sequence[Source]) -> tuple[str, ...]:
    """What entry by VCF costs, as sentences; none for a case that was called here."""
    if not entered_as_vcf(sources):
        return ()
    callers = series(list(dict.fromkeys(CALLER_NAMES.get(s.kind, s.kind) for s in sources if s.role == "calls")))
    coverage = next((source for source in sources if source.role == "coverage"), None)
    said = [
        f"The calls came from another pipeline as a VCF ({callers}); no read was looked at here. Allele fractions and "
        "depths are the VCF's own: none was recounted.",
        "Only what that pipeline passed (FILTER: PASS) became a finding. What it did not write into the VCF is not known "
        "here, nor are the quality of the sample, its identity and contamination.",
    ]
    if coverage is None:
        said.append(
            "No coverage came with the VCF: at no locus is it known whether a variant would have been seen, so there is no "
            "negative answer."
        )
    else:
        depth = f", at least {coverage.depth} a base as stated" if coverage.depth is not None else ""
        said.append(
            f"Depths are those of {coverage.file} ({coverage.kind.replace('_', ' ')}{depth}). The limits of detection hold "
            "only if that pipeline calls what this panel's thresholds would pass at these depths, which was not tested."
        )
    return tuple(said)


CALLER_NAMES = {
    "dragen": "DRAGEN", "freebayes": "FreeBayes", "mutect2": "Mutect2", "plain": "caller not known", "strelka": "Strelka",
    "vardict": "VarDict",
}  # fmt: skip


def standard_limits(mode: str, material: str, purity: float | None, chemistry: str) -> tuple[str, ...]:
    """The limits that hold for every case of this kind, as sentences; the assay's and panel's own come on top."""
    said = [
        "Only small variants (single-base changes, multi-base changes, short insertions and deletions) at the loci and "
        "genes of this panel are reported. Rearrangements, copy-number changes and larger events are outside its scope.",
        "Not detected means: a variant at or above the stated limit would have been seen with a probability of at least "
        "95 %, given the usable depth. It does not mean absent.",
        "A tier summarises published evidence for the variant and the tumour type. It is no treatment recommendation.",
        "A population frequency is that of the group in which the variant is most frequent. It says nothing of groups that "
        f"the population data lack, and a group of fewer than {LEAST_ALLELES:,} alleles shows no variant to be rare.",
    ]
    if mode == "tumor-only":
        said.append(
            "Tumour-only analysis: population frequencies cannot remove rare inherited variants. A variant of possible "
            "germline origin needs testing of normal tissue, with counselling, before it is called inherited or somatic."
        )
    if material == "FFPE":
        said.append("Fixation can create C>T and G>A changes, most often at low allele fraction.")
    if material in ("plasma", "blood"):
        said.append("Variants in blood or plasma can stem from clonal haematopoiesis rather than from the tumour.")
    if purity is None:
        said.append("The tumour purity is not known; negative answers cannot be related to the share of tumour cells.")
    else:
        said.append(
            f"At a purity of {100 * purity:.0f} % a heterozygous variant in every tumour cell, in a region of two "
            f"copies, is expected near {percent(purity / 2)}; subclonal variants lie lower."
        )
    if chemistry == "amplicon":
        said.append("Amplicon sequencing: a variant under a primer can hide an allele, and duplicates cannot be removed.")
    return tuple(said)


if __name__ == "__main__":
    print(schema_text(), end="")
