"""The reference presets, from the config to the jobs: nothing is downloaded here, and everything is named beforehand."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import pysam
import pytest
import yaml
from runs import SAMPLE, UNIT, Run, planned, snakemake, tierline, write_sheet
from tierline.presets import Preset, load_preset

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


def rows(run: Run, word: str) -> list[str]:
    """The lines of ``tierline check`` on one subject."""
    return [line for line in run.output.splitlines() if line.split()[1:2] == [word]]


@pytest.mark.parametrize("build", BUILDS)
def test_check_names_every_download_with_its_size(tmp_path: Path, own_cache: Path, build: str) -> None:
    preset = load_preset(build)
    checked = tierline(project(tmp_path, build), "check")
    problems = [line for line in checked.output.splitlines() if line.startswith("problem")]
    assert all(line.split()[1] == "disk" for line in problems), checked.output  # a small machine may lack room for it
    downloads = rows(checked, "download")
    assert len(downloads) == len(preset.files) + 1
    for file, line in zip(preset.files.values(), downloads, strict=False):
        assert line.startswith("ok") and file.role in line and file.download in line and file.provider in line
        assert (f"{file.size / 1e6:.0f} MB" if file.size else "size not stated") in line
    assert "6 of 6 files are still to be downloaded" in downloads[-1] and str(own_cache) in downloads[-1]
    assert f"{preset.memory_gb} GB (estimated)" in rows(checked, "memory")[0]
    assert f"{preset.disk_gb} GB needed (estimated)" in rows(checked, "disk")[0]
    assert not own_cache.exists(), "a check writes nothing"


@pytest.mark.parametrize("build", BUILDS)
def test_dry_run_plans_every_download_and_makes_none(tmp_path: Path, own_cache: Path, build: str) -> None:
    preset = load_preset(build)
    folder = project(tmp_path, build)
    dry = tierline(folder, "run", "--dry-run")
    jobs = planned(dry)
    assert (jobs["fetch_reference"], jobs["fetch_resource"]) == (2, 4)
    for rule in ("index_bwa", "build_snpeff_database", "call_mutect2", "measure_contamination", "render_report"):
        assert jobs[rule] == 1, f"{rule}: {jobs}"
    for file in preset.files.values():
        assert f"output: {file.path}" in dry.output, f"{file.path} is not named"
    assert planned(snakemake(folder, "--dry-run")) == jobs, "bare Snakemake plans the same"
    assert not list(own_cache.glob("references/**/*")) and not (folder / "results/reference/preset").exists()


def test_own_files_and_none_replace_single_files_of_the_preset(tmp_path: Path, own_cache: Path) -> None:
    made = fill_cache(own_cache, load_preset("GRCh38"))
    own = tmp_path / "own.vcf.gz"
    kept = own_cache / "references/GRCh38" / load_preset("GRCh38").files["population_vcf"].name
    for end in ("", ".tbi"):
        Path(f"{own}{end}").write_bytes(Path(f"{kept}{end}").read_bytes())
    folder = project(tmp_path / "run", "GRCh38", population_vcf=str(own), panel_of_normals="none", common_sites_vcf="none")
    checked = tierline(folder, "check")
    assert "0 of 3 files are still to be downloaded" in rows(checked, "download")[-1], checked.output
    dry = tierline(folder, "run", "--dry-run")
    jobs = planned(dry)
    assert (jobs["fetch_reference"], jobs["fetch_resource"], jobs["measure_contamination"]) == (2, 1, 0)
    assert str(own) in dry.output
    assert len(made) == 6


def test_targets_named_unlike_the_preset_are_refused_before_any_download(tmp_path: Path) -> None:
    run = tierline(project(tmp_path, "GRCh38", contig="7"), "run", "--dry-run")
    assert run.code == 2
    assert "its contigs are named like 1, those of the genome like chr1" in run.output


def test_genome_cannot_be_none(tmp_path: Path) -> None:
    run = tierline(project(tmp_path, "GRCh38", fasta="none"), "run", "--dry-run")
    assert run.code == 2 and "reference.fasta: no reference yet" in run.output


@pytest.mark.parametrize("build", BUILDS)
def test_files_of_the_cache_are_linked_into_the_run(tmp_path: Path, own_cache: Path, build: str) -> None:
    preset = load_preset(build)
    made = fill_cache(own_cache, preset)
    folder = project(tmp_path, build)
    wanted = [path for file in preset.files.values() for path in [file.path, *([f"{file.path}.tbi"] * file.is_vcf)]]
    products = ["results/reference/genome.fa.fai", "results/reference/sha256.txt"]
    run = snakemake(folder, *wanted, *products)
    assert run.code == 0, run.output
    for file in preset.files.values():
        link = folder / file.path
        assert link.is_symlink() and link.read_bytes() == made[file.name]
    assert (folder / products[0]).read_text().split("\t")[:2] == [f"{preset.prefix}7", "160000"]
    digests = dict(reversed(line.split()) for line in (folder / products[1]).read_text().splitlines())
    assert {name: digests[f"results/reference/preset/{name}"] for name in made} == {
        name: hashlib.sha256(content).hexdigest() for name, content in made.items()
    }
    jobs = planned(tierline(folder, "run", "--dry-run"))
    assert not {"fetch_reference", "fetch_resource", "place_genome", "digest_reference"} & set(jobs), jobs


def test_a_file_that_changed_in_the_cache_stops_the_run(tmp_path: Path, own_cache: Path) -> None:
    preset = load_preset("GRCh38")
    fill_cache(own_cache, preset)
    file = preset.files["clinvar_vcf"]
    (own_cache / "references/GRCh38" / file.name).write_bytes(b"other")
    run = snakemake(project(tmp_path, "GRCh38"), f"{file.path}.tbi")
    assert run.code != 0
    assert "the file in the cache has changed" in run.output and "Traceback" not in run.output
