"""The rows that pass between the stages of Tierline.

Every table has one frozen dataclass here; its header is the names of the fields, in order.
``tables.py`` reads and writes them; nothing else parses a TSV of ours.

Conventions
-----------
* ``start0``/``end0`` are 0-based half-open; ``pos1`` is 1-based, as in VCF, MAF and HGVS.
* Fractions (``vaf``, ``purity``, ``lod_vaf``) lie in 0-1. ``None`` means "not known", never 0.
* A ``tuple`` is a list; in a TSV it is joined by ``;``. An empty cell is ``None``, ``""`` or ``()``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    TUMOR = "tumor"
    NORMAL = "normal"


class State(StrEnum):
    """The four answers for a reportable locus. Silence is never a negative."""

    DETECTED = "detected"
    NOT_DETECTED = "not_detected"
    NOT_ASSESSABLE = "not_assessable"
    NOT_COVERED = "not_covered"


class Tier(StrEnum):
    """AMP/ASCO/CAP tiers, Li et al., J Mol Diagn 2017 (PMID 27993330)."""

    I = "I"  # noqa: E741  (the field's own name)
    II = "II"
    III = "III"
    IV = "IV"


class Axis(StrEnum):
    """What a piece of evidence speaks about."""

    SENSITIVITY = "sensitivity"
    RESISTANCE = "resistance"
    DIAGNOSTIC = "diagnostic"
    PROGNOSTIC = "prognostic"


class VariantClass(StrEnum):
    SNV = "snv"
    MNV = "mnv"
    INDEL = "indel"


# --------------------------------------------------------------------------- sheets


@dataclass(frozen=True, slots=True)
class Sample:
    """One row of ``config/samples.tsv``."""

    sample: str
    patient: str
    kind: Kind
    tumor_type: str  # OncoTree code; empty for a normal
    assay: str
    panels: tuple[str, ...]
    purity: float | None
    sex: str  # female | male | unknown
    material: str  # FFPE | fresh | blood | plasma
    germline_consent: bool
    accession: str = ""
    specimen_site: str = ""
    collected: str = ""  # YYYY-MM-DD
    received: str = ""  # YYYY-MM-DD
    ordered_by: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """One row of ``config/units.tsv``: a FASTQ pair of one lane, or one BAM/CRAM."""

    sample: str
    unit: str
    library: str
    flowcell: str
    lane: str
    fq1: str
    fq2: str
    bam: str


# --------------------------------------------------------------------------- gene models and panels


@dataclass(frozen=True, slots=True)
class TranscriptChoice:
    """One row of ``transcripts.tsv``: the one transcript in which a gene is reported, for one build."""

    gene: str
    transcript: str  # with version, e.g. ENST00000646891.2
    refseq: str  # the RefSeq transcript of the same numbering, where known
    mane_status: str  # MANE Select | MANE Plus Clinical | none
    protein_length: int  # amino acids without the stop
    aliases: tuple[str, ...]  # numbering aliases: "p.Tyr641=p.Tyr646"
    source: str


@dataclass(frozen=True, slots=True)
class PanelGene:
    """One row of a panel's ``genes.tsv``."""

    gene: str
    scope: str  # "coding": the coding exons; "hotspots": only the listed hotspots
    note: str
    source: str


@dataclass(frozen=True, slots=True)
class Hotspot:
    """One row of a panel's ``hotspots.tsv``: a locus for which the panel owes an answer.

    ``locus`` is written in the reported transcript: ``p.600`` (codon), ``e19`` (exon), ``c.-124`` (coding
    position, promoters), ``s.e14`` (the splice sites around exon 14). ``residue`` is the one-letter reference
    amino acid of a codon (checked against the annotation), else empty.
    """

    gene: str
    locus: str
    residue: str
    why: str  # what is looked for there, e.g. "activating mutations"
    source: str

    @property
    def locus_id(self) -> str:
        return f"{self.gene}:{self.locus}"


@dataclass(frozen=True, slots=True)
class Locus:
    """A hotspot resolved on the genome in use. ``intervals`` are (start0, end0), ascending; empty with ``problem``."""

    locus_id: str
    gene: str
    type: str  # codon | exon | position | splice
    chrom: str
    intervals: tuple[tuple[int, int], ...]
    in_assay: bool
    problem: str  # why it could not be resolved ("gene not in the annotation"), else ""
    strand: str = ""  # + or - of its gene; "" where it could not be resolved


# --------------------------------------------------------------------------- calls


@dataclass(frozen=True, slots=True)
class Call:
    """What one caller says of one ALT allele in the tumour, in the caller's own counts."""

    caller: str
    chrom: str
    pos1: int
    ref: str
    alt: str
    depth: int | None
    alt_depth: int | None
    filters: tuple[str, ...]  # the caller's own filter names for this allele; () = passed
    normal_depth: int | None
    normal_alt_depth: int | None
    phase_set: str  # caller's phasing key shared by calls on one haplotype, else ""


@dataclass(frozen=True, slots=True)
class ReadCounts:
    """Usable reads at an allele by the one definition of ``pileup.py``; mates counted once."""

    depth: int
    alt_depth: int
    alt_forward: int
    alt_reverse: int
    ref_forward: int
    ref_reverse: int

    @property
    def vaf(self) -> float | None:
        return self.alt_depth / self.depth if self.depth else None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One row of the ledger ``results/filter/<tumor>.<panel>.ledger.tsv``: a candidate and its fate."""

    chrom: str
    pos1: int
    ref: str
    alt: str
    variant_class: VariantClass
    gene: str
    transcript: str
    hgvsc: str
    hgvsp: str
    consequence: str  # Sequence Ontology terms joined by &
    exon: str  # "15/18", else ""
    locus_ids: tuple[str, ...]  # hotspots of the panel that it touches
    callers: tuple[str, ...]  # callers that passed it
    depth: int | None  # usable depth, recounted
    alt_depth: int | None
    vaf: float | None
    alt_forward: int | None
    alt_reverse: int | None
    caller_depth: int | None  # the first caller's own figures, beside the recount
    caller_alt_depth: int | None
    normal_depth: int | None
    normal_alt_depth: int | None
    population_af: float | None  # highest group; None: not looked up
    population_group: str
    population_an: int | None  # alleles in that group
    clinvar: str  # "Benign|2" (class|review stars), else ""
    technical: tuple[str, ...]  # reasons that keep it out of the findings
    labels: tuple[str, ...]  # biological labels that travel with it
    fate: str  # finding | technical | outside_panel | not_reportable | germline_no_consent
    why: str  # the fate in words


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of ``findings.tsv``: a candidate that passed, with its tier and how it came about."""

    chrom: str
    pos1: int
    ref: str
    alt: str
    gene: str
    transcript: str
    hgvsc: str
    hgvsp: str
    consequence: str
    exon: str
    locus_ids: tuple[str, ...]
    vaf: float | None
    depth: int | None
    alt_depth: int | None
    alt_forward: int | None
    alt_reverse: int | None
    callers: tuple[str, ...]
    normal_depth: int | None
    normal_alt_depth: int | None
    population_af: float | None
    population_group: str
    clinvar: str
    tier: Tier
    level: str  # A | B | C | D, else ""
    axis: str
    rule: str  # id of the rule in tiers.py that decided
    match: str  # how exactly the variant matched: exact | codon | exon | class | ...
    evidence: tuple[str, ...]  # ids that carry the tier
    therapies: tuple[str, ...]
    labels: tuple[str, ...]
    reason: str  # the tier in one sentence


@dataclass(frozen=True, slots=True)
class LocusAnswer:
    """One row of ``loci.tsv``: the answer for one reportable locus."""

    locus_id: str
    gene: str
    type: str
    state: State
    reason: str  # "" or a key of case.REASONS
    depth: int | None  # the lowest usable depth of its bases
    lod_vaf: float | None  # smallest VAF seen with >= 95 % probability at that depth (SNV class)
    lod_vaf_indel: float | None
    findings: tuple[str, ...]  # "p.Val600Glu (68.0 %)"
    note: str


@dataclass(frozen=True, slots=True)
class GeneCoverage:
    """One row of ``genes.tsv`` of a case: how much of a panel gene could be seen."""

    gene: str
    loci: int
    detected: int
    not_detected: int
    not_assessable: int
    not_covered: int
    mean_depth: float | None


# --------------------------------------------------------------------------- knowledge and tiers


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact: *alteration* x *tumour types* x *axis* x *therapy* has *level* for its own tumour types.

    ``alteration`` follows the grammar of ``alterations.py``. ``tumor_types`` are OncoTree codes, or the words
    ``any_solid`` / ``any_haematological`` / ``any``.
    """

    id: str
    gene: str
    alteration: str
    tumor_types: tuple[str, ...]
    except_types: tuple[str, ...]
    axis: Axis
    effect: str  # sensitivity, resistance: ""; diagnostic: positive|negative; prognostic: better|worse
    therapy: str  # components joined by " + "; "" for diagnostic and prognostic
    level: str  # A | B | C | D
    jurisdictions: tuple[str, ...]  # FDA, EMA, ... for approvals
    approved_test: str  # does the label ask for an approved test: yes | no | unknown; "" where no label
    setting: str  # line of treatment, stage, ...
    source: str  # label with application number and date, guideline with year, "PMID 27993330", "NCT..."
    source_url: str
    source_date: str  # YYYY-MM-DD or YYYY-MM or YYYY
    looked_up: str  # how the fact was read: "via CIViC EID1409", "via label ..."
    read_on: str  # YYYY-MM-DD
    withdrawn_on: str = ""  # YYYY-MM-DD of a withdrawn approval; it then gives no A
    knowledge: str = ""  # name of the loader, set on reading


@dataclass(frozen=True, slots=True)
class Variant:
    """What the tier engine needs to know of one variant. HGVS in three-letter form without transcript prefix."""

    gene: str
    hgvsc: str = ""  # c.1799T>A
    hgvsp: str = ""  # p.Val600Glu; "" where there is no protein change
    consequence: str = ""  # Sequence Ontology terms joined by &
    exon: int | None = None
    exon_count: int | None = None
    parts: tuple[str, ...] = ()  # the single changes inside an MNV or delins: c. and p. strings
    copy_number_change: str = ""  # amplification | deletion
    fusion_partner: str = ""
    is_hotspot: bool = False  # lies on a statistically recurrent residue
    vaf: float | None = None
    population_af: float | None = None  # None: not looked up; 0: looked up, absent
    population_group: str = ""
    population_an: int | None = None
    clinvar: str = ""  # "Benign|2"
    labels: tuple[str, ...] = ()
    protein_length: int | None = None  # amino acids without the stop; None: not known


@dataclass(frozen=True, slots=True)
class EvidenceMatch:
    """One evidence item as it bears on one variant in one patient: the working behind a tier."""

    evidence: Evidence
    match: str  # exact | part | codon | range | exon | class | gene ; "context" = same gene or codon, supports nothing
    tumor_match: str  # same | descendant | less_specific | tissue_only | other_type | any_solid | excepted | unknown
    tumor_path: tuple[str, ...]  # OncoTree codes from the patient's type up to where it met
    level_used: str  # level after the tumour-type rules; "" = supports nothing here
    rule: str  # id of the rule that set level_used
    note: str


@dataclass(frozen=True, slots=True)
class TierResult:
    """The tier of one variant in one patient, with its whole working."""

    tier: Tier
    level: str
    axis: str
    rule: str
    match: str
    evidence: tuple[str, ...]
    therapies: tuple[str, ...]
    reason: str
    labels: tuple[str, ...]
    trace: tuple[EvidenceMatch, ...] = field(default=())


# --------------------------------------------------------------------------- quality and completeness


@dataclass(frozen=True, slots=True)
class Verdict:
    """One quality metric of one sample against its threshold. ``blocks`` says what a failure stops."""

    sample: str
    metric: str
    value: float | None
    unit: str
    warn: float | None
    fail: float | None
    verdict: str  # pass | warn | fail | not measured
    blocks: str


@dataclass(frozen=True, slots=True)
class ToolVersion:
    """One row of ``results/run/versions.tsv`` and of ``tierline tools``."""

    tool: str
    version: str
    needed: str  # the version that Tierline is tested with
    found: str  # path, or "missing"
    used_by: str  # stages


@dataclass(frozen=True, slots=True)
class Expected:
    """One row of ``results/run/expected.tsv``: a product that the run owes."""

    path: str
    sample: str
    panel: str
    kind: str  # bam | vcf | table | json | html | dashboard


@dataclass(frozen=True, slots=True)
class Complete:
    """One row of ``results/run/complete.tsv``: what became of an expected product."""

    path: str
    sample: str
    panel: str
    state: str  # complete | missing | empty | truncated | stale | wrong
    why: str


# --------------------------------------------------------------------------- annotated calls


@dataclass(frozen=True, slots=True)
class Effect:
    """What an allele does to one transcript, in the annotator's words; HGVS made uniform by ``hgvs.py``."""

    gene: str
    transcript: str
    consequence: str  # Sequence Ontology terms joined by &
    hgvsc: str
    hgvsp: str
    exon: str  # "15/18", else ""


@dataclass(frozen=True, slots=True)
class AnnotatedCall:
    """One record of ``results/annotate/<tumor>.vcf.gz``: one allele, who called it, its reads, what it does."""

    chrom: str
    pos1: int
    ref: str
    alt: str
    calls: tuple[Call, ...]
    parts: tuple[str, ...]  # the single substitutions of an MNV as "pos1:ref>alt"
    tumor: ReadCounts
    normal: ReadCounts | None
    effects: tuple[Effect, ...]
    population_af: float | None
    population_group: str
    population_an: int | None
    clinvar: str
