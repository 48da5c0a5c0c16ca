"""Files from the network: fetched once into the cache of the user, checked, prepared, and held to from then on.

A download is written beside its place, goes on where it was cut, and is moved to its place once it has been checked:
against what its provider states where that can be had, and in any case against the SHA-256 of the first download,
which is kept beside it (``<download>.sha256``).
"""

from __future__ import annotations

import base64
import errno
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException, HTTPMessage
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pysam
import pysam.bcftools

from tierline import __version__, inputfiles
from tierline.inputfiles import Cell, Contigs
from tierline.presets import CHROMOSOMES, Preset, PresetFile
from tierline.problems import Problem

CHUNK = 1 << 20  # bytes
PATIENCE = 60.0  # seconds without a byte until a connection counts as cut
ATTEMPTS = 6  # failures in a row, none of which brought a byte further, until a download is given up
REPORT_EVERY = 10.0  # seconds
ALGORITHMS = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}  # by the number of hexadecimal digits
GOOGLE_HEADER = "x-goog-hash"
BY_HAND = "Run the same command again; or fetch the file by hand and name it in the config."
INFO = {"population_vcf": ("AF",), "common_sites_vcf": ("AF",), "clinvar_vcf": ("CLNSIG",)}


T = TypeVar("T")


class DownloadError(Exception):
    """A file could not be fetched, or is not what it has to be. The message names the file and says what to do."""


@dataclass(frozen=True, slots=True)
class Digest:
    """A checksum: ``algorithm`` of hashlib, or ``sum`` (BSD: 16 bits and the number of 1024-byte blocks)."""

    algorithm: str
    value: str

    def __str__(self) -> str:
        return f"{self.algorithm} {self.value}"


# --------------------------------------------------------------------------- checksums


def parse_checksum(text: str, name: str) -> Digest | None:
    """What a provider's checksum file says of the file ``name``; None where it does not name it.

    Read are lines of md5sum and its sisters, BSD lines (``MD5 (name) = ...``), lines of ``sum`` (checksum, blocks, name),
    tables with the path and the digest in any column, and a file that holds one digest and nothing else.
    """
    for line in text.splitlines():
        bsd = re.fullmatch(r"\s*(MD5|SHA1|SHA256|SHA512)\s*\((.+)\)\s*=\s*([0-9A-Fa-f]+)\s*", line)
        words = [bsd[2], bsd[3]] if bsd else line.split()
        if name not in (PurePosixPath(word.lstrip("*")).name for word in words):
            continue
        for word in words:
            if re.fullmatch(r"[0-9A-Fa-f]+", word) and len(word) in ALGORITHMS:
                return Digest(ALGORITHMS[len(word)], word.lower())
        if len(words) >= 3 and words[0].isdigit() and words[1].isdigit():
            return Digest("sum", f"{int(words[0])} {int(words[1])}")
    word = text.strip()
    if re.fullmatch(r"[0-9A-Fa-f]+", word) and len(word) in ALGORITHMS:
        return Digest(ALGORITHMS[len(word)], word.lower())
    return None


def google_checksum(headers: HTTPMessage) -> Digest | None:
    """The MD5 that Google Cloud Storage states of an object in its answer; None where it states none."""
    for value in headers.get_all(GOOGLE_HEADER, []):
        for part in value.split(","):
            algorithm, _, code = part.strip().partition("=")
            if algorithm == "md5":
                return Digest("md5", base64.b64decode(code).hex())
    return None


def digests(path: Path, *algorithms: str) -> dict[str, str]:
    """The checksums of a file, read once."""
    hashes = {name: hashlib.new(name) for name in algorithms if name != "sum"}
    total = size = 0
    with open(path, "rb") as handle:
        while chunk := handle.read(CHUNK):
            size += len(chunk)
            for digest in hashes.values():
                digest.update(chunk)
            if "sum" in algorithms:
                for byte in chunk:
                    total = ((total >> 1) + ((total & 1) << 15) + byte) & 0xFFFF
    found = {name: digest.hexdigest() for name, digest in hashes.items()}
    return found | ({"sum": f"{total} {-(-size // 1024)}"} if "sum" in algorithms else {})


# --------------------------------------------------------------------------- the network


class _Cut(ConnectionError):
    """The connection ended before the file did."""


def _open(url: str, **headers: str) -> Any:
    agent = {"User-Agent": f"tierline/{__version__}", "Accept-Encoding": "identity"}
    return urlopen(Request(url, headers=agent | headers), timeout=PATIENCE)


def _transfer(url: str, part: Path) -> HTTPMessage:
    """Bring ``part`` to its end, from where it stands if the server still has the same file; the server's headers.

    Raises _Cut, OSError or HTTPException where the file did not arrive whole.
    """
    version = part.with_name(part.name + ".version")  # which content of the server the bytes are of
    have = _size(part) if version.exists() else 0
    asked = {"Range": f"bytes={have}-", "If-Range": version.read_text(encoding="utf-8")} if have else {}
    try:
        answer = _open(url, **asked)
    except HTTPError as error:
        if error.code != 416:
            raise
        part.unlink()  # nothing lies beyond what is here, which therefore is not the start of it
        raise _Cut("the server has less than is here") from error
    with answer:
        goes_on = answer.status == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        if answer.status == 206 and not goes_on:
            part.unlink()
            raise _Cut("the server sent another part than was asked for")
        start = have if goes_on else 0
        length = answer.headers.get("Content-Length")
        whole = start + int(length) if length else None
        _room(part, (whole or 0) - start)
        stamp = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
        if stamp and not stamp.startswith("W/"):
            version.write_text(stamp, encoding="utf-8")
        else:
            version.unlink(missing_ok=True)
        began = said = time.monotonic()
        with open(part, "ab" if goes_on else "wb") as handle:
            while chunk := answer.read(CHUNK):
                handle.write(chunk)
                if time.monotonic() - said > REPORT_EVERY:
                    said = time.monotonic()
                    speed = (handle.tell() - start) / 1e6 / (said - began)
                    of = f" of {whole / 1e6:.0f}" if whole else ""
                    print(f"  {handle.tell() / 1e6:.0f}{of} MB, {speed:.1f} MB/s", flush=True)
    if whole is not None and _size(part) < whole:
        raise _Cut(f"the connection was cut after {_size(part)} of {whole} bytes")
    headers: HTTPMessage = answer.headers
    return headers


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _room(part: Path, need: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if need > free:
        raise DownloadError(
            f"{part.parent}: {need / 1e9:.1f} GB are needed, {free / 1e9:.1f} GB are free. "
            "Make room, or set TIERLINE_CACHE to a folder with more."
        )


def _persist(url: str, attempt: Callable[[], T], wait: float, arrived: Callable[[], int] = lambda: 0) -> T:
    """``attempt``, again and again with growing pauses; DownloadError after ATTEMPTS failures in a row without progress.

    ``arrived`` says how many bytes are here. A refusal of the server that time does not heal is final at once.
    """
    failures = 0
    while True:
        before = arrived()
        try:
            return attempt()
        except (OSError, HTTPException) as error:
            if isinstance(error, HTTPError):
                if error.code < 500 and error.code not in (408, 425, 429):
                    raise DownloadError(f"{url}: the server says {error.code} {error.reason}. {BY_HAND}") from error
            elif isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES):
                raise DownloadError(f"{url}: what arrives cannot be written: {error}.") from error
            failures = 1 if arrived() > before else failures + 1
            if failures >= ATTEMPTS:
                raise DownloadError(f"{url}: given up after {failures} attempts: {error}. {BY_HAND}") from error
            pause = wait * 2 ** (failures - 1)
            print(f"  {error}; again in {pause:.0f} s", flush=True)
            time.sleep(pause)


def stated_checksum(file: PresetFile, headers: HTTPMessage, wait: float) -> Digest | None:
    """What the provider states of a download; None (and a word on it) where it states nothing, or nothing any more."""
    if file.checksum in ("", GOOGLE_HEADER):
        return google_checksum(headers) if file.checksum else None

    def read() -> str:
        with _open(file.checksum) as answer:
            return str(answer.read().decode("utf-8", "replace"))

    try:
        stated = parse_checksum(_persist(file.checksum, read, wait), file.download)
    except DownloadError as error:
        if not (isinstance(error.__cause__, HTTPError) and error.__cause__.code in (403, 404, 410)):
            raise
        stated = None
    if stated is None:
        print(f"  {file.checksum} says nothing of {file.download}", flush=True)
    return stated


# --------------------------------------------------------------------------- the cache


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Wait until no other run fetches the same file."""
    with open(lock, "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def read_record(path: Path) -> dict[str, str]:
    """SHA-256 by file name, from lines of sha256sum; empty where there is no such file."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def is_cached(file: PresetFile, folder: Path) -> bool:
    """Whether a file lies in the cache, prepared."""
    return file.is_in(folder) and (folder / f"{file.download}.sha256").is_file()


def ensure(preset: Preset, role: str, folder: Path, wait: float = 2.0) -> Path:
    """The prepared file of a preset in the cache ``folder``, fetched where it is not there; a VCF has its index beside it.

    ``wait`` is the first pause after a failure, in seconds; each further one is twice as long. Raises DownloadError.
    """
    file = preset.files[role]
    folder.mkdir(parents=True, exist_ok=True)
    record = folder / f"{file.download}.sha256"
    target = folder / file.name
    with _alone(folder / f".{file.download}.lock"):
        known = read_record(record)
        if is_cached(file, folder) and file.name in known:
            found = digests(target, "sha256")["sha256"]
            if found != known[file.name]:
                raise DownloadError(
                    f"{target}: the file in the cache has changed: its SHA-256 is {found}, it was {known[file.name]}. "
                    "Delete the file and run again."
                )
            print(f"{target}: in the cache, SHA-256 {found}")
            return target
        part, found = _checked_download(file, folder, known.get(file.download, ""), wait)
        _prepare(preset, file, part, target)
        lines = [f"{found}  {file.download}"]
        if file.prepare:
            lines.append(f"{digests(target, 'sha256')['sha256']}  {file.name}")
        record.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return target


def _checked_download(file: PresetFile, folder: Path, first: str, wait: float) -> tuple[Path, str]:
    """The whole download beside its place, and its SHA-256. ``first``: that of the first download, empty if this is it."""
    part = folder / f".{file.download}.part"
    print(f"{file.url}\n  ({file.provider}, {file.release})", flush=True)
    for attempt in (1, 2):  # a download that went on after a cut may be of two contents: it has a second chance
        headers = _persist(file.url, partial(_transfer, file.url, part), wait, partial(_size, part))
        stated = stated_checksum(file, headers, wait)
        found = digests(part, "sha256", *([stated.algorithm] if stated else []))
        right = stated is None or found[stated.algorithm] == stated.value
        if right and first in ("", found["sha256"]):
            by = f"{stated}, as stated by its provider" if stated else "no checksum stated by its provider"
            print(f"  SHA-256 {found['sha256']}, {'as at the first download; ' if first else 'recorded; '}{by}", flush=True)
            return part, found["sha256"]
        part.unlink()
        if attempt == 1:
            print("  its checksum is not the expected one; fetched once more", flush=True)
    if stated is not None and not right:
        raise DownloadError(
            f"{file.url}: {stated.algorithm} is {found[stated.algorithm]}, its provider states {stated.value}. {BY_HAND}"
        )
    raise DownloadError(
        f"{file.url}: its content has changed: SHA-256 is {found['sha256']}, at the first download it was {first} "
        f"({folder / file.download}.sha256). To go on with the new content, delete that file and run again."
    )


def _prepare(preset: Preset, file: PresetFile, part: Path, target: Path) -> None:
    """Turn the download into what a run needs, look into it, and move it to its place."""
    with _work_folder(target) as work:
        made = work / target.name
        try:
            if file.prepare == "gunzip":
                _gunzip(part, made)
            elif file.prepare == "bgzip":
                pysam.tabix_compress(str(part), str(made), force=True)
            elif file.prepare == "add_chr":
                _add_chr(part, made)
            else:
                if target.name.endswith(".gz") and not file.is_vcf:
                    _gunzip(part, Path(os.devnull))
                part.rename(made)
            if file.is_vcf:
                pysam.tabix_index(str(made), preset="vcf", force=True)
        except (OSError, ValueError, pysam.utils.SamtoolsError) as error:
            part.unlink(missing_ok=True)
            raise DownloadError(f"{file.url}: the file cannot be read: {error}. Run the same command again.") from error
        problems = _problems(preset, file, made)
        if problems:
            part.unlink(missing_ok=True)
            raise DownloadError(f"{file.url}: " + "; ".join(problem.message for problem in problems))
        for path in sorted(work.iterdir(), key=lambda path: path.name != target.name):  # the index comes last
            os.utime(path)
            path.replace(target.parent / path.name)
    for path in (part, part.with_name(part.name + ".version")):
        path.unlink(missing_ok=True)


@contextmanager
def _work_folder(target: Path) -> Iterator[Path]:
    work = target.with_name(f".{target.name}.work")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _problems(preset: Preset, file: PresetFile, path: Path) -> list[Problem]:
    """What the checks of a user's own file would say of this one."""
    cell = Cell(file.url, None, file.role, "")
    contigs = Contigs(preset.contigs, complete=False)
    if file.role == "fasta":
        found, problems = inputfiles.check_fasta(path, cell)
        return problems or inputfiles.check_contigs(found.lengths, contigs, cell)
    if file.role == "gtf":
        return inputfiles.check_gtf(path, cell, contigs, preset.name)
    return inputfiles.check_vcf(path, cell, contigs, INFO.get(file.role, ()))


def _gunzip(source: Path, target: Path) -> None:
    """gzip, which lets be (exit code 2) the bytes after the stream that 1000 Genomes' hs37d5 has. OSError on others."""
    with open(target, "wb") as handle:
        done = subprocess.run(["gzip", "-dc", str(source)], stdout=handle, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode not in (0, 2):
        raise OSError(done.stderr.strip())


def _add_chr(source: Path, target: Path) -> None:
    """The VCF with contigs 1, X, MT named chr1, chrX, chrM; others keep their names."""
    names = target.with_name("names.txt")
    names.write_text("".join(f"{name} chr{name}\n" for name in CHROMOSOMES) + "MT chrM\n", encoding="utf-8")
    pysam.bcftools.annotate(
        "--no-version", "--rename-chrs", str(names), "-Oz", "-o", str(target), str(source), catch_stdout=False
    )
    names.unlink()
