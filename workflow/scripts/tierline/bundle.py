"""All that a machine without a network needs to run Tierline, in one folder or tar: made, and held against its checksums.

``SHA256SUMS`` names every file, so that ``sha256sum --check`` alone can verify a bundle; ``bundle.json`` says what it holds
and of what it was made. ``install.sh`` in it (``envs/install_bundle.sh``) calls the set-up of the checkout.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from functools import partial
from pathlib import Path
from typing import IO

import tierline
from tierline.bundleconda import CondaError, fetch_conda, has_conda
from tierline.container import is_file
from tierline.givencalls import sha256_of
from tierline.paths import ROOT, cache_folder
from tierline.presets import files_in_use, load_preset
from tierline.problems import InputError, Problem
from tierline.sheets import read_config, resolve, resolved_reference

SUMS, CONTENTS, INSTALL = "SHA256SUMS", "bundle.json", "install.sh"
SETUP = ROOT / "envs" / "setup.sh"
NOT_CHECKOUT = {  # where there is no git to ask: what commands make there
    ".git", ".venv", ".conda", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", "__pycache__", "demo",
    ".snakemake", ".tierline", "results", "logs", "benchmarks",
}  # fmt: skip
LACKS = {
    "conda": ("conda itself, and Slurm: they have to be there",),
    "debian": (
        "conda packages: what the environments of envs/*.yaml need is not in it",
        "fgumi (assays with UMIs) and Ensembl VEP: put them on PATH by other means",
    ),
}
"""Where the tools come from, and what a bundle with these does not hold."""
CHUNK = 1 << 20
Say = Callable[[str], None]


class BundleError(Exception):
    """A tool that makes the bundle failed; the message ends with its last words."""


# --------------------------------------------------------------------------- make


def make(target: Path, configfile: str, say: Say, tools: str = "") -> tuple[str, ...]:
    """Write a bundle: a folder, or a tar where the name ends with ``.tar``. ``configfile`` names the references, if any.

    ``tools`` is a key of ``LACKS``, "" for conda where it is on PATH. Returns what is not in it. Needs a network.
    Raises InputError where something that belongs into it is not here, BundleError where a tool fails.
    """
    if target.exists():
        raise InputError([Problem(str(target), None, "", "", "this is there already", "Name another, or remove it.")])
    references, contents = reference_files(configfile), {}
    tools = tools or ("conda" if has_conda() else "debian")
    gatk = gatk_jars() if tools == "debian" else []
    partial = target.with_name(target.name + ".part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        say("checkout")
        for name in checkout_files():
            copy(ROOT / name, partial / "checkout" / name)
        shutil.copy2(ROOT / "envs/install_bundle.sh", partial / INSTALL)
        for jar in gatk:
            copy(jar, partial / gatk_folder().name / "lib" / jar.name)
        for name, path in references.items():
            say(f"reference {name}")
            copy(path, partial / name)
        say("Python packages")
        fetch_wheels(partial / "wheels")
        if tools == "conda":
            say("conda packages, by making every environment once")
            fetch_conda(partial / "conda", _setup_says("min_conda"))
        else:
            packages = debian_packages()
            say(f"GATK: {len(gatk)} files; Debian packages: {len(packages)} and what they need")
            fetch_debian(partial / "debian", packages)
        for part in sorted(partial.iterdir()):
            files = [path for path in part.rglob("*") if path.is_file()]
            if part.is_dir():
                contents[part.name] = {"files": len(files), "bytes": sum(path.stat().st_size for path in files)}
        (partial / CONTENTS).write_text(
            json.dumps(about(contents, references, LACKS[tools]), indent=1, ensure_ascii=False) + "\n"
        )
        write_sums(partial)
        if target.suffix == ".tar":
            say("tar")
            pack(partial, target)
        else:
            partial.rename(target)
    except CondaError as error:
        raise BundleError(str(error)) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return LACKS[tools]


def about(contents: Mapping[str, object], references: Mapping[str, Path], lacks: Sequence[str]) -> dict[str, object]:
    """What the bundle says of itself."""
    git = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=40"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False) if _has_git() else None
    return {
        "tierline": tierline.__version__,
        "commit": commit.stdout.strip() if commit and not commit.returncode else "",
        "made_on": str(date.today()),
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", ""),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "contents": contents,
        "references": {name: str(path) for name, path in references.items()},
        "lacks": lacks,
    }


def _has_git() -> bool:
    return (ROOT / ".git").exists() and shutil.which("git") is not None


def checkout_files() -> Iterator[str]:
    """The files of this checkout, from its root: those that git knows, as they are now; without git, all."""
    if _has_git():
        listed = subprocess.run(
            ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            capture_output=True,
            text=True,
            check=True,
        )
        yield from (name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())
        return
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if name not in NOT_CHECKOUT and not name.endswith(".egg-info"))
        yield from (os.path.relpath(os.path.join(folder, name), ROOT) for name in sorted(names))


def reference_files(configfile: str) -> dict[str, Path]:
    """Place in the bundle to file, for every reference file that a config names, as a run in the working directory does;
    and for the image of its jobs.

    The sheets are not looked at. Raises InputError for what is not here.
    """
    if not configfile:
        return {}
    config, _, problems = read_config(Path(configfile))
    if problems:
        raise InputError(problems)
    find = partial(resolve, configfile=Path(configfile), workdir=Path.cwd())
    reference = resolved_reference(config["reference"], find)
    found: dict[str, Path] = {}
    preset_files = files_in_use(reference)
    for file in preset_files:
        folder = load_preset(reference["preset"]).folder
        if not file.is_in(folder):
            said, remedy = "this file of the preset has not been downloaded yet", "Run once where there is a network."
            problems.append(Problem(configfile, None, f"reference.{file.role}", file.name, said, remedy))
        names = [name for name in (*file.names, f"{file.download}.sha256") if (folder / name).is_file()]
        found |= {f"references/presets/{reference['preset']}/{name}": folder / name for name in names}
    own = {f"reference.{key}": name for key, name in reference.items() if key not in ("preset", "build") and name}
    for file in preset_files:
        del own[f"reference.{file.role}"]
    if is_file(config["run"]["container"]):
        own["run.container"] = find(config["run"]["container"])
    for key, name in own.items():
        path = Path(name).absolute()
        if not path.is_file():
            problems.append(Problem(configfile, None, key, str(path), "the file does not exist", ""))
        elif not path.is_relative_to(ROOT):  # what lies in the checkout comes with it
            beside = [path.with_name(path.name + end) for end in ("", ".fai", ".gzi", ".tbi", ".csi")]
            place = f"references/own/{key.partition('.')[2]}"
            found |= {f"{place}/{file.name}": file for file in beside if file.is_file()}
    if cache := find(config["annotate"]["vep_cache"]):
        for path in sorted(Path(cache).absolute().rglob("*")):
            if path.is_file():
                found[f"references/own/vep_cache/{path.relative_to(Path(cache).absolute())}"] = path
    if problems:
        raise InputError(problems)
    return found


def gatk_folder() -> Path:
    """Where envs/setup.sh keeps GATK for all checkouts."""
    return cache_folder() / f"gatk-{_setup_says('gatk_version')}"


def gatk_jars() -> list[Path]:
    """The files of GATK, each as its recorded checksum says. Raises InputError where one is not."""
    recorded = [line.split() for line in (ROOT / "envs/gatk-jars.sha256").read_text().splitlines()]
    paths = [(gatk_folder() / "lib" / name.lstrip("*"), value) for value, name in recorded]
    if wrong := [path for path, value in paths if not path.is_file() or sha256_of(path) != value]:
        said = f"{len(wrong)} of {len(paths)} files of GATK are not there, or not as they were tested"
        remedy = f"Remove {gatk_folder()}, then: make setup (with TIERLINE_TOOLS=path)."
        raise InputError([Problem(str(wrong[0]), None, "", "", said, remedy)])
    return [path for path, _ in paths]


def _setup_says(name: str) -> str:
    """A version that envs/setup.sh fixes."""
    found = re.search(rf"^{name}=(\S+)", SETUP.read_text(encoding="utf-8"), re.MULTILINE)
    assert found, name
    return found[1]


def fetch_wheels(folder: Path) -> None:
    """The packages of requirements.lock, each with its checksum, and what installs them and Tierline itself."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--dest", str(folder)]
    _call([*pip, "--no-deps", "--require-hashes", "--requirement", str(ROOT / "requirements.lock")])
    requires = re.search(r"^requires = (\[.*\])", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert requires
    _call([*pip, "--no-deps", f"uv=={_setup_says('uv_version')}", *json.loads(requires[1])])


def debian_packages() -> list[str]:
    """Those that the set-up installs on a bare machine."""
    return subprocess.run([str(SETUP), "packages"], capture_output=True, text=True, check=True).stdout.split()


def fetch_debian(folder: Path, packages: Sequence[str]) -> None:
    """The packages with all that they need, as apt finds them where nothing is installed; and the index for apt."""
    if not shutil.which("apt-get"):
        raise InputError([Problem("", None, "", "", "there is no apt-get here", "Make the bundle on Debian 12.")])
    (folder / "partial").mkdir(parents=True)
    with tempfile.TemporaryDirectory() as name:
        state = Path(name)
        state.chmod(0o755)
        (state / "lists/partial").mkdir(parents=True)
        (state / "status").touch()
        options = {
            "Dir::State": name, "Dir::State::Status": f"{name}/status", "Dir::State::Lists": f"{name}/lists",
            "Dir::Cache": name, "Dir::Cache::Archives": f"{folder.absolute()}/", "Debug::NoLocking": "1",
            "APT::Sandbox::User": "",
        }  # fmt: skip
        apt = ["apt-get", "--quiet", "--yes", *(f"--option={key}={value}" for key, value in options.items())]
        _call([*apt, "update"])
        _call([*apt, "--no-install-recommends", "--download-only", "install", *packages])
    shutil.rmtree(folder / "partial")
    with suppress(FileNotFoundError):
        (folder / "lock").unlink()
    with open(folder / "Packages", "w", encoding="utf-8") as index:
        for path in sorted(folder.glob("*.deb")):
            path.rename(path := path.with_name(path.name.replace("%3a", "_")))  # apt would unquote the name of the index
            control = subprocess.run(["dpkg-deb", "--field", str(path)], capture_output=True, text=True, check=True).stdout
            size = path.stat().st_size
            index.write(f"{control.rstrip()}\nFilename: ./{path.name}\nSize: {size}\nSHA256: {sha256_of(path)}\n\n")


def _call(command: Sequence[str]) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise BundleError(f"{' '.join(command)}\nfailed:\n{done.stdout[-2000:]}")


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)


# --------------------------------------------------------------------------- checksums


def _digest(handle: IO[bytes]) -> str:
    return hashlib.file_digest(handle, "sha256").hexdigest()  # type: ignore[arg-type]


def write_sums(folder: Path) -> None:
    """``SHA256SUMS`` of all files of a bundle, as sha256sum reads it."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SUMS)
    lines = [f"{sha256_of(path)}  {path.relative_to(folder)}\n" for path in paths]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def pack(folder: Path, target: Path) -> None:
    """The folder as a tar beside ``target``, then in its place; the checksums come first."""
    partial = target.with_name(target.name + ".tmp")
    top = target.name.removesuffix(".tar")
    with tarfile.open(partial, "w") as tar:
        tar.add(folder / SUMS, f"{top}/{SUMS}")
        for path in sorted(folder.iterdir()):
            if path.name != SUMS:
                tar.add(path, f"{top}/{path.name}")
    partial.replace(target)


def verify(place: Path) -> tuple[int, list[Problem]]:
    """Hold a bundle (folder or tar) against its checksums: the files that it should have, and what is wrong with it."""
    try:
        found = dict(_digests_in_tar(place) if place.is_file() else _digests_in_folder(place))
        sums = found.pop(SUMS)
    except (OSError, tarfile.TarError, KeyError) as error:
        said = f"no {SUMS} can be read here: it is no bundle, or cut short" + (f" ({error})" if str(error) else "")
        raise InputError(
            [Problem(str(place), None, "", "", said, "Write a folder or tar of tierline bundle make.")]
        ) from error
    expected = {name: value for value, _, name in (line.partition("  ") for line in sums.splitlines())}
    problems = [
        Problem(str(place), None, "", name, "this file is not there" if name not in found else "this file has changed",
                "Make or copy the bundle again.")
        for name, value in expected.items()
        if found.get(name) != value
    ]  # fmt: skip
    problems += [
        Problem(str(place), None, "", name, "this file does not belong to the bundle", "Remove it.")
        for name in found.keys() - expected.keys()
    ]
    return len(expected), sorted(problems)


def _digests_in_folder(folder: Path) -> Iterator[tuple[str, str]]:
    """Name to digest of every file; of the checksums their text."""
    yield SUMS, (folder / SUMS).read_text(encoding="utf-8")
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path != folder / SUMS:
            yield str(path.relative_to(folder)), sha256_of(path)


def _digests_in_tar(place: Path) -> Iterator[tuple[str, str]]:
    with tarfile.open(place, "r|*") as tar:
        for member in tar:
            handle = tar.extractfile(member) if member.isfile() else None
            if handle:
                name = member.name.partition("/")[2]
                yield name, handle.read().decode() if name == SUMS else _digest(handle)
