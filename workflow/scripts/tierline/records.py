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
    CONTROL = "control"  # of a run, of no patient: it never gets a report


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


class Judgement(StrEnum):
    """Of a result, and of a sample. The order is that of severity."""

    PASS = "pass"
    NOT_GIVEN = "not_given"
    WARN = "warn"
    FAIL = "fail"


# --------------------------------------------------------------------------- sheets


@dataclass(frozen=True, slots=True)
class Sample:
    """One row of ``config/samples.tsv``."""

    sample: str
    patient: str
    kind: Kind
    tumor_type: str  # OncoTree code; empty for a normal and a control
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
    calls: tuple[str, ...] = ()  # VCFs of other pipelines that join the consensus of a tumour with reads


@dataclass(frozen=True, slots=True)
class Unit:
    """One row of ``config/units.tsv``: a FASTQ pair of one lane, one BAM/CRAM, or a VCF of a tumour without reads."""

    sample: str
    unit: str
    library: str
    flowcell: str
    lane: str
    fq1: str
    fq2: str
    bam: str
    vcf: str = ""  # calls of another pipeline
    vcf_tumor: str = ""  # the tumour's column in it; "" where its header tells
    vcf_normal: str = ""  # its normal's, likewise
    coverage: str = ""  # gVCF, mosdepth file or BED that says where the calls could have been made
    callable_depth: int | None = None  # of a BED without depths: the depth that each of its bases has at least


@dataclass(frozen=True, slots=True)
class Curation:
    """One row of ``config/curation.tsv``: what whoever signs says of a case or of one of its findings."""

    case: str  # <tumor>.<panel>
    variant: str  # "BRAF p.Val600Glu", "MSI high" as the report names it, or chrom:pos1:ref:alt; "" = the whole case
    field: str  # tier | comment | hold | status
    engine_value: str  # the engine's tier; of a FINAL or AMENDED status the digest of the content that is signed
    reviewer_value: str  # a tier; a comment; held; DRAFT | FINAL | AMENDED
    reason: str  # why, in words
    person: str  # who says so
    date: str  # YYYY-MM-DD


@dataclass(frozen=True, slots=True)
class Control:
    """One row of ``config/controls.tsv``: a variant that a run control must show, or the most reads that it may have."""

    sample: str
    gene: str = ""
    change: str = ""  # p. or c., as a report writes it
    min_vaf: float | None = None  # 0-1
    max_vaf: float | None = None  # 0-1
    max_reads: int | None = None  # mapped ones, of a no-template control


@dataclass(frozen=True, slots=True)
class Override:
    """One row of ``config/overrides.tsv``: a quality metric of a sample that somebody lets pass all the same."""

    sample: str  # name of the sample
    metric: str  # see Quality metrics
    person: str  # who lets it pass
    reason: str  # why, in words
    date: str  # YYYY-MM-DD


@dataclass(frozen=True, slots=True)
class Statement:
    """One row of ``config/findings.tsv``: what the laboratory says of a tumour. Tierline did not measure it."""

    sample: str  # a tumour of the samples sheet
    gene: str  # HGNC symbol; MSI, TMB, HRD, EBV, HPV; a chromosome or its arm: Chr3, Chr1p
    alteration: str  # amplification | deletion | fusion [PARTNER] | wild_type | a biomarker word of the grammar
    value: str  # detected | not_detected | a figure: 60, 3+
    unit: str = ""  # of a figure: % | CPS | IC | TAP | IHC | mut/Mb | copies
    method: str = ""  # IHC, FISH, NGS panel, ...
    date: str = ""  # YYYY-MM-DD of the result
    note: str = ""  # a word to the reader of the report


# --------------------------------------------------------------------------- gene models and panels


@dataclass(frozen=True, slots=True)
class TranscriptChoice:
    """One row of ``transcripts.tsv``: the one transcript in which a gene is reported, for one build."""

    gene: str  # HGNC symbol
    transcript: str  # with version, e.g. ENST00000646891.2; empty: the annotation's mark, else its longest coding sequence
    refseq: str  # the RefSeq transcript of the same numbering, where known
    mane_status: str  # MANE Select | MANE Plus Clinical | none
    protein_length: int  # amino acids without the stop
    aliases: tuple[str, ...]  # numbering aliases: "p.Tyr641=p.Tyr646"
    source: str  # where the row was read


@dataclass(frozen=True, slots=True)
class GeneModel:
    """One row of ``results/reference/panels/<panel>.genes.tsv``: the reported transcript of a panel gene and where it lies.

    Coordinates are 0-based half-open, exons and coding parts in the transcript's direction, the stop codon included.
    """

    gene: str  # HGNC symbol
    transcript: str  # the reported one, as the table of transcripts, or the annotation's own mark, names it
    refseq: str  # the RefSeq transcript of the same numbering, where known
    mane_status: str  # MANE Select | MANE Plus Clinical | none
    protein_length: int  # amino acids without the stop; 0: not known
    aliases: tuple[str, ...]  # numbering aliases: "p.Tyr641=p.Tyr646"
    source: str  # where the choice was read; "annotation: ..." where its own mark decided
    annotated: str  # the transcript as the annotation in use names it, with its version; "": the annotation lacks the gene
    chrom: str  # contig, as the genome in use names it
    strand: str  # + or -
    exons: tuple[tuple[int, int], ...]  # start0-end0
    cds: tuple[tuple[int, int], ...]  # start0-end0


@dataclass(frozen=True, slots=True)
class PanelGene:
    """One row of a panel's ``genes.tsv``."""

    gene: str  # HGNC symbol
    scope: str  # "coding": the coding exons; "hotspots": only the listed hotspots; "regions": only in regions.<build>.bed
    note: str  # a word to the reader of the table
    source: str  # where the row was read


@dataclass(frozen=True, slots=True)
class Hotspot:
    """One row of a panel's ``hotspots.tsv``: a locus for which the panel owes an answer.

    ``locus`` is written in the reported transcript: ``p.600`` (codon), ``e19`` (exon), ``c.-124`` (coding
    position, promoters), ``s.e14`` (the splice sites around exon 14). ``residue`` is the one-letter reference
    amino acid of a codon (checked against the annotation), else empty.
    """

    gene: str  # HGNC symbol, a gene of the panel
    locus: str  # p.600 | e19 | c.-124 | s.e14, see above
    residue: str  # one-letter reference amino acid of a codon, else ""
    why: str  # what is looked for there, e.g. "activating mutations"
    source: str  # table, paper or database, with its id

    @property
    def locus_id(self) -> str:
        return f"{self.gene}:{self.locus}"


@dataclass(frozen=True, slots=True)
class PanelIntron:
    """One row of a panel's ``introns.<build>.tsv``: an intron in which fusions of the gene break.

    An assay should hold it; no stage reads it for rearrangements yet, so no panel owes an answer there. By coordinates,
    since introns are numbered otherwise in other transcripts of a gene.
    """

    gene: str  # HGNC symbol, a gene of the panel
    chrom: str  # contig, with or without chr
    start0: int  # first base of the intron
    end0: int  # behind its last base
    intron: str  # its number, and the transcript that counts so: "19 of ENST00000389048"
    why: str  # which fusions break there
    source: str  # table, paper or database, with its id


@dataclass(frozen=True, slots=True)
class PanelSnp:
    """One row of a panel's ``snps.<build>.tsv``, its backbone: a common SNP by which samples are told apart.

    An assay that names the panel as its ``backbone`` is looked at here for identity and contamination.
    """

    chrom: str  # contig, with or without chr
    pos1: int  # position on the contig, from 1
    ref: str  # one base, that of the genome
    alt: str  # one base
    frequency: float  # of alt in the population, 0-1


@dataclass(frozen=True, slots=True)
class Locus:
    """A hotspot resolved on the genome in use. ``intervals`` are (start0, end0), ascending; empty with ``problem``."""

    locus_id: str  # gene and locus: BRAF:p.600
    gene: str  # HGNC symbol
    type: str  # codon | exon | position | splice
    chrom: str  # contig, as the genome in use names it
    intervals: tuple[tuple[int, int], ...]  # bases of the locus, start0-end0
    in_assay: bool  # whether every base of it is among the assay's targets
    problem: str  # why it could not be resolved ("gene not in the annotation"), else ""
    strand: str = ""  # + or - of its gene; "" where it could not be resolved


# --------------------------------------------------------------------------- calls


@dataclass(frozen=True, slots=True)
class Source:
    """One row of ``results/consensus/<tumor>.sources.tsv`` or ``results/coverage/<tumor>.sources.tsv``: a file that came
    from another pipeline."""

    file: str  # its name, without its folder
    role: str  # calls: its calls are the tumour's; more_calls: beside those of our callers; coverage
    kind: str  # the caller that wrote it; of coverage: gvcf | per_base | quantized | callable
    tumor_column: str  # of a VCF: the column of the tumour
    normal_column: str  # of a VCF: the column of its normal, else ""
    depth: int | None  # of a callable BED: the depth that was stated for its bases
    sha256: str  # of the file


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
    strands: tuple[int, int, int, int] | None = (
        None  # reference forward, reverse, alternate forward, reverse; None: not said
    )


@dataclass(frozen=True, slots=True)
class ReadCounts:
    """Usable reads at an allele by the one definition of ``pileup.py``; mates counted once.

    Of a tumour that came as a VCF they are its caller's own; the strands are None where it does not say them.
    """

    depth: int
    alt_depth: int
    alt_forward: int | None
    alt_reverse: int | None
    ref_forward: int | None
    ref_reverse: int | None

    @property
    def vaf(self) -> float | None:
        return self.alt_depth / self.depth if self.depth else None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One row of the ledger ``results/filter/<tumor>.<panel>.ledger.tsv``: a candidate and its fate."""

    chrom: str  # contig, as the genome in use names it
    pos1: int  # 1-based, as in VCF
    ref: str  # reference allele
    alt: str  # alternate allele
    variant_class: VariantClass  # by the lengths of ref and alt
    gene: str  # HGNC symbol, as the annotation has it
    transcript: str  # the reported one, with version
    hgvsc: str  # coding change, c.1799T>A; "" where there is none
    hgvsp: str  # protein change, p.Val600Glu; "" where there is none
    consequence: str  # Sequence Ontology terms joined by &
    exon: str  # "15/18", else ""
    locus_ids: tuple[str, ...]  # hotspots of the panel that it touches
    callers: tuple[str, ...]  # callers that passed it
    depth: int | None  # usable depth, recounted
    alt_depth: int | None  # of these, with the alternate allele
    vaf: float | None  # variant allele fraction, alt_depth / depth
    alt_forward: int | None  # alt_depth on the forward strand
    alt_reverse: int | None  # alt_depth on the reverse strand
    caller_depth: int | None  # the first caller's own figures, beside the recount
    caller_alt_depth: int | None  # the same, with the alternate allele
    normal_depth: int | None  # usable depth in the matched normal; None: no normal
    normal_alt_depth: int | None  # of these, with the alternate allele
    population_af: float | None  # of the highest group, else of all; None: not looked up, 0: not there
    population_group: str  # the group with that frequency, as its file names it
    population_an: int | None  # alleles in that group
    clinvar: str  # "Benign|2" (germline class|review stars), else ""
    clinvar_oncogenicity: str  # "Oncogenic|1|Melanoma" (class|review stars|conditions), else ""
    technical: tuple[str, ...]  # reasons that keep it out of the findings
    labels: tuple[str, ...]  # biological labels that travel with it
    fate: str  # finding | technical | outside_panel | not_reportable | germline_no_consent | not_cancer_gene
    why: str  # the fate in words
    clinvar_impact: str = ""  # "Tier_I_-_Strong|practice_guideline|Melanoma" (class|review|conditions): weighs nothing
    counts_from: str = "recount"  # whose depths and vaf these are: the recount, or the caller whose VCF states them


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
    clinvar_oncogenicity: str
    tier: Tier  # AMP/ASCO/CAP
    level: str  # A | B | C | D, else ""
    axis: str  # sensitivity | resistance | diagnostic | prognostic, else ""
    rule: str  # id of the rule that decided, see Rules of the tiers
    match: str  # how exactly the evidence names the variant, see Matches
    evidence: tuple[str, ...]  # ids that carry the tier
    therapies: tuple[str, ...]  # "dabrafenib + trametinib (A: EMA, FDA)"; those that it resists begin with "resistance: "
    labels: tuple[str, ...]
    reason: str  # the tier in one sentence
    oncogenicity: str = ""  # oncogenic | likely_oncogenic | vus | likely_benign | benign, by the ClinGen/CGC/VICC standard
    oncogenicity_points: int | None = None  # the sum behind it
    population_an: int | None = None  # alleles in the group of population_af
    engine_tier: str = ""  # the engine's own tier where a reviewer has set another, else ""
    review: str = ""  # what the reviewer says of it: words, reason, name and date
    status: str = "DRAFT"  # of the case: DRAFT | FINAL (signed) | AMENDED (signed again, with changes)
    stated: str = ""  # "" where it was measured; else what the laboratory states, how and when: place and reads are empty
    clinvar_impact: str = ""  # "Tier_I_-_Strong|practice_guideline|Melanoma" (class|review|conditions): weighs nothing
    counts_from: str = "recount"


@dataclass(frozen=True, slots=True)
class MeasuredLimit:
    """One row of ``resources/assays/measured_limits.tsv``: what the formula for the limit comes to in practice."""

    variant_class: str  # snv | mnv | indel
    depth: int  # fragments over each variant
    times: float  # the least multiple of the formula's limit, of those tried, at which at least 95 % were called
    called: int  # at that multiple
    trials: int
    min_vaf: float  # the thresholds of the panel that was used
    min_alt_reads: int
    date: str  # YYYY-MM-DD


@dataclass(frozen=True, slots=True)
class LocusAnswer:
    """One row of ``loci.tsv``: the answer for one reportable locus."""

    locus_id: str  # gene and locus: BRAF:p.600
    gene: str  # HGNC symbol
    type: str  # codon | exon | position | splice
    state: State  # the answer
    reason: str  # "" or a key of case.REASONS
    depth: int | None  # the lowest usable depth of its bases
    lod_vaf: float | None  # smallest VAF of a single-base change that is seen with >= 95 % probability at that depth
    lod_vaf_mnv: float | None  # the same for changes of neighbouring bases
    lod_vaf_indel: float | None  # the same for insertions and deletions
    findings: tuple[str, ...]  # what was found there: "p.Val600Glu (68.0 %)"
    note: str  # more on the reason, in words
    status: str = "DRAFT"  # of the case: DRAFT | FINAL (signed) | AMENDED (signed again, with changes)


@dataclass(frozen=True, slots=True)
class GeneCoverage:
    """One row of ``genes.tsv`` of a case: how much of a panel gene could be seen."""

    gene: str  # HGNC symbol
    loci: int  # reportable loci of the gene; 0: no negative is claimed for it
    detected: int  # of these, with this answer
    not_detected: int  # of these, with this answer
    not_assessable: int  # of these, with this answer
    not_covered: int  # of these, with this answer
    mean_depth: float | None  # mean of the lowest depths of its loci, in fragments


@dataclass(frozen=True, slots=True)
class CodingCoverage:
    """One row of ``coding.tsv`` of a case: how much of a panel gene's coding sequence could be seen."""

    gene: str  # HGNC symbol
    transcript: str  # as the annotation in use names it
    coding_bases: int  # of the transcript, stop codon included
    in_assay: int  # of these, among the assay's targets
    seen_at_5_percent: int  # of these, with depth enough to see a variant of 5 %
    seen_at_claim: int  # of these, with depth enough to see a variant of claimed_vaf
    claimed_vaf: float  # allele fraction (0-1) down to which the panel claims to see single-base changes
    depth_for_claim: int | None  # the least usable depth that is enough for it; None: none is
    median_depth: float | None  # of the bases in the assay, usable fragments
    exons: tuple[tuple[int, int], ...]  # first and last codon of each exon that codes, 5' to 3'
    profile: tuple[int | None, ...]  # lowest usable depth in equal parts of the sequence; nothing: outside the assay


@dataclass(frozen=True, slots=True)
class Hole:
    """One row of ``holes.tsv`` of a case: coding bases in a row where the panel's limit could not be reached."""

    gene: str  # HGNC symbol
    exon: int  # of the transcript
    first_codon: int  # that the hole touches
    last_codon: int  # that the hole touches
    whole_exon: bool  # whether it is all that the exon codes
    chrom: str  # contig, as the genome in use names it
    start1: int  # first base, from 1
    end1: int  # last base, from 1
    reason: str  # outside_assay | depth | quality: deep enough, but for the quality of the reads | failed_qc
    lowest_depth: int | None  # usable fragments at its worst base; None outside the assay


# --------------------------------------------------------------------------- knowledge and tiers


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact: *alteration* x *tumour types* x *axis* x *therapy* has *level* for its own tumour types.

    ``alteration`` follows the grammar of ``alterations.py``. ``tumor_types`` are OncoTree codes, or the words
    ``any_solid`` / ``any_haematological`` / ``any``.
    """

    id: str  # once in all tables; the tier names it
    gene: str  # HGNC symbol
    alteration: str  # grammar of alterations.py: p.Val600Glu, codon 12-13, loss_of_function
    tumor_types: tuple[str, ...]  # OncoTree codes, or any_solid, any_haematological, any
    except_types: tuple[str, ...]  # OncoTree codes for which it does not hold
    axis: Axis  # what it speaks about
    effect: str  # sensitivity, resistance: ""; diagnostic: positive|negative; prognostic: better|worse
    therapy: str  # components joined by " + "; "" for diagnostic and prognostic
    level: str  # A | B | C | D
    jurisdictions: tuple[str, ...]  # FDA, EMA, ... for approvals
    approved_test: str  # does the label ask for an approved test: yes | no | unknown; "" where no label
    setting: str  # line of treatment, stage, ...
    source: str  # label with application number and date, guideline with year, "PMID 27993330", "NCT..."
    source_url: str  # where the source can be read
    source_date: str  # YYYY-MM-DD or YYYY-MM or YYYY
    looked_up: str  # how the fact was read: "via CIViC EID1409", "via label ..."
    read_on: str  # YYYY-MM-DD
    withdrawn_on: str = ""  # YYYY-MM-DD of a withdrawn approval; it then gives no A
    knowledge: str = ""  # name of the loader, set on reading
    supports: bool = True  # False: the source looked for it and found against it; shown, and never gives a level


@dataclass(slots=True, unsafe_hash=True)
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
    is_hotspot: bool = False  # a recurrent residue, or an in-frame indel where such recur
    vaf: float | None = None
    population_af: float | None = None  # None: not looked up; 0: looked up, absent
    population_group: str = ""
    population_an: int | None = None
    clinvar: str = ""  # "Benign|2"
    clinvar_oncogenicity: str = ""  # "Oncogenic|1|Melanoma"
    labels: tuple[str, ...] = ()
    protein_length: int | None = None  # amino acids without the stop; None: not known
    biomarker: str = ""  # what the laboratory says of the gene's product: a word of alterations.BIOMARKERS
    oncogenicity_points: int | None = None  # by the oncogenicity standard; None: not assessed
    score: float | None = None  # the figure behind biomarker; None: none is given
    score_unit: str = ""  # what it is counted in: a word of alterations.SCORES


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion of the oncogenicity standard as it stands for one variant."""

    id: str  # OVS1, OS1, ..., SBP2: see Oncogenicity criteria
    state: str  # met | not_met | not_assessed
    points: int  # what it counts: 0 unless met
    why: str  # what was found, or why it was not looked at


@dataclass(frozen=True, slots=True)
class Oncogenicity:
    """The oncogenicity of one variant by the ClinGen/CGC/VICC standard (Horak et al. 2022, PMID 35101336)."""

    points: int
    classification: str  # oncogenic | likely_oncogenic | vus | likely_benign | benign
    criteria: tuple[Criterion, ...]


POPULATIONS = {
    "afr": "African or African American",
    "amr": "Admixed American",
    "asj": "Ashkenazi Jewish",
    "ami": "Amish",
    "eas": "East Asian",
    "fin": "Finnish",
    "mid": "Middle Eastern",
    "nfe": "non-Finnish European",
    "sas": "South Asian",
    "oth": "other populations",
    "remaining": "other populations",
}
"""gnomAD's population groups, by the names of its files."""

LEAST_ALLELES = 2_000
"""Fewer alleles in a population group show a variant to be neither common nor rare there."""

OPPOSED, DESCRIBED = "opposed by resistance", "resistance is also described"
"""What the note of an item says where another evidence of the case speaks against its drug: no weaker, or weaker."""


@dataclass(slots=True, unsafe_hash=True)
class EvidenceMatch:
    """One evidence item as it bears on one variant in one patient: the working behind a tier."""

    evidence: Evidence
    match: str  # exact | part | codon | range | exon | class | gene ; "context" = same gene or codon, supports nothing
    tumor_match: str  # same | descendant | less_specific | tissue_only | other_type | any_solid | ...: see Tumour types
    tumor_path: tuple[str, ...]  # OncoTree codes from the patient's type up to where it met
    level_used: str  # level after the tumour-type rules; "" = supports nothing here
    rule: str  # id of the rule that set level_used
    note: str


@dataclass(slots=True, unsafe_hash=True)
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
    """One quality metric of one sample against its limits. ``withholds`` says what a failure withholds."""

    sample: str  # name of the sample
    metric: str  # see Quality metrics
    value: float | None  # None: it cannot be assessed
    unit: str  # of value, warn and fail
    warn: float | None  # beyond it the sample is marked
    fail: float | None  # beyond it the sample fails
    verdict: str  # see Verdicts of a metric
    withholds: str  # what is withheld for it now, see What a failure withholds; "" = nothing
    measured_on: int | None = None  # how much data the value stands on, where that is counted
    measured_in: str = ""  # what is counted: reads, bases, sites, ...
    note: str = ""  # why it cannot be assessed, or what a value beyond a limit means
    override: str = ""  # who lets it pass all the same, when and why; it then withholds nothing


@dataclass(frozen=True, slots=True)
class ControlVerdict:
    """One row of ``results/multiqc/<control>.control.tsv``: what a run control must show, and what it shows."""

    sample: str  # name of the control
    expected: str  # in words
    found: str  # in words
    verdict: Judgement  # pass | fail


@dataclass(frozen=True, slots=True)
class ResultVerdict:
    """One row of ``results/multiqc/verdicts.tsv``: whether one result may be reported of one sample under one panel.

    Run controls stand first.
    """

    sample: str  # name of the tumour, or of the control
    panel: str  # name of the panel; "" of a control
    result: str  # see Results
    verdict: Judgement  # see Verdicts of a result
    reasons: tuple[str, ...]  # in words
    metrics: tuple[str, ...]  # those that the reasons speak of
    overrides: tuple[str, ...]  # of these, metrics that a person lets pass


@dataclass(frozen=True, slots=True)
class SamplePair:
    """One row of ``results/multiqc/identity.tsv``: two samples of an assay, whose reads are they?"""

    left: str  # name of a sample
    right: str  # name of another one
    same_patient: bool  # by the samples table
    sites: int  # common SNPs seen in both
    lod: float | None  # odds (log10) that both are of one person; None: too few sites
    verdict: str  # pass: the reads say what the table says | fail: they say otherwise | not_assessable
    donated: float | None  # share of the reads of left that come from right, 0-1; None: none is seen


@dataclass(frozen=True, slots=True)
class SampleMatches:
    """One row of ``results/multiqc/<assay>.<flowcell>.matches.tsv``: whether a sample has another patient's reads."""

    sample: str  # name of the sample
    compared: int  # samples of other patients that could be told from it, or not, by enough common SNPs
    matches: tuple[str, ...]  # those of them whose reads are of the same person, see the metric other_patients


@dataclass(frozen=True, slots=True)
class ToolVersion:
    """One row of ``results/run/versions.tsv`` and of ``tierline tools``."""

    tool: str  # its name
    version: str  # as the tool says it; "" where it says nothing
    needed: str  # the version that Tierline is tested with; "": of an image, of which none is
    found: str  # path, or "missing"
    used_by: str  # stages


@dataclass(frozen=True, slots=True)
class Expected:
    """One row of ``results/run/expected.tsv``: a product that the run owes."""

    path: str  # from the run directory
    sample: str  # the sample it is of, else ""
    panel: str  # the panel it is of, else ""
    kind: str  # bam | depth | vcf | table | json | html | cohort | dashboard


@dataclass(frozen=True, slots=True)
class MadeBy:
    """The row of ``results/run/made_by.tsv``: whose results the run directory holds. Another run is refused there."""

    tierline: str  # version of Tierline
    config: str  # the config file, from the run directory where it lies in it
    build: str  # genome build


@dataclass(frozen=True, slots=True)
class Complete:
    """One row of ``results/run/complete.tsv``: what became of an expected product."""

    path: str  # from the run directory
    sample: str  # the sample it is of, else ""
    panel: str  # the panel it is of, else ""
    state: str  # complete | missing | empty | truncated | stale | wrong
    why: str  # what is wrong with it, in words


@dataclass(frozen=True, slots=True)
class Failed:
    """One row of ``results/run/failed.tsv``: a job that ended badly in the latest run."""

    sample: str  # the sample it is of, else ""
    rule: str  # the rule of the workflow
    job: str  # values of its wildcards: sample, unit, panel
    words: str  # why, where a cluster ended it; what its tool said last
    log: str  # where it said so, from the run directory
    node: str = ""  # of the cluster; "" where it ran on the machine of the run


@dataclass(frozen=True, slots=True)
class SampleCost:
    """One row of ``results/run/cost.tsv``: what a sample has cost, by the latest job of each of its steps."""

    sample: str  # as in the samples sheet
    jobs: int  # those whose cost was measured
    core_hours: float  # processor time; of each job at least one core for as long as it lasted
    memory_gib: float | None  # resident memory of the job that took most; None: every job was too short to see
    disk_gb: float  # files of the sample below results/ (10^9 bytes), without what is shared
    wall_hours: float  # in which at least one of its jobs ran
    turnaround_hours: float | None  # from the start of its first job to its first report after that; None: no report


@dataclass(frozen=True, slots=True)
class MeasuredCost:
    """One row of ``resources/costs.tsv``: what a job, or the results of a sample, cost where ``bench/cost`` measured it."""

    what: str  # a rule; or results: what is kept of a sample
    unit: str  # core_seconds | bytes
    fixed: float  # whatever the input
    per_gb: float  # of sequencing files (10^9 bytes) that the job is of; of a tumour's job, with those of its normal
    source: str


# --------------------------------------------------------------------------- annotated calls


@dataclass(frozen=True, slots=True)
class Effect:
    """What an allele does to one transcript: the annotator's consequence, and HGVS by ``naming.py`` where the transcript's
    model is known, else the annotator's, made uniform by ``hgvs.py``."""

    gene: str
    transcript: str
    consequence: str  # Sequence Ontology terms joined by &
    hgvsc: str
    hgvsp: str
    exon: str  # "15/18", else ""
    annotator: str = ""  # the annotator's protein change where ours means another ("none": it has none), else ""


@dataclass(frozen=True, slots=True)
class AnnotatedCall:
    """One record of ``results/annotate/<tumor>.vcf.gz``: one allele, who called it, its reads, what it does."""

    chrom: str
    pos1: int
    ref: str
    alt: str
    calls: tuple[Call, ...]
    parts: tuple[str, ...]  # the single substitutions of an MNV as "pos1:ref>alt"
    tumor: ReadCounts | None  # None: a VCF that states no counts
    normal: ReadCounts | None  # None: no normal, or no counts of it
    effects: tuple[Effect, ...]
    population_af: float | None
    population_group: str
    population_an: int | None
    clinvar: str
    clinvar_oncogenicity: str = ""
    clinvar_impact: str = ""
    counts_from: str = "recount"  # or the caller whose VCF states the counts
    unphased: bool = False  # another substitution within two bases, and nothing says whether on the same haplotype
