"""The project (config and sheets, checked) and the few helpers that rules share."""

import re
import shlex
import sys
from dataclasses import asdict
from functools import cache
from pathlib import Path

from snakemake.settings.types import DeploymentMethod

sys.path.insert(0, str(Path(workflow.basedir) / "workflow" / "scripts"))

from tierline.assays import load_assay
from tierline.codedigest import code_digest
from tierline.completeness import expected_products
from tierline.container import is_file
from tierline.knowledge import KNOWLEDGE
from tierline.panels import load_panel, panel_folders
from tierline.paths import RESOURCES
from tierline.pileup import Usable
from tierline.presets import FOLDER as PRESET_FOLDER, files_in_use
from tierline.problems import InputError
from tierline.records import Expected
from tierline.runfolder import check_owner, note_owner
from tierline.sensitivity import MEASURED as MEASURED_LIMITS
from tierline.sheets import load_project
from tierline.tables import write_rows
from tierline.tools import fingerprint
from tierline.vep import vep_models

SCRIPTS = Path(workflow.basedir) / "workflow" / "scripts"

# the one on the command line, where there is one: Snakemake adds config/config.yaml of the run directory after it
CONFIGFILE = (workflow.overwrite_configfiles or workflow.configfiles)[-1]

try:
    # jobs that a cluster starts read the sheets again, and need not look into every FASTQ for it
    PROJECT = load_project(CONFIGFILE, look_into_files=workflow.is_main_process)
    REFERENCE = PROJECT.config["reference"]
    ASSAYS = {name: load_assay(PROJECT.assay_folder(name), REFERENCE["build"]) for name in PROJECT.assays}
    check_owner(PROJECT)
except InputError as error:
    raise WorkflowError(f"the input has {len(error.problems)} problem(s):\n{error}")

NODE_FOLDER = shlex.quote(PROJECT.config["run"]["node_folder"])
shell.prefix(f"set -euo pipefail; node_folder={NODE_FOLDER}; source {shlex.quote(str(SCRIPTS / 'job.sh'))}; ")

CONTAINER = PROJECT.config["run"]["container"]
if CONTAINER and DeploymentMethod.APPTAINER not in workflow.deployment_settings.deployment_method:
    raise WorkflowError(f"jobs are to work in {CONTAINER} (run.container): say --sdm apptainer, as tierline run does")

EXPECTED = expected_products(PROJECT)
WITH_READS = PROJECT.with_reads
READ_TUMORS = [tumor for tumor in (*PROJECT.tumors, *PROJECT.positive_controls) if tumor in WITH_READS]  # are called
VCF_TUMORS = [tumor for tumor in PROJECT.tumors if tumor not in WITH_READS]


def from_here(path):
    """A path as rules are given it: below the run directory relative, so that the directory can be moved."""
    path = Path(path)
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


wildcard_constraints:
    sample="|".join(s.sample for s in PROJECT.samples),
    tumor="|".join([*PROJECT.tumors, *PROJECT.positive_controls]),
    unit="|".join(sorted({u.unit for u in PROJECT.units})),
    panel="|".join(PROJECT.panels),
    assay="|".join(PROJECT.assays),


def code(script):
    """Digest of a script and of the modules it imports: a rule reruns when they change, and only then."""
    return code_digest(SCRIPTS / f"{script}.py")


def pair(tumor):
    """The tumour, and its normal where the patient has one."""
    normal = PROJECT.normal_of(tumor)
    return [tumor, normal] if normal else [tumor]


def bams(tumor):
    """The BAMs of the tumour and of its normal, then their indices."""
    return [f"results/align/{s}.bam{end}" for end in ("", ".bai") for s in pair(tumor)]


def assay(sample):
    """The Assay of a sample."""
    return ASSAYS[PROJECT.assay_of(sample)]


def umi(wildcards):
    """How the assay of a sample is collapsed."""
    return assay(wildcards.sample).umi


def targets(sample):
    """The targets of a sample's assay, placed on the genome in use."""
    return f"results/reference/assays/{PROJECT.assay_of(sample)}.bed"


def usable(sample):
    """Which reads of a sample count."""
    row = assay(sample)
    return Usable(row.min_mapping_quality, row.min_base_quality, duplicates=row.chemistry == "amplicon")


def find_unit(sample, unit):
    """The row of the units sheet."""
    return next(u for u in PROJECT.units_of(sample) if u.unit == unit)


def raw_reads(wildcards):
    """The FASTQ pair of a unit; of a BAM or CRAM unit, the pair that is taken out of it."""
    unit = find_unit(wildcards.sample, wildcards.unit)
    if unit.bam:
        return {f"fq{mate}": f"results/reads/{unit.sample}.{unit.unit}.raw_R{mate}.fastq.gz" for mate in (1, 2)}
    return {"fq1": unit.fq1, "fq2": unit.fq2}


def read_group(wildcards):
    """Sample, library, flowcell and lane: duplicates are judged within a library (LB)."""
    unit = find_unit(wildcards.sample, wildcards.unit)
    run = f"{unit.flowcell}.{unit.lane}"
    fields = dict(ID=f"{unit.sample}.{unit.unit}", SM=unit.sample, LB=unit.library, PU=run, PL="ILLUMINA")
    return "@RG\\t" + "\\t".join(f"{key}:{value}" for key, value in fields.items())


def unit_bams(wildcards):
    return [f"results/align/units/{u.sample}.{u.unit}.bam" for u in PROJECT.units_of(wildcards.sample)]


def taken_as_is(sample):
    """True where a sample's BAM is used without realignment."""
    units = PROJECT.units_of(sample)
    return PROJECT.config["align"]["bam"] == "as_is" and bool(units) and all(unit.bam for unit in units)


def reads_measured(sample):
    """fastp's account of every unit of a sample; none of a BAM taken as it is."""
    units = [] if taken_as_is(sample) else PROJECT.units_of(sample)
    return [f"results/reads/{unit.sample}.{unit.unit}.fastp.json" for unit in units]


def trimming(sample):
    """fastp's account of every unit that it trimmed for the BAM; none of reads with UMIs, or of a BAM taken as it is."""
    return reads_measured(sample) if sample in TRIMMED else []


def artefacts(sample):
    """The table of damage of a sample; none of an amplicon, where primers set the orientation of the read pairs."""
    return [f"results/coverage/{sample}.artefacts.txt"] if assay(sample).chemistry == "capture" else []


# samples whose reads are collapsed by their UMIs: umi.smk takes them from FASTQ to BAM
COLLAPSED = [sample for sample in WITH_READS if assay(sample).umi and not taken_as_is(sample)]


def one_of(samples):
    """A wildcard constraint that holds for these samples only, and for nothing where there are none."""
    return "|".join(samples) or "(?!)"


def with_index(path):
    """A bgzipped VCF and its index as inputs; none where the path is empty."""
    return [path, f"{path}.tbi"] if path else []


# one person's reads against another's, told by odds and never by an exit code; a tumour may have lost alleles
CROSSCHECK = [
    *("--CROSSCHECK_BY", "SAMPLE"),
    *("--CROSSCHECK_MODE", "CHECK_ALL_OTHERS"),
    *("--CALCULATE_TUMOR_AWARE_RESULTS", "true"),
    *("--EXIT_CODE_WHEN_MISMATCH", "0"),
    *("--EXIT_CODE_WHEN_NO_VALID_CHECKS", "0"),
]


def common_sites(assay):
    """The common SNPs at which an assay's samples are looked at, and their index: those of its backbone, else of the
    resource; none where there is neither."""
    if ASSAYS[assay].backbone:
        return with_index(f"results/reference/assays/{assay}.backbone.vcf.gz")
    return with_index(REFERENCE["common_sites_vcf"])


def with_sites(samples):
    """Whether all of these are looked at at common SNPs."""
    return all(common_sites(PROJECT.assay_of(sample)) for sample in samples)


def of_sites(tumor, path):
    """A table that is made of a tumour's reads at common SNPs; none where there are no such SNPs."""
    return [path.format(tumor=tumor)] if with_sites([tumor]) else []


def beside(sample):
    """The names of the tables that compare a sample with those on its flow cells."""
    return [f"{PROJECT.assay_of(sample)}.{flowcell or 'none'}" for flowcell in PROJECT.flowcells_of(sample)]


# What ended before its reads were compared, or its control judged, holds up no other sample's report: `tierline run` has
# these made without it: --config unread=";<sample>;<control>"
UNREAD = set(filter(None, config.get("unread", "").split(";")))

# Samples of patients that are compared with each other by common SNPs, by the name of their tables: those of an assay on one
# flow cell, whose reports wait for it, so that no later run touches them; and, for the dashboard, all of an assay that has
# several flow cells. Where a flow cell has one patient there is nobody to compare.
OF_ASSAY, BESIDE = {}, {}
for name in WITH_READS:
    if name not in {*PROJECT.run_controls, *UNREAD} and with_sites([name]):
        OF_ASSAY.setdefault(PROJECT.assay_of(name), []).append(name)
        for table in beside(name):
            BESIDE.setdefault(table, []).append(name)
BESIDE = {table: samples for table, samples in BESIDE.items() if len({PROJECT.sample(s).patient for s in samples}) > 1}
WIDE = {assay: samples for assay, samples in OF_ASSAY.items() if samples not in BESIDE.values()}
COMPARED = BESIDE | WIDE
ON_DASHBOARD = [*WIDE, *(table for table, samples in BESIDE.items() if samples in OF_ASSAY.values())]


def matches(tumor):
    """The tables that say whether a tumour has the reads of another patient on its flow cells; none where nobody is compared."""
    return [f"results/multiqc/{table}.matches.tsv" for table in beside(tumor) if tumor in BESIDE.get(table, [])]


def fingerprints(samples):
    """The reads of samples at the common SNPs of their assay."""
    return [f"results/coverage/{sample}.fingerprint.vcf.gz" for sample in samples]


def identifiable(tumor):
    """Whether a tumour can be compared with its normal: there are common sites, and both are of one assay."""
    return with_sites(pair(tumor)) and len(pair(tumor)) == 2 and len({*map(PROJECT.assay_of, pair(tumor))}) == 1


def given_coverage(sample):
    """The coverage file that came with a sample's VCF, and the unit that names it; None where none did."""
    return next((unit for unit in PROJECT.units_of(sample) if unit.coverage), None)


def depth_table(tumor):
    """The depth of every base of a tumour's targets; none where its calls came as a VCF without coverage."""
    known = tumor in READ_TUMORS or given_coverage(tumor)
    return [f"results/coverage/{tumor}.depth.tsv.gz"] if known else []


def sources(tumor):
    """The tables of what came from other pipelines."""
    tables = [f"results/consensus/{tumor}.sources.tsv"]
    return tables + ([f"results/coverage/{tumor}.sources.tsv"] if given_coverage(tumor) else [])


def tumor_loci(wildcards):
    """The loci of a panel as the tumour's assay covers them."""
    return f"results/reference/panels/{wildcards.panel}.{PROJECT.assay_of(wildcards.tumor)}.loci.tsv"


@cache
def panel_files(panel):
    """Every file of a panel and of the panels that it extends."""
    folders = panel_folders(PROJECT.panel_folder(panel))
    return sorted(
        from_here(path) for folder in folders for path in folder.iterdir() if path.suffix in (".yaml", ".tsv", ".bed")
    )


@cache
def panel_of(name):
    """A panel as it stands in its folder; read where a rule asks, since most jobs ask none."""
    return load_panel(PROJECT.panel_folder(name))


def cancer_genes(panel):
    """The list of genes with findings, for a panel that asks every gene; else nothing."""
    return [f"results/reference/panels/{panel}.cancer_genes.txt"] if panel_of(panel).every_gene else []


def quality_limits(sample):
    """The assay's limits for quality metrics, as plain values."""
    return {metric: asdict(limits) for metric, limits in assay(sample).qc.items()}


def knowledge_files():
    """Every table of the embedded knowledge, and the files that a user has put beside them."""
    return sorted(str(path) for path in KNOWLEDGE.rglob("*") if path.suffix in (".tsv", ".json"))


def sample_row(sample, panel):
    """The row of the samples sheet, as plain values: files by their names, not their folders; of its panels that of the
    case, so that another touches it not."""
    row = {name: str(v) if isinstance(v, str) else v for name, v in asdict(PROJECT.sample(sample)).items()}
    return row | {"panels": (panel,), "calls": tuple(Path(name).name for name in row["calls"])}


def curation_rows(tumor, panel):
    """What reviewers say of a case, as plain values: of this case only, so that no other is made anew for it."""
    return [asdict(row) for row in PROJECT.curation_of(tumor, panel)]


def assay_info(sample):
    """What a report says of the assay."""
    row = assay(sample)
    return dict(
        id=row.id,
        version=row.version,
        title=row.title,
        chemistry=row.chemistry,
        expected_depth=row.expected_depth,
    )


def reference_info(sample):
    """What a report says of genome and annotation: file names, not their folders."""
    return dict(
        build=REFERENCE["build"],
        genome_file=Path(REFERENCE["fasta"]).name,
        annotation_file=Path(REFERENCE["gtf"]).name,
        transcripts=Path(REFERENCE["transcripts"]).name,
        lacks=[key for key in PROJECT.resources_lacking if key != "common_sites_vcf" or not with_sites([sample])],
    )


def size_mb(input, of):
    """MB of those inputs that ``of`` names, or of all.

    Asked for only where it counts: in a group, what depends on files that are not there yet counts as nothing.
    """
    entries = [input[name] for name in of.split()] if of else [input]
    paths = [path for entry in entries for path in ([entry] if isinstance(entry, str) else entry)]
    return sum(Path(path).stat().st_size for path in paths) / 1e6


def memory(base_mb, per_input_mb=0.0, of=""):
    """Memory in MB for a rule: a base, a share of the input's size, and half as much again with every attempt."""

    def mem_mb(wildcards, input, attempt):
        share = per_input_mb * size_mb(input, of) if per_input_mb else 0
        return int((base_mb + share) * (1 + 0.5 * (attempt - 1)))

    return mem_mb


def minutes(base, per_input_gb=0.0, of=""):
    """Time limit in minutes for a rule: a base, a share of the input's size, and twice as much with every attempt.

    Ample: a limit that is reached costs the whole job.
    """

    def runtime(wildcards, input, attempt):
        share = per_input_gb * size_mb(input, of) / 1000 if per_input_gb else 0
        return int((base + share) * 2 ** (attempt - 1))

    return runtime
