"""The pages of ``docs/`` that are written from code and data: ``tables.md``, ``map.md`` and ``knowledge.md``.

What a column means stands once, as the comment of its field; what a file is for, in its first line. ``python -m
tierline.docs`` writes all pages anew.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import io
import re
import tokenize
import types
import typing
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from tierline import callers, casevcf, controls, filters, knowledgebase, maf, metrics, reasons, records, vcfio
from tierline.case import REASONS, TIER_MEANING
from tierline.knowledge import KNOWLEDGE, GeneRole, GeneWithoutRole, HotspotIndel, HotspotResidue, civic, curated
from tierline.knowledge import _oncogenicity as oncogenicity_tables
from tierline.knowledge._gene_aliases import GeneAlias
from tierline.oncogenicity import CRITERIA
from tierline.oncotree import OncoTree, TumorType, TumorTypeName
from tierline.paths import ROOT
from tierline.tables import Intervals, read_rows
from tierline.tiers import RULES
from tierline.withholding import JUDGEMENTS, VERDICTS


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """One kind of TSV file: where it stands, and the record of its rows."""

    path: str
    record: type
    without: tuple[str, ...] = ()  # fields that are no columns
    like: type | None = None  # fields without a comment mean what they mean there


RESULTS = (
    Table("results/interpret/<tumor>.<panel>.findings.tsv", records.Finding, like=records.Candidate),
    Table("results/interpret/<tumor>.<panel>.loci.tsv", records.LocusAnswer),
    Table("results/interpret/<tumor>.<panel>.genes.tsv", records.GeneCoverage),
    Table("results/interpret/<tumor>.<panel>.coding.tsv", records.CodingCoverage),
    Table("results/interpret/<tumor>.<panel>.holes.tsv", records.Hole),
    Table("results/filter/<tumor>.<panel>.ledger.tsv", records.Candidate),
    Table("results/multiqc/verdicts.tsv", records.ResultVerdict),
    Table("results/multiqc/<control>.control.tsv", records.ControlVerdict),
    Table("results/consensus/<tumor>.sources.tsv", records.Source),
    Table("results/coverage/<tumor>.sources.tsv", records.Source),
    Table("results/multiqc/<tumor>.verdicts.tsv", records.Verdict),
    Table("results/multiqc/identity.tsv", records.SamplePair),
    Table("results/multiqc/<assay>.<flowcell>.pairs.tsv", records.SamplePair),
    Table("results/multiqc/<assay>.<flowcell>.matches.tsv", records.SampleMatches),
    Table("results/reference/panels/<panel>.<assay>.loci.tsv", records.Locus),
    Table("results/reference/panels/<panel>.genes.tsv", records.GeneModel),
    Table("results/run/made_by.tsv", records.MadeBy),
    Table("results/run/expected.tsv", records.Expected),
    Table("results/run/complete.tsv", records.Complete),
    Table("results/run/failed.tsv", records.Failed),
    Table("results/run/versions.tsv", records.ToolVersion),
    Table("results/run/cost.tsv", records.SampleCost),
)
RESOURCES = (
    Table("resources/panels/<panel>/genes.tsv", records.PanelGene),
    Table("resources/panels/<panel>/hotspots.tsv", records.Hotspot),
    Table("resources/panels/<panel>/introns.<build>.tsv", records.PanelIntron),
    Table("resources/panels/<panel>/snps.<build>.tsv", records.PanelSnp),
    Table("resources/transcripts/<build>.tsv", records.TranscriptChoice),
    Table("resources/knowledge/curated/<name>.tsv", records.Evidence, without=curated.NO_COLUMNS),
    Table("resources/knowledge/civic/evidence.tsv", civic.Item),
    Table("resources/knowledge/civic/diseases.tsv", civic.Disease),
    Table("resources/knowledge/consequences.tsv", filters.Consequence),
    Table("resources/knowledge/gene_roles.tsv", GeneRole),
    Table("resources/knowledge/gene_roles_not_found.tsv", GeneWithoutRole),
    Table("resources/knowledge/gene_aliases.tsv", GeneAlias),
    Table("resources/knowledge/hotspot_residues.tsv", HotspotResidue),
    Table("resources/knowledge/hotspot_indels.tsv", HotspotIndel),
    Table("resources/knowledge/oncogenicity/functional_<from>.tsv", oncogenicity_tables.FunctionalFact),
    Table("resources/knowledge/oncogenicity/critical_domains.tsv", oncogenicity_tables.CriticalDomain),
    Table("resources/knowledge/oncogenicity/recurrent_elsewhere.tsv", oncogenicity_tables.RecurrentElsewhere),
    Table("resources/knowledge/oncogenicity/predictions.tsv", oncogenicity_tables.Prediction),
    Table("resources/knowledge/oncogenicity/coding_ends.tsv", oncogenicity_tables.CodingEnd),
    Table("resources/knowledge/oncogenicity/established_oncogenic.tsv", oncogenicity_tables.Established),
    Table("resources/knowledge/oncogenicity/single_aetiology.tsv", oncogenicity_tables.SingleAetiology),
    Table("resources/knowledge/oncotree.tsv", TumorType),
    Table("resources/knowledge/tumor_type_names.tsv", TumorTypeName),
)

# --------------------------------------------------------------------------- words that no module but this one needs

STATES = {
    "detected": "a finding touches the locus",
    "not_detected": "no finding; a variant at or above `lod_vaf` would have been seen with at least 95 % probability",
    "not_assessable": "nothing can be said, for the `reason` beside it",
    "not_covered": "the assay does not reach it, or this genome does not have it; `reason` says which",
}
LEVELS = {
    "A": "approved therapy, professional guideline or classification, for this tumour type",
    "B": "well-powered studies with the consensus of experts",
    "C": "several small studies, a trial's inclusion criterion, or an A or B of another tumour type",
    "D": "preclinical work or a few cases",
}
FATES = {
    "finding": "passed: it has a tier, and a row in `findings.tsv`",
    "technical": "asked by the panel and reportable, but held back by a technical reason",
    "outside_panel": "in a gene that the panel does not ask, or beside the hotspots or regions to which it is limited",
    "not_reportable": "its consequence is not reportable (`resources/knowledge/consequences.tsv`)",
    "germline_no_consent": "present in the matched normal, and the samples table holds no consent to report that",
    "not_cancer_gene": "asked only because the panel asks every gene: without a known role in cancer, without evidence",
}
TIER_LABELS = {
    "opposed_by_resistance": "another variant of the case makes a drug ineffective; that drug is not listed as a therapy",
    "diagnosis_less_specific": "all its evidence is for a narrower tumour type than the diagnosis given",
    "benign_over_evidence": "Tier IV although clinical evidence names it",
}
MATCH_WORDS = {
    "exact": "exactly this change",
    "part": "a single change inside this one (an MNV)",
    "codon": "changes of this codon",
    "range": "changes of a range of codons",
    "exon": "such changes of this exon",
    "class": "this kind of alteration, e.g. loss of function",
    "gene": "oncogenic variants of the gene",
    "presumed": "loss of function, presumed as the residue is recurrently hit",
    "context": "another change at the same residues; supports nothing",
}
TUMOR_MATCH_WORDS = {
    "same": "the patient's own type",
    "descendant": "the patient's type lies under the item's",
    "any_solid": "the item holds for any solid tumour",
    "any_haematological": "the item holds for any haematological tumour",
    "any": "the item holds for any tumour",
    "less_specific": "the diagnosis is broader than the item's type",
    "much_less_specific": "the diagnosis is broader than the item's type by two steps of OncoTree or more",
    "tissue_only": "the diagnosis names a tissue only",
    "other_type": "another tumour type",
    "unknown": "the tumour type is not known",
    "excepted": "the item excepts this type",
}
HEAD = """\
# Tables and vocabularies

Written by `python -m tierline.docs` from the code; do not edit. The tables that you write, `samples.tsv` and `units.tsv`,
stand in [config/README.md](../config/README.md); the case file in [case.md](case.md).

- Columns are separated by tabs; the first line that is no comment (`#`) is the header.
- A *list* is joined by `;`. An empty cell means none, or not known; never 0.
- *pos1* counts from 1, as in VCF and HGVS; *start0-end0* from 0, without the end, as in BED.
- A fraction lies between 0 and 1. Depths and reads are *usable fragments*: mapped and read well enough
  (`min_mapping_quality` and `min_base_quality` of the assay), mates counted once, duplicates left out unless the assay is
  an amplicon. Of a tumour that came as a VCF they are what the VCF and its coverage state; `counts_from` says so.
"""
PLAIN = """\
## Files without a header

| file | columns |
|---|---|
| `results/coverage/<sample>.depth.tsv.gz` | contig, pos1, usable depth, depth of all reads; indexed by tabix |
| `results/coverage/<sample>.on_target.txt` | five lines: primary mapped reads; reads on a target; reads within 250 bases \
of one; first mates on a target; first mates on a target and the reverse strand |
| `results/reference/sha256.txt` | SHA-256 and name of every reference file as given |
"""

# --------------------------------------------------------------------------- reading the code


@cache
def field_comments(module: ModuleType) -> Mapping[tuple[str, str], str]:
    """The comment on the line of each annotated field of a module's classes, by (class, field)."""
    source = inspect.getsource(module)
    comments = {
        token.start[0]: token.string.lstrip("# ").strip()
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    return {
        (cls.name, node.target.id): comments[node.lineno]
        for cls in ast.walk(ast.parse(source))
        if isinstance(cls, ast.ClassDef)
        for node in cls.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.lineno in comments
    }


def meaning(table: Table, field: str) -> str:
    """What a column means, "" where no comment says it. What the code calls None or "" is an empty cell."""
    for record in filter(None, (table.record, table.like)):
        module = inspect.getmodule(record)
        if module and (comment := field_comments(module).get((record.__name__, field))):
            return re.sub(r'""|\bNone\b', "empty", comment)
    return ""


def _kind(hint: Any) -> str:
    """The type of a column in words."""
    if isinstance(hint, types.UnionType):
        return _kind(next(arm for arm in typing.get_args(hint) if arm is not types.NoneType)) + ", or empty"
    if hint == Intervals or typing.get_origin(hint) is tuple:
        return "list"
    if issubclass(hint, Enum):
        return " ".join(f"`{member.value}`" for member in hint)
    return {str: "text", int: "whole number", float: "number", bool: "`yes` `no`"}[hint]


# --------------------------------------------------------------------------- writing the page


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _grid(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines) + "\n"


def _table(table: Table) -> str:
    hints = typing.get_type_hints(table.record)
    names = [field.name for field in dataclasses.fields(table.record) if field.name not in table.without]
    about = " ".join((table.record.__doc__ or "").replace("``", "`").split())
    rows = [(f"`{name}`", _kind(hints[name]), meaning(table, name)) for name in names]
    return f"### `{table.path}`\n\n{about}\n\n" + _grid(("column", "values", "meaning"), rows)


def _words(title: str, about: str, words: Mapping[str, str]) -> str:
    return f"### {title}\n\n{about}\n\n" + _grid(("word", "meaning"), [(f"`{word}`", said) for word, said in words.items()])


def _callers() -> str:
    rows = []
    for name in callers.available():
        module = callers._module(name)
        cells = (" ".join(f"`{word}`" for word in sorted(words)) or "none" for words in (module.ARTEFACT, module.HARMLESS))
        rows.append((f"`{name}`", *cells))
    about = (
        "An *artefact* filter holds a candidate back whatever another caller says; a *harmless* one says nothing against "
        "its reads. With any other filter the caller has not passed the candidate."
    )
    return f"### Filters of the callers\n\n{about}\n\n" + _grid(("caller", "artefact", "harmless"), rows)


def _metrics() -> str:
    rows = [
        (f"`{name}`", metric.of, metric.definition, metric.unit, metric.source, metric.worse, f"`{metric.withholds}`")
        for name, metric in metrics.METRICS.items()
    ]
    needed = " ".join(f"`{name}`" for name, metric in metrics.METRICS.items() if metric.needed)
    judged = ", ".join(
        f"`{name}` {metric.otherwise['warn']:g} / {metric.otherwise['fail']:g}"
        for name, metric in metrics.METRICS.items()
        if metric.otherwise
    )
    about = (
        "The limits are the assay's (`qc` of `assay.yaml`: `warn`, `fail` and `withholds`); a metric without limits is "
        "shown and not judged. *Withholds* is what a failure of the tumour withholds where the assay does not say "
        "otherwise. What cannot be assessed never passes; it is a remark, and like a failure where nothing can be said "
        f"without it: {needed}. Where the assay gives none, these have limits all the same (warn / fail): {judged}. Each "
        "figure tells how much data it stands on. *Of* says whether it is measured of every sample, of tumours, of those "
        "with a normal (pair), or of a tumour under a panel (case). *Usable* is defined above, *claims* in the panel's "
        "thresholds."
    )
    header = ("metric", "of", "definition", "unit", "measured by", "worse is", "withholds")
    return f"### Quality metrics\n\n{about}\n\n" + _grid(header, rows)


def _withholds() -> str:
    rows = [
        (f"`{word}`", "; ".join(metrics.RESULTS[result] for result in results) or "nothing")
        for word, results in metrics.WITHHOLDS.items()
    ]
    about = "`withholds` of a metric: the results that its failure keeps back, in every output of the case."
    return f"### What a failure withholds\n\n{about}\n\n" + _grid(("word", "results withheld"), rows)


def _vcf() -> str:
    rows = [("INFO", f"`{name}`", said) for name, _, _, said in vcfio.INFO]
    rows += [("FORMAT", f"`{name}`", said) for name, _, _, said in vcfio.FORMAT]
    rows += [
        ("INFO", "`POP_<tag>`", "from `reference.population_vcf`: AF, AN, AF_grpmax, AN_grpmax, grpmax"),
        (
            "INFO",
            "`CLNSIG` `CLNREVSTAT` `ONC` `ONCREVSTAT` `ONCDN` `SCI` `SCIREVSTAT` `SCIDN`",
            "from `reference.clinvar_vcf`, those that it has",
        ),
        ("INFO", "`ANN`", "snpEff's annotation"),
        ("INFO", "`FATE`", "filter only: see Fates"),
        ("INFO", "`LABELS`", "filter only: see Labels"),
        ("FILTER", "", "filter only: see Technical reasons"),
    ]
    about = (
        "`results/consensus/<tumor>.vcf.gz`, `results/annotate/<tumor>.vcf.gz` and "
        "`results/filter/<tumor>.<panel>.vcf.gz` hold one ALT a record, left-aligned; each adds to the one before. The "
        "tumour is the first sample, its normal the second."
    )
    return f"## VCF files\n\n{about}\n\n" + _grid(("field", "name", "meaning"), rows)


def _exports() -> str:
    """What the report stage writes for other programs."""
    about = (
        "`results/report/<tumor>.<panel>.maf` and `.vcf.gz` are made from the case file, with the report. They hold "
        "what has a place: not what the laboratory states; the MAF the findings, the VCF also those that a reviewer "
        "holds back (`FILTER` `held_by_reviewer`) and the candidates that the report shows as held back (`FILTER`: "
        "see Technical reasons). The other candidates stand in `results/filter/`; the VCF's header says how many of "
        "each fate it has. Texts in INFO are in the percent code of VCF 4.3 (`p.His27%3D`)."
    )
    about_maf = (
        "Read by the rules of maftools' `read.maf` and with the first 46 columns of vcf2maf: all 126 columns of the "
        "[GDC's protected MAF](https://docs.gdc.cancer.gov/Data/File_Formats/MAF_Format), in which a cell is empty "
        "where nothing is known here (reference reads, genotypes of the normal, Ensembl's gene, dbSNP), then our "
        "own. `Mutation_Status` is `Somatic` only where a normal was deep enough and has not the variant, "
        "`Germline` with that label, else `Unknown`. `Tumor_Seq_Allele1` is the reference: no genotype is called. "
        "maftools counts `5'Flank`, the class of the TERT promoter, as silent unless `vc_nonSyn` names it, and "
        "keeps one of several findings that begin at one base unless `removeDuplicatedVariants = FALSE`."
    )
    rows = [("INFO", f"`{name}`", said) for name, _, _, said in casevcf.INFO]
    rows += [("FORMAT", f"`{name}`", said) for name, _, _, said in casevcf.FORMAT]
    own = [(f"`{name}`", said) for name, said in maf.OWN.items()]
    return (
        f"## Findings for other programs\n\n{about}\n\n{about_maf}\n\n"
        + _grid(("column of our own", "meaning"), own)
        + "\n"
        + _grid(("field", "name", "meaning"), rows)
    )


def _vocabularies() -> str:
    return "\n".join([
        "## Vocabularies\n",
        _words("Answers", "`state` of a locus: one of four, never two.", STATES),
        _words("Reasons of an answer", "`reason` of a locus that is not assessable or not covered.", REASONS),
        _words("Tiers", "Li et al., J Mol Diagn 2017 (PMID 27993330).", {str(t): said for t, said in TIER_MEANING.items()}),
        _words("Levels", "How strong the evidence is. A and B make Tier I, C and D Tier II.", LEVELS),
        _words("Fates", "`fate` of a candidate in the ledger.", FATES),
        _words("Technical reasons", "They keep a candidate out of the findings.", reasons.TECHNICAL | reasons.ASIDE),
        _words("Labels", "They travel with a candidate to the report.", reasons.LABELS | TIER_LABELS),
        _words("Matches", "`match`: what the evidence names, from the most to the least exact.", MATCH_WORDS),
        _words("Tumour types", "`tumor_match` in the trace: how far the item's tumour types are from the patient's.",
               TUMOR_MATCH_WORDS),
        _callers(),
        _metrics(),
        _words("Verdicts of a metric", "`verdict` of a quality metric.", VERDICTS),
        _words("Verdicts of a result", "`verdict` of a result.", {str(word): said for word, said in JUDGEMENTS.items()}),
        _words("Results", "What a report gives of a sample; each has a verdict of its own.",
               metrics.RESULTS | controls.RESULTS),
        _withholds(),
    ])  # fmt: skip


def _rules() -> str:
    rows = [(f"`{rule.id}`", rule.statement, rule.source) for rule in RULES.values()]
    about = "`rule` names the rule that decided a tier; in the trace each item of evidence has the rule that set its level."
    return f"## Rules of the tiers\n\n{about}\n\n" + _grid(("rule", "statement", "source"), rows)


def _oncogenicity() -> str:
    rows = [(f"`{rule.id}`", f"{rule.points:+d}", rule.statement, rule.source) for rule in CRITERIA.values()]
    about = (
        "Points are added; 10 or more is oncogenic, 6 to 9 likely oncogenic, 0 to 5 a variant of unknown significance, "
        "-1 to -6 likely benign, -7 or less benign. A criterion is `met`, `not_met` or `not_assessed`."
    )
    return f"## Oncogenicity criteria\n\n{about}\n\n" + _grid(("criterion", "points", "statement", "source"), rows)


def tables_page() -> str:
    """The text of ``docs/tables.md``."""
    return "\n".join([
        HEAD,
        "## Result tables\n", *map(_table, RESULTS),
        PLAIN, _vcf(), _exports(), _vocabularies(), _rules(), _oncogenicity(),
        "## Resource tables\n", *map(_table, RESOURCES),
    ])  # fmt: skip


# --------------------------------------------------------------------------- the map of the code

MAP_HEAD = """\
# Map of the code

Written by `python -m tierline.docs` from the first line of every file; do not edit. How they work together:
[develop.md](develop.md).
"""


def first_line(path: Path) -> str:
    """The first line of a file's own description: a docstring, in Python and in Snakemake; "" where it has none."""
    found = re.match(r'(?:#.*\n|\s)*"""(.+?)(?:"""|\n)', path.read_text(encoding="utf-8"))
    return found[1].strip().replace("``", "`") if found else ""


def _described(folder: Path, paths: Iterable[Path]) -> list[tuple[str, str]]:
    return [(f"`{path.relative_to(folder)}`", first_line(path)) for path in paths]


def rule_files() -> list[Path]:
    """The rule files in the order in which the Snakefile includes them, then those of the callers."""
    included = re.findall(r'^include: "(.+)"', (ROOT / "Snakefile").read_text(encoding="utf-8"), re.MULTILINE)
    rules = [ROOT / name for name in included]
    return [*rules, *sorted(path for path in (ROOT / "workflow" / "rules").rglob("*.smk") if path not in rules)]


def map_page() -> str:
    """The text of ``docs/map.md``."""
    package = Path(__file__).resolve().parent
    rows = []
    for path in rule_files():
        names = re.findall(r"^rule (\w+):", path.read_text(encoding="utf-8"), re.MULTILINE)
        rows.append((f"`{path.relative_to(ROOT)}`", first_line(path), " ".join(f"`{name}`" for name in names)))
    modules = sorted(path for path in package.rglob("*.py") if path.name != "__init__.py" or first_line(path))
    parts = [
        MAP_HEAD,
        "## Rules, in the order in which the data flows\n",
        _grid(("file", "what it does", "rules"), rows),
        "## Scripts of rules: `workflow/scripts/`\n",
        _grid(("file", "what it does"), _described(package.parent, sorted(package.parent.glob("*.py")))),
        "## The package: `workflow/scripts/tierline/`\n",
        _grid(("file", "what it holds"), _described(package, modules)),
    ]
    return "\n".join(parts)


# --------------------------------------------------------------------------- what the knowledge covers

KNOWLEDGE_HEAD = """\
# What the knowledge covers

Written by `python -m tierline.docs` from the shipped knowledge; do not edit. A gap here is a gap in what Tierline can
tell, not in what is known. The facts themselves: `tierline knowledge show --gene BRAF`; what is not read:
`tierline knowledge show --unread`.

"""
FAMILIES = """\
## Genes by tumour family

How many genes have this level as their best one, on each axis. A family is a tissue of OncoTree with all types under it.
"""
MATRIX = """\
## Genes and tumour families

The best level of each gene in each family, in the order **s**ensitivity, **r**esistance, **d**iagnostic, **p**rognostic;
`·` is none: `A··C` is sensitivity A and prognostic C. Genes of hotspot50_tert (bold), and all that have level A or B
somewhere; {others} genes more have C or D only.
"""
WORDS_FOR_ANY = {"any_solid": "any solid", "any_haematological": "any haematological", "any": "any tumour"}


def knowledge_page() -> str:
    """The text of ``docs/knowledge.md``."""
    tree, found = OncoTree.load(), knowledgebase.load_folder(KNOWLEDGE)
    counts = [
        [str(cell) for cell in dataclasses.astuple(row)]
        for row in knowledgebase.counts(found, KNOWLEDGE)
        if row.release != "not installed"
    ]
    rows = knowledgebase.families(found.evidence, tree)
    families = knowledgebase.columns(rows, tree)
    axes = [str(axis) for axis in records.Axis]
    by_family = [
        (
            f"{WORDS_FOR_ANY.get(code) or tree.name(code)} (`{code}`)",
            *(_genes_by_level(getattr(row, axis) for row in rows if row.family == code) for axis in axes),
        )
        for code in families
    ]
    panels = {
        row.gene
        for name in ("hotspot50", "hotspot50_tert")
        for row in read_rows(ROOT / "resources/panels" / name / "genes.tsv", records.PanelGene)
    }
    best = {(row.gene, row.family): [getattr(row, axis) for axis in axes] for row in rows}
    strong = {gene for (gene, _), levels in best.items() if {"A", "B"} & set(levels)}
    shown = sorted(strong | panels)
    others = len({gene for gene, _ in best} - set(shown))
    matrix = [
        (f"**{gene}**" if gene in panels else gene, *(_levels(best.get((gene, code))) for code in families))
        for gene in shown
    ]
    header = [field.name for field in dataclasses.fields(knowledgebase.SourceCount)]
    return "\n".join([
        KNOWLEDGE_HEAD + "## Facts by source\n", _grid(header, counts),
        FAMILIES, _grid(("family", *axes), by_family),
        MATRIX.format(others=others), _grid(("gene", *(f"`{code}`" for code in families)), matrix),
    ])  # fmt: skip


def _genes_by_level(levels: Iterable[str]) -> str:
    """``A 3, D 12``: how many of the levels are what; "" for none."""
    number = Counter(filter(None, levels))
    return ", ".join(f"{level} {number[level]}" for level in sorted(number))


def _levels(levels: Sequence[str] | None) -> str:
    """The levels of the four axes in one word; "" where there are none."""
    return f"`{''.join(level or '·' for level in levels)}`" if levels else ""


PAGES = {
    ROOT / "docs" / "tables.md": tables_page,
    ROOT / "docs" / "map.md": map_page,
    ROOT / "docs" / "knowledge.md": knowledge_page,
}


def main() -> None:
    """Write the pages."""
    for path, text in PAGES.items():
        path.write_text(text(), encoding="utf-8")
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
