"""VEP in place of snpEff: its rules and command line, and a whole run with a stand-in for it.

VEP cannot be installed here. The stand-in takes the command line, and answers with CSQ items made of what snpEff said in
the demo, but for the coding and protein changes upstream of genes, which VEP does not name. So all is tested but VEP.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from itertools import pairwise
from pathlib import Path

import pysam
import pytest
from runs import CORES, Run, demo_samples, planned, snakemake, tierline, write_project
from test_doors import PANEL, bring_reference, findings_of
from tierline.paths import RESOURCES

pytestmark = pytest.mark.slow

STAND_IN = '''#!{python}
"""Stands in for VEP: notes its arguments, and answers from what snpEff said of the same alleles."""
import json, sys
import pysam
arguments = sys.argv[1:]
if arguments == ["--help"]:
    print("Versions:\\n  ensembl              : 116.0\\n  ensembl-vep          : 116.1")
    sys.exit()
given = dict(zip(arguments, arguments[1:]))
with open({notes!r}, "a") as notes:
    notes.write(json.dumps(arguments) + "\\n")
FIELDS = "Allele Consequence IMPACT SYMBOL Gene Feature_type Feature BIOTYPE EXON INTRON HGVSc HGVSp ALLELE_NUM".split()
said = {{}}
for path in {answers!r}:
    with pysam.VariantFile(path) as vcf:
        for record in vcf:
            said[record.chrom, record.pos, record.ref, record.alts[0]] = record.info["ANN"]
with pysam.VariantFile(given["--input_file"]) as vcf:
    header = vcf.header
    text = "Consequence annotations from Ensembl VEP. Format: " + "|".join(FIELDS)
    header.add_line('##VEP="v116" time="2026-01-01" cache="' + given["--stats_file"] + '"')
    header.info.add("CSQ", ".", "String", text)
    print(str(header), end="")
    for record in vcf:
        record.translate(header)
        items = []
        for item in said[record.chrom, record.pos, record.ref, record.alts[0]]:
            f = item.split("|")
            upstream = f[1] == "upstream_gene_variant"
            row = [f[0], f[1], f[2], f[3], f[4], "Transcript", f[6], f[7], f[8], "",
                   "" if upstream or not f[9] else f[6] + ":" + f[9], "" if not f[10] else "P:" + f[10], "1"]
            items.append("|".join(row).replace(",", "&"))
        record.info["CSQ"] = items
        print(str(record), end="")
with open(given["--stats_file"], "w") as statistics:
    statistics.write("[VEP run statistics]\\nVEP version (API)\\t116 (116)\\n")
'''


def put_stand_in(folder: Path, demo: Path) -> Path:
    """A `vep` in a folder of its own; returns the file of the arguments that it was given."""
    (folder / "bin").mkdir(parents=True)
    notes, program = folder / "arguments.jsonl", folder / "bin/vep"
    answers = [str(path) for path in sorted(demo.glob("results/annotate/*.vcf.gz"))]
    program.write_text(STAND_IN.format(python=sys.executable, notes=str(notes), answers=answers))
    program.chmod(0o755)
    return notes


def write_vep_project(folder: Path, demo: Path, **annotate: object) -> Path:
    """The demo's melanoma and lung cases from Mutect2's VCFs, annotated by VEP."""
    samples = [row for row in demo_samples() if row["sample"] != "CRC01T"]
    units = [
        dict(sample=tumor, unit="vcf", library="", flowcell="", lane="",
             vcf=str(demo / f"results/calls/{tumor}.mutect2.vcf.gz"))
        for tumor in ("MEL01T", "LUAD01T")
    ]  # fmt: skip
    return write_project(folder, samples, units, annotate={"tool": "vep", **annotate})


@pytest.fixture(scope="module")
def answered(demo_run: Run, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, list[list[str]]]:
    folder = bring_reference(demo_run.folder, tmp_path_factory.mktemp("vep"))
    notes = put_stand_in(folder / "tools", demo_run.folder)
    write_vep_project(folder, demo_run.folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{folder}/tools/bin{os.pathsep}{os.environ['PATH']}")
        run = tierline(folder, "run", "--cores", CORES)
    return run, [json.loads(line) for line in notes.read_text().splitlines()]


def test_a_run_with_vep_ends_as_one_with_snpeff(demo_run: Run, answered: tuple[Run, list[list[str]]]) -> None:
    run, _ = answered
    assert run.code == 0, run.output[-5000:]
    first, second = findings_of(demo_run.folder, "MEL01T"), findings_of(run.folder, "MEL01T")
    for name in ("BRAF p.Val600Glu", "TERT c.-124C>T"):
        keys = ("gene", "transcript", "hgvsc", "hgvsp", "consequence", "exon", "locus_ids", "tier", "level", "evidence")
        assert [getattr(second[name], key) for key in keys] == [getattr(first[name], key) for key in keys]
        assert "annotator_differs" not in second[name].labels
    assert {"EGFR p.Glu746_Ala750del", "EGFR p.Thr790Met"} == set(findings_of(run.folder, "LUAD01T"))


def test_nothing_upstream_was_named_by_the_annotator(answered: tuple[Run, list[list[str]]]) -> None:
    """So the promoter was found by its coordinate."""
    run, _ = answered
    with pysam.VariantFile(str(run.folder / "results/annotate/MEL01T.vcf.gz")) as vcf:
        fields = vcf.header.info["CSQ"].description.partition("Format: ")[2].split("|")
        items = [dict(zip(fields, text.split("|"), strict=True)) for record in vcf for text in record.info["CSQ"]]
        assert not any("/.part/" in str(line) for line in vcf.header.records)
    upstream = [item for item in items if item["Consequence"] == "upstream_gene_variant"]
    assert upstream and not any(item["HGVSc"] for item in upstream)
    assert findings_of(run.folder, "MEL01T")["TERT c.-124C>T"].locus_ids == ("TERT:c.-124",)


def test_the_command_line_keeps_off_the_network_and_uses_the_models_in_use(answered: tuple[Run, list[list[str]]]) -> None:
    _, arguments = answered
    assert len(arguments) == 2
    for given in arguments:
        assert "--offline" in given and "--cache" not in given and "--database" not in given
        value = dict(pairwise(given))
        assert value["--gtf"] == "results/reference/genes.gtf.gz" and value["--fasta"] == "results/reference/genome.fa"
        assert value["--distance"] == "1000" and value["--output_file"] == "STDOUT"
        assert {"--hgvs", "--symbol", "--numbers", "--transcript_version", "--vcf"} <= set(given)


def test_the_gene_models_are_sorted_whole_and_indexed(answered: tuple[Run, list[list[str]]]) -> None:
    folder = answered[0].folder / "results/reference"
    plain = [line for line in (folder / "genes.gtf").read_text().splitlines() if not line.startswith("#")]
    with pysam.TabixFile(str(folder / "genes.gtf.gz")) as table:
        rows = [line for contig in table.contigs for line in table.fetch(contig)]
    assert sorted(rows) == sorted(plain) and len(rows) > 100


def test_report_and_dashboard_name_vep(answered: tuple[Run, list[list[str]]]) -> None:
    folder = answered[0].folder
    versions = (folder / "results/run/versions.tsv").read_text()
    assert re.search(r"^vep\t116\.1\t116\.1\t", versions, re.MULTILINE)
    assert "116.1" in (folder / f"results/report/MEL01T.{PANEL}.html").read_text()


def test_a_cache_is_asked_for_by_config(demo_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dry-run of the rule: with a cache no gene models are made for VEP, and its command names folder and release."""
    put_stand_in(tmp_path / "tools", demo_run.folder)
    monkeypatch.setenv("PATH", f"{tmp_path}/tools/bin{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "cache/homo_sapiens/116_GRCh38").mkdir(parents=True)
    folder = write_vep_project(tmp_path / "run", demo_run.folder, vep_cache=str(tmp_path / "cache"), vep_cache_version=116)
    refused = snakemake(folder, "--dry-run")
    assert refused.code != 0 and "VEP has no cache for the build demo" in refused.output
    config = folder / "config/config.yaml"
    config.write_text(config.read_text().replace("build: demo", "build: GRCh38"))
    assay = Path(shutil.copytree(RESOURCES / "assays/demo", folder / "config/assays/demo")) / "assay.yaml"
    assay.write_text(assay.read_text().replace("demo: targets.demo.bed", "GRCh38: targets.demo.bed"))
    dry = snakemake(folder, "--dry-run", "--printshellcmds")
    jobs = planned(dry)
    assert jobs["annotate_calls"] == 2 and jobs["look_up_resources"] == 2 and not jobs["index_annotation"]
    assert not jobs["build_snpeff_database"]
    command = f"--cache --dir_cache {tmp_path}/cache --cache_version 116 --species homo_sapiens --assembly GRCh38"
    assert command in dry.output
