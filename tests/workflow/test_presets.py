"""The reference presets, from the config to the jobs: nothing is downloaded here, and everything is named beforehand."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import pysam
import pytest
import yaml
from runs import SAMPLE, UNIT, planned, snakemake, tierline, write_sheet
from tierline.check import format_check, run_check
from tierline.presets import FOLDER, Preset, files_in_use, load_preset
from tierline.problems import InputError
from tierline.sheets import load_project

BUILDS = ("GRCh38", "GRCh37")
READ = "@r{n}/{mate}\n{bases}\n+\n{quality}\n"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache in which nothing lies yet."""
    monkeypatch.setenv("TIERLINE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def project(folder: Path, build: str, contig: str = "", **reference: str) -> Path:
    """A tumour with its normal, on an assay of the user's own in ``config/assays``; targets and reads are made up."""
    preset = load_preset(build)
    config = folder / "config"
    assay = config / "assays" / "our_capture"
    assay.mkdir(parents=True)
    (assay / f"targets.{build}.bed").write_text(f"{contig or preset.prefix + '7'}\t100000\t101000\n")
    document = dict(assay="our_capture", version="1.0", title="Our capture", chemistry="capture", expected_depth=500)
    (assay / "assay.yaml").write_text(yaml.safe_dump(document | {"targets": {build: f"targets.{build}.bed"}}))
    samples = [
        dict(sample="P1-T", patient="P1", tumor_type="LUAD", panels="hotspot50", purity="0.5"),
        dict(sample="P1-N", patient="P1", kind="normal"),
    ]
    units = []
    for row in samples:
        names = {f"fq{mate}": f"{row['sample']}_R{mate}.fastq.gz" for mate in (1, 2)}
        for mate, name in enumerate(names.values(), 1):
            reads = (
                READ.format(n=f"{row['sample']}{n}", mate=mate, bases="ACGT" * 20, quality="I" * 80) for n in range(20)
            )
            (folder / name).write_bytes(gzip.compress("".join(reads).encode()))
        units.append(UNIT | {"sample": row["sample"]} | names)
    write_sheet(config / "samples.tsv", (SAMPLE | {"assay": "our_capture"} | row for row in samples))
    write_sheet(config / "units.tsv", units)
    (config / "config.yaml").write_text(yaml.safe_dump({"reference": {"build": build, "preset": build} | reference}))
    return folder


def fill_cache(cache: Path, preset: Preset) -> dict[str, bytes]:
    """Made-up files in the place of the downloads, with their record; what each holds, by name."""
    folder = cache / "references" / preset.name
    folder.mkdir(parents=True)
    made = {}
    for file in preset.files.values():
        path = folder / file.name
        if file.is_vcf:
            plain = folder / "plain.vcf"
            plain.write_text(
                f"##fileformat=VCFv4.2\n##contig=<ID={preset.prefix}7>\n"
                '##INFO=<ID=AF,Number=A,Type=Float,Description="frequency">\n'
                '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="significance">\n'
                "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
                f"{preset.prefix}7\t10\t{file.role}\tA\tG\t.\t.\tAF=0.5;CLNSIG=Benign\n"
            )
            pysam.tabix_compress(str(plain), str(path), force=True)
            pysam.tabix_index(str(path), preset="vcf")
            plain.unlink()
        elif file.role == "fasta":
            path.write_text(f">{preset.prefix}7\n" + "ACGTTGCA" * 20000 + "\n")
        else:
            path.write_bytes(gzip.compress(f'{preset.prefix}7\tx\tgene\t1\t90\t.\t+\t.\tgene_id "g";\n'.encode()))
        made[file.name] = path.read_bytes()
        digest = hashlib.sha256(made[file.name]).hexdigest()
        lines = {file.download: "0" * 64} | {file.name: digest}
        record = "".join(f"{sha256}  {name}\n" for name, sha256 in lines.items())
        (folder / f"{file.download}.sha256").write_text(record)
    return made


def rows(checked: str, word: str) -> list[str]:
    """The lines of ``tierline check`` on one subject."""
    return [line for line in checked.splitlines() if line.split()[1:2] == [word]]


@pytest.mark.parametrize("build", BUILDS)
def test_check_and_dry_run_name_every_file_and_fetch_none(tmp_path: Path, own_cache: Path, build: str) -> None:
    preset = load_preset(build)
    folder = project(tmp_path, build)
    checked = tierline(folder, "check")
    problems = [line for line in checked.output.splitlines() if line.startswith("problem")]
    assert all(line.split()[1] == "disk" for line in problems), checked.output  # a small machine may lack room for it
    downloads = rows(checked.output, "download")
    assert len(downloads) == len(preset.files) + 1
    for file, line in zip(preset.files.values(), downloads, strict=False):
        assert line.startswith("ok") and file.role in line and file.download in line and file.provider in line
        assert (f"{file.size / 1e6:.0f} MB" if file.size else "size not stated") in line
    assert "6 of 6 files are still to be downloaded" in downloads[-1] and str(own_cache) in downloads[-1]
    assert f"{preset.memory_gb} GB (estimated)" in rows(checked.output, "memory")[0]
    assert f"{preset.disk_gb} GB needed (estimated)" in rows(checked.output, "disk")[0]
    assert not own_cache.exists(), "a check writes nothing"

    dry = tierline(folder, "run", "--dry-run")
    jobs = planned(dry)
    assert (jobs["fetch_reference"], jobs["fetch_resource"]) == (2, 4)
    for rule in ("index_bwa", "build_snpeff_database", "call_mutect2", "measure_contamination", "render_report"):
        assert jobs[rule] == 1, f"{rule}: {jobs}"
    for file in preset.files.values():
        assert f"output: {file.path}" in dry.output, f"{file.path} is not named"
    assert not list(own_cache.glob("references/**/*")) and not (folder / "results/reference/preset").exists()


@pytest.mark.parametrize("build", BUILDS)
def test_files_of_the_cache_are_linked_into_the_run_and_held_to(tmp_path: Path, own_cache: Path, build: str) -> None:
    preset = load_preset(build)
    made = fill_cache(own_cache, preset)
    folder = project(tmp_path, build)
    products = ["results/reference/genome.fa.fai", "results/reference/sha256.txt"]
    run = snakemake(folder, *products, *(f"{FOLDER}/{name}" for file in preset.files.values() for name in file.names))
    assert run.code == 0, run.output
    for file in preset.files.values():
        link = folder / file.path
        assert link.is_symlink() and link.read_bytes() == made[file.name]
    assert (folder / products[0]).read_text().split("\t")[:2] == [f"{preset.prefix}7", "160000"]
    digests = dict(reversed(line.split()) for line in (folder / products[1]).read_text().splitlines())
    assert {name: digests[f"results/reference/preset/{name}"] for name in made} == {
        name: hashlib.sha256(content).hexdigest() for name, content in made.items()
    }
    if build == "GRCh37":
        return
    jobs = planned(snakemake(folder, "--dry-run"))
    assert not {"fetch_reference", "fetch_resource", "place_genome", "digest_reference"} & set(jobs), jobs

    file = preset.files["clinvar_vcf"]
    (preset.folder / file.name).write_bytes(b"other")
    (folder / f"{file.path}.tbi").unlink()
    run = snakemake(folder, f"{file.path}.tbi")
    assert run.code != 0
    assert "the file in the cache has changed" in run.output and "Traceback" not in run.output


def reference_of(folder: Path) -> dict[str, str]:
    loaded = load_project(folder / "config/config.yaml", folder)
    return dict(loaded.config["reference"])


def test_own_files_and_none_replace_single_files_of_the_preset(tmp_path: Path, own_cache: Path) -> None:
    preset = load_preset("GRCh38")
    fill_cache(own_cache, preset)
    own = str(preset.folder / preset.files["population_vcf"].name)
    folder = project(tmp_path / "run", "GRCh38", population_vcf=own, panel_of_normals="none", common_sites_vcf="none")
    reference = reference_of(folder)
    assert reference["population_vcf"] == own
    assert (reference["panel_of_normals"], reference["common_sites_vcf"]) == ("", "")
    assert [file.role for file in files_in_use(reference)] == ["fasta", "gtf", "clinvar_vcf"]
    checked = format_check(run_check(folder / "config/config.yaml", folder))
    assert rows(checked, "download") == [f"ok       download    every file is in {preset.folder}"]


@pytest.mark.parametrize(
    ("contig", "reference", "why"),
    [
        ("7", {}, "its contigs are named like 1, those of the genome like chr1"),
        ("", {"fasta": "none"}, "no reference yet"),
        ("", {"clinvar_vcf": "missing.vcf.gz"}, "the file does not exist"),
        ("", {"preset": "GRCh37"}, "the preset is not of the build GRCh38"),
    ],
)
def test_what_does_not_fit_the_preset_is_refused_before_any_download(
    tmp_path: Path, contig: str, reference: dict[str, str], why: str
) -> None:
    with pytest.raises(InputError) as refused:
        reference_of(project(tmp_path, "GRCh38", contig, **reference))
    assert [problem.message for problem in refused.value.problems] == [why]
