"""A bundle held against its checksums, what goes into it, and an installer that refuses what is damaged. No network."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from test_refuse import build_base
from tierline import bundle
from tierline.bundle import INSTALL, SUMS, checkout_files, debian_packages, gatk_jars, make, pack, reference_files, verify
from tierline.paths import ROOT
from tierline.presets import load_preset
from tierline.problems import InputError

FILES = {"checkout/a.txt": b"one\n", "wheels/b.whl": b"\x00two", "bundle.json": b"{}\n"}


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A small bundle with the installer of this checkout."""
    folder = tmp_path / "made"
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    shutil.copy2(ROOT / "envs/install_bundle.sh", folder / INSTALL)
    bundle.write_sums(folder)
    return folder


def test_checksums_are_those_of_sha256sum(made: Path) -> None:
    lines = (made / SUMS).read_text().splitlines()
    assert f"{hashlib.sha256(FILES['checkout/a.txt']).hexdigest()}  checkout/a.txt" in lines and len(lines) == 4
    assert subprocess.run(["sha256sum", "--quiet", "--check", SUMS], cwd=made, check=False).returncode == 0


def lose(folder: Path) -> None:
    (folder / "wheels/b.whl").unlink()


def change(folder: Path) -> None:
    (folder / "wheels/b.whl").write_bytes(b"\x00twO")


def add(folder: Path) -> None:
    (folder / "wheels/c.whl").write_bytes(b"three")


DAMAGE = [
    (lose, "wheels/b.whl", "is not there"),
    (change, "wheels/b.whl", "has changed"),
    (add, "wheels/c.whl", "does not belong"),
]


@pytest.mark.parametrize("as_tar", [False, True])
@pytest.mark.parametrize(("damage", "name", "words"), [*DAMAGE, (None, "", "")])
def test_a_bundle_is_verified(
    made: Path, tmp_path: Path, as_tar: bool, damage: Callable[[Path], None] | None, name: str, words: str
) -> None:
    if damage:
        damage(made)
    place = made
    if as_tar:
        pack(made, place := tmp_path / "made.tar")
        shutil.rmtree(made)
    files, problems = verify(place)
    assert files == 4
    assert [problem.value for problem in problems] == [name] * bool(damage)
    assert all(words in problem.message for problem in problems)


def test_a_tar_is_whole_or_told(made: Path, tmp_path: Path) -> None:
    pack(made, place := tmp_path / "made.tar")
    with tarfile.open(place) as tar:
        assert tar.getnames()[0] == f"made/{SUMS}", "read in one go, the checksums come first"
    content = place.read_bytes()
    place.write_bytes(content[: len(content) // 2])
    try:
        assert verify(place)[1], "what is behind the cut is not there"
    except InputError as error:
        assert "cut short" in str(error)


@pytest.mark.parametrize("name", ["nowhere", "empty", "text.tar"])
def test_what_is_no_bundle_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.tar").write_text("no tar\n")
    with pytest.raises(InputError, match=f"no {SUMS} can be read here"):
        verify(tmp_path / name)


def install(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(folder / INSTALL), *words], cwd=folder.parent, capture_output=True, text=True, check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder.parent), "TIERLINE_CACHE": str(folder.parent / "cache")},
    )  # fmt: skip


@pytest.mark.parametrize("damage", [lose, change])
def test_a_damaged_bundle_is_not_installed(made: Path, tmp_path: Path, damage: Callable[[Path], None]) -> None:
    damage(made)
    done = install(made, "here")
    assert done.returncode == 1 and "this bundle is damaged; nothing was changed" in done.stderr, done.stderr
    assert not (tmp_path / "here").exists() and not (tmp_path / "cache").exists()


def test_a_bundle_is_installed_into_an_empty_folder_only(made: Path, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here/mine.txt").write_text("mine")
    done = install(made, "here")
    assert done.returncode == 2 and "is not empty; nothing was changed" in done.stderr
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["mine.txt"]
    assert install(made).returncode == 2


def test_the_checkout_is_what_git_knows_and_what_is_new() -> None:
    files = [*checkout_files()]
    assert {"Snakefile", "envs/setup.sh", "envs/install_bundle.sh", "requirements.lock", "resources/demo/genome.fa"} <= {
        *files
    }
    assert not [name for name in files if name.startswith((".venv/", ".git/", ".snakemake/")) or "__pycache__" in name]


def test_a_checkout_without_git_leaves_out_what_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("Snakefile", "workflow/a.smk", ".venv/bin/python", "demo/results/x", "workflow/__pycache__/a.pyc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    monkeypatch.setattr(bundle, "ROOT", tmp_path)
    assert [*checkout_files()] == ["Snakefile", "workflow/a.smk"]


def test_debian_packages_are_those_of_the_set_up() -> None:
    packages = debian_packages()
    assert {"python3", "python3-venv", "bwa", "samtools", "freebayes", "mosdepth", "libhts-dev", "snpeff"} <= set(packages)
    assert "maven" not in packages, "GATK comes with the bundle"


def test_references_of_a_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_base(run := tmp_path / "run")
    monkeypatch.chdir(run)
    monkeypatch.setenv("TIERLINE_CACHE", str(tmp_path / "cache"))
    assert reference_files("") == {}
    (run / "reference/genome.fa.fai").touch()
    own = {"fasta/genome.fa", "fasta/genome.fa.fai", "gtf/genes.gtf", "transcripts/transcripts.tsv"}
    found = reference_files("config/config.yaml")
    assert {*found} == {f"references/own/{name}" for name in own}
    assert all(path.samefile(run / "reference" / path.name) for path in found.values())
    with open(run / "config/config.yaml", "a") as config:
        config.write("run: {container: image.sif}\n")
    with pytest.raises(InputError, match=r"run\.container: the file does not exist"):
        reference_files("config/config.yaml")
    (run / "config/image.sif").touch()
    assert reference_files("config/config.yaml").keys() - found.keys() == {"references/own/container/image.sif"}
    (run / "reference/genes.gtf").unlink()
    with pytest.raises(InputError, match=r"reference\.gtf: the file does not exist"):
        reference_files("config/config.yaml")
    (run / "config/config.yaml").write_text("reference:\n  preset: GRCh38\n  build: GRCh38\n")
    with pytest.raises(InputError, match=r"reference\.fasta: this file of the preset has not been downloaded yet"):
        reference_files("config/config.yaml")
    folder = load_preset("GRCh38").folder
    folder.mkdir(parents=True)
    for file in load_preset("GRCh38").files.values():
        for name in (*file.names, f"{file.download}.sha256"):
            (folder / name).touch()
    found = reference_files("config/config.yaml")
    assert {path.parent for path in found.values()} == {folder} and len(found) == 16  # 6 files, 4 indices, 6 records


def test_gatk_has_to_be_as_it_was_tested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIERLINE_CACHE", str(tmp_path))
    with pytest.raises(InputError, match="363 of 363 files of GATK are not there"):
        gatk_jars()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="this is there already"):
        make(tmp_path, "", print)
