"""Downloads of a reference preset, against a real server on the loopback that misbehaves in the ways that servers do."""

from __future__ import annotations

import base64
import gzip
import hashlib
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pysam
import pytest
from tierline import download
from tierline.download import Digest, DownloadError, digests, ensure, is_cached, parse_checksum, read_record
from tierline.presets import Preset, PresetFile, load_preset

FASTA = "".join(f">chr{n} made up\n{'ACGTTGCA' * 300}\n" for n in range(1, 6)).encode()
HEADER = (
    "##fileformat=VCFv4.2\n##contig=<ID={c}1>\n##contig=<ID={c}MT>\n"
    '##INFO=<ID=AF,Number=A,Type=Float,Description="frequency">\n'
    '##INFO=<ID=CLNSIG,Number=.,Type=String,Description="significance">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n'
)


def vcf(prefix: str = "", records: int = 400) -> bytes:
    rows = (f"{prefix}1\t{10 * n}\t.\tA\tG\t.\t.\tAF=0.25;CLNSIG=Benign\n" for n in range(1, records))
    return (HEADER.format(c=prefix) + "".join(rows)).encode()


def bgzipped(content: bytes, folder: Path) -> bytes:
    plain, packed = folder / "plain.vcf", folder / "packed.vcf.gz"
    plain.write_bytes(content)
    pysam.tabix_compress(str(plain), str(packed), force=True)
    return packed.read_bytes()


@dataclass
class Server:
    """What the server holds, how it misbehaves, and what it was asked."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)  # bytes sent before each of the next answers is cut
    failures: list[int] = field(default_factory=list)  # status of each of the next answers
    ranges: bool = True
    stamp: Callable[[bytes], str] = lambda content: f'"{hashlib.md5(content).hexdigest()}"'
    google: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)

    def put(self, name: str, content: bytes) -> str:
        self.files[f"/{name}"] = content
        return f"{self.address}/{name}"


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            state.asked.append((self.path, self.headers.get("Range", "")))
            if state.failures:
                return self.send_error(state.failures.pop(0))
            if self.path not in state.files:
                return self.send_error(404)
            content = state.files[self.path]
            stamp, start = state.stamp(content), 0
            if state.ranges and "Range" in self.headers and self.headers["If-Range"] == stamp:
                start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
                if start >= len(content):
                    return self.send_error(416)
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            if state.google:
                self.send_header("x-goog-hash", "crc32c=n03x6A==")
                self.send_header("x-goog-hash", f"md5={base64.b64encode(hashlib.md5(content).digest()).decode()}")
            self.send_header("Content-Length", str(len(content) - start))
            self.send_header("ETag", stamp)
            self.end_headers()
            is_cut = state.cuts and not self.path.endswith((".md5", "SUMS"))
            self.wfile.write(content[start : start + state.cuts.pop(0)] if is_cut else content[start:])

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        state.address = f"http://127.0.0.1:{httpd.server_port}"
        threading.Thread(target=httpd.serve_forever, args=(0.01,), daemon=True).start()
        yield state
        httpd.shutdown()


def preset_of(role: str, url: str, prefix: str = "chr", **more: str) -> Preset:
    file = PresetFile(role=role, provider="loopback", release="1", url=url, read_in="this test", **more)  # type: ignore[arg-type]
    return Preset("GRCh38", prefix, 1, 1, {role: file})


def genome(server: Server, **more: str) -> Preset:
    return preset_of("fasta", server.put("genome.fa", FASTA), **more)


def fetch(preset: Preset, folder: Path) -> Path:
    return ensure(preset, next(iter(preset.files)), folder, wait=0.001)


def left_over(folder: Path) -> set[str]:
    """Files that a download leaves behind, locks apart."""
    return {path.name for path in folder.iterdir() if not path.name.endswith(".lock")}


# --------------------------------------------------------------------------- the way of a download


def test_whole_download_is_kept_and_recorded(server: Server, tmp_path: Path) -> None:
    preset = genome(server)
    assert not is_cached(preset.files["fasta"], tmp_path)
    assert fetch(preset, tmp_path).read_bytes() == FASTA
    assert is_cached(preset.files["fasta"], tmp_path)
    assert left_over(tmp_path) == {"genome.fa", "genome.fa.sha256"}
    assert read_record(tmp_path / "genome.fa.sha256") == {"genome.fa": hashlib.sha256(FASTA).hexdigest()}
    fetch(preset, tmp_path)
    assert server.asked == [("/genome.fa", "")], "what is in the cache is not asked for again"


def test_cut_download_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    server.cuts = [5000, 3000]
    assert fetch(genome(server), tmp_path).read_bytes() == FASTA
    assert [asked for _, asked in server.asked] == ["", "bytes=5000-", "bytes=8000-"]


def test_a_later_run_goes_on_where_the_first_was_given_up(server: Server, tmp_path: Path) -> None:
    server.cuts = [4000] + [0] * download.ATTEMPTS
    with pytest.raises(
        DownloadError, match=f"given up after {download.ATTEMPTS} attempts: .* cut after 4000 of {len(FASTA)}"
    ):
        fetch(genome(server), tmp_path)
    assert not (tmp_path / "genome.fa").exists(), "half a file never stands in its place"
    server.asked.clear()
    server.cuts = []
    assert fetch(genome(server), tmp_path).read_bytes() == FASTA
    assert server.asked == [("/genome.fa", "bytes=4000-")]


def test_content_that_changes_during_a_cut_is_not_mixed(server: Server, tmp_path: Path) -> None:
    preset = genome(server)
    server.cuts = [4000] + [0] * download.ATTEMPTS
    with pytest.raises(DownloadError):
        fetch(preset, tmp_path)
    server.cuts = []
    other = FASTA.replace(b"made up", b"renewed")
    server.put("genome.fa", other)
    assert fetch(preset, tmp_path).read_bytes() == other


@pytest.mark.parametrize("stamp", [lambda content: "", lambda content: 'W/"1"'], ids=["no_stamp", "weak_stamp"])
def test_without_a_strong_stamp_a_cut_download_begins_anew(
    server: Server, tmp_path: Path, stamp: Callable[[bytes], str]
) -> None:
    server.stamp, server.cuts = stamp, [5000]
    assert fetch(genome(server), tmp_path).read_bytes() == FASTA
    assert [asked for _, asked in server.asked] == ["", ""]


def test_a_server_without_ranges_sends_the_whole_again(server: Server, tmp_path: Path) -> None:
    server.ranges, server.cuts = False, [5000]
    assert fetch(genome(server), tmp_path).read_bytes() == FASTA


def test_a_part_longer_than_the_file_is_thrown_away(server: Server, tmp_path: Path) -> None:
    (tmp_path / ".genome.fa.part").write_bytes(b"x" * (len(FASTA) + 1))
    (tmp_path / ".genome.fa.part.version").write_text(server.stamp(FASTA))
    assert fetch(genome(server), tmp_path).read_bytes() == FASTA


@pytest.mark.parametrize("code", [503, 500, 429, 408])
def test_a_busy_server_is_asked_again(server: Server, tmp_path: Path, code: int) -> None:
    server.failures = [code, code]
    assert fetch(genome(server), tmp_path).read_bytes() == FASTA
    assert len(server.asked) == 3


@pytest.mark.parametrize("code", [403, 404, 410])
def test_a_refusal_is_final(server: Server, tmp_path: Path, code: int) -> None:
    server.failures = [code]
    with pytest.raises(DownloadError, match=f"the server says {code}.*name it in the config"):
        fetch(genome(server), tmp_path)
    assert len(server.asked) == 1


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="given up after"):
        fetch(preset_of("fasta", "http://127.0.0.1:9/genome.fa"), tmp_path)
    assert left_over(tmp_path) == set()


def test_a_full_disk_is_told_before_the_download(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 10}))
    with pytest.raises(DownloadError, match="Make room, or set TIERLINE_CACHE"):
        fetch(genome(server), tmp_path)


def test_two_runs_at_once_download_once(server: Server, tmp_path: Path) -> None:
    preset = genome(server)
    runs = [threading.Thread(target=fetch, args=(preset, tmp_path)) for _ in range(4)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert len(server.asked) == 1
    assert (tmp_path / "genome.fa").read_bytes() == FASTA


# --------------------------------------------------------------------------- checksums


def test_checksum_of_the_provider_holds(server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sums = server.put("MD5SUMS", f"{hashlib.md5(FASTA).hexdigest()}  genome.fa\n".encode())
    fetch(genome(server, checksum=sums), tmp_path)
    assert "as stated by its provider" in capsys.readouterr().out


def test_wrong_checksum_names_both_and_keeps_nothing(server: Server, tmp_path: Path) -> None:
    sums = server.put("MD5SUMS", f"{'0' * 32}  genome.fa\n".encode())
    with pytest.raises(DownloadError, match=f"md5 is {hashlib.md5(FASTA).hexdigest()}, its provider states {'0' * 32}"):
        fetch(genome(server, checksum=sums), tmp_path)
    assert left_over(tmp_path) <= {".genome.fa.part.version"}
    assert [path for path, _ in server.asked] == ["/genome.fa", "/MD5SUMS"] * 2, "it has one second chance"


def test_a_broken_download_is_fetched_once_more(server: Server, tmp_path: Path) -> None:
    sums = server.put("genome.fa.md5", hashlib.md5(FASTA).hexdigest().encode())
    (tmp_path / ".genome.fa.part").write_bytes(b"x" * 4000)  # bytes that are not those of the file, with its stamp
    (tmp_path / ".genome.fa.part.version").write_text(server.stamp(FASTA))
    assert fetch(genome(server, checksum=sums), tmp_path).read_bytes() == FASTA


def test_google_states_the_md5_in_its_answer(server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    server.google = True
    fetch(genome(server, checksum="x-goog-hash"), tmp_path)
    assert f"md5 {hashlib.md5(FASTA).hexdigest()}, as stated by its provider" in capsys.readouterr().out


@pytest.mark.parametrize("sums", ["", "x-goog-hash", "gone", "another"])
def test_without_a_checksum_the_first_download_is_recorded(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str], sums: str
) -> None:
    another = server.put("another", b"d41d8cd98f00b204e9800998ecf8427e  other.fa\n")
    checksum = {"gone": f"{server.address}/gone", "another": another}.get(sums, sums)
    fetch(genome(server, checksum=checksum), tmp_path)
    assert "recorded; no checksum stated by its provider" in capsys.readouterr().out
    assert read_record(tmp_path / "genome.fa.sha256")


@pytest.mark.parametrize("stated", [True, False])
def test_content_that_changed_since_the_first_download_is_refused(server: Server, tmp_path: Path, stated: bool) -> None:
    preset = genome(server)
    fetch(preset, tmp_path).unlink()
    other = FASTA.replace(b"made up", b"renewed")
    server.put("genome.fa", other)
    if stated:  # even where the provider stands by its new content
        sums = server.put("MD5SUMS", f"{hashlib.md5(other).hexdigest()}  genome.fa\n".encode())
        preset = genome(server, checksum=sums)
        server.put("genome.fa", other)
    now, then = hashlib.sha256(other).hexdigest(), hashlib.sha256(FASTA).hexdigest()
    with pytest.raises(DownloadError, match=f"SHA-256 is {now}, at the first download it was {then}"):
        fetch(preset, tmp_path)
    assert not (tmp_path / "genome.fa").exists()
    (tmp_path / "genome.fa.sha256").unlink()  # as the message says
    assert fetch(preset, tmp_path).read_bytes() == other


def test_a_file_that_changed_in_the_cache_is_refused(server: Server, tmp_path: Path) -> None:
    preset = genome(server)
    fetch(preset, tmp_path).write_bytes(FASTA[:-1])
    with pytest.raises(
        DownloadError, match=r"in the cache has changed: its SHA-256 is \w{64}, it was \w{64}. Delete the file"
    ):
        fetch(preset, tmp_path)
    (tmp_path / "genome.fa").unlink()
    assert fetch(preset, tmp_path).read_bytes() == FASTA


MD5 = "9e107d9d372bb6826bd81d3542a419d6"  # of the fox below


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{MD5}  a.vcf.gz\n", Digest("md5", MD5)),
        (f"{MD5} *a.vcf.gz\n", Digest("md5", MD5)),
        (f"{'1' * 32}  b.vcf.gz\r\n{MD5.upper()}  ./release/a.vcf.gz\r\n", Digest("md5", MD5)),
        (f"MD5 (a.vcf.gz) = {MD5}\n", Digest("md5", MD5)),
        (f"SHA256 (a.vcf.gz) = {'ab' * 32}\n", Digest("sha256", "ab" * 32)),
        (f"{'ab' * 20}  a.vcf.gz", Digest("sha1", "ab" * 20)),
        (f"{MD5}\n", Digest("md5", MD5)),
        (f"ftp/release/a.vcf.gz\tfile\t193476678\tSat Sep 5 2026\t{MD5}\n", Digest("md5", MD5)),
        (f"{MD5}\t/panfs/pan1/clinvar/vcf/a.vcf.gz\n", Digest("md5", MD5)),
        ("17593 41224 b.gtf.gz\n01905 137737 a.vcf.gz\n", Digest("sum", "1905 137737")),
        (f"{MD5}  xa.vcf.gz\n{MD5}  a.vcf.gz.tbi\n", None),
        ("<html>not found</html>", None),
        ("", None),
    ],
)
def test_forms_of_checksum_files(text: str, expected: Digest | None) -> None:
    assert parse_checksum(text, "a.vcf.gz") == expected


def test_digests_of_a_known_text(tmp_path: Path) -> None:
    path = tmp_path / "fox"
    path.write_bytes(b"The quick brown fox jumps over the lazy dog")
    assert digests(path, "md5", "sha256", "sum") == {
        "md5": MD5,
        "sha256": "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592",
        "sum": "50542 1",
    }


def test_sum_is_that_of_the_tool(tmp_path: Path) -> None:
    for size in (0, 1023, 1024, 1025, 70_000):
        path = tmp_path / str(size)
        path.write_bytes(bytes(n * n % 251 for n in range(size)))
        said = subprocess.run(["sum", "-r", str(path)], capture_output=True, text=True, check=True).stdout.split()
        assert digests(path, "sum")["sum"] == f"{int(said[0])} {int(said[1])}"


# --------------------------------------------------------------------------- what is made of a download


@pytest.mark.parametrize("tail", [b"", b"bytes after the stream"])
def test_genome_is_unpacked_once(server: Server, tmp_path: Path, tail: bytes) -> None:
    packed = gzip.compress(FASTA) + tail
    preset = preset_of("fasta", server.put("genome.fa.gz", packed), prepare="gunzip")
    assert fetch(preset, tmp_path) == tmp_path / "genome.fa"
    assert (tmp_path / "genome.fa").read_bytes() == FASTA
    record = {"genome.fa.gz": hashlib.sha256(packed).hexdigest(), "genome.fa": hashlib.sha256(FASTA).hexdigest()}
    assert read_record(tmp_path / "genome.fa.gz.sha256") == record
    assert left_over(tmp_path) == {"genome.fa", "genome.fa.gz.sha256"}
    fetch(preset, tmp_path)
    assert len(server.asked) == 1


def test_truncated_gzip_is_refused(server: Server, tmp_path: Path) -> None:
    preset = preset_of("fasta", server.put("genome.fa.gz", gzip.compress(FASTA)[:-20]), prepare="gunzip")
    with pytest.raises(DownloadError, match=r"cannot be read: .*unexpected end of file"):
        fetch(preset, tmp_path)
    assert not is_cached(preset.files["fasta"], tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "prepare", "kept", "prefix"),
    [
        ("pop.vcf.gz", "bgzipped", "", "pop.vcf.gz", "chr"),
        ("pop.vcf", "plain", "bgzip", "pop.vcf.gz", ""),
        ("pop.vcf.gz", "bgzipped", "add_chr", "pop.chr.vcf.gz", "chr"),
    ],
)
def test_vcf_is_indexed_and_named_as_the_genome(
    server: Server, tmp_path: Path, name: str, content: str, prepare: str, kept: str, prefix: str
) -> None:
    own = "" if prepare == "add_chr" else prefix
    data = bgzipped(vcf(own), tmp_path) if content == "bgzipped" else vcf(own)
    preset = preset_of("population_vcf", server.put(name, data), prefix=prefix, prepare=prepare)
    path = fetch(preset, tmp_path / "cache")
    assert path.name == kept
    assert left_over(path.parent) == {kept, f"{kept}.tbi", f"{name}.sha256"}
    assert path.stat().st_mtime_ns <= Path(f"{path}.tbi").stat().st_mtime_ns
    with pysam.VariantFile(str(path)) as opened:
        assert list(opened.header.contigs) == [f"{prefix}1", "chrM" if prepare == "add_chr" else f"{prefix}MT"]
        records = list(opened.fetch(f"{prefix}1", 0, 5000))
    assert len(records) == 399
    assert records[0].info["AF"] == (0.25,)


@pytest.mark.parametrize(
    ("role", "name", "content", "why"),
    [
        (
            "population_vcf",
            "a.vcf.gz",
            vcf("chr").replace(b"ID=AF,", b"ID=XX,").replace(b"AF=", b"XX="),
            "no INFO field AF",
        ),
        ("population_vcf", "a.vcf.gz", vcf(""), "its contigs are named like 1, those of the genome like chr1"),
        ("clinvar_vcf", "a.vcf.gz", vcf("chr").replace(b"CLNSIG", b"OTHER"), "no INFO field CLNSIG"),
        ("fasta", "a.fa", FASTA.replace(b">chr", b">"), "its contigs are named like 1"),
        ("fasta", "a.fa", b"<html>sign in</html>", "not FASTA"),
        ("gtf", "a.gtf.gz", gzip.compress(b"##description: human genome (GRCh37)\n"), "it is of GRCh37"),
    ],
)
def test_a_wrong_file_is_refused(server: Server, tmp_path: Path, role: str, name: str, content: bytes, why: str) -> None:
    data = bgzipped(content, tmp_path) if name.endswith(".vcf.gz") else content
    preset = preset_of(role, server.put(name, data))
    with pytest.raises(DownloadError, match=why):
        fetch(preset, tmp_path / "cache")
    assert not is_cached(preset.files[role], tmp_path / "cache")


def test_annotation_stays_packed(server: Server, tmp_path: Path) -> None:
    gtf = gzip.compress(b'##description: human genome (GRCh38)\nchr1\tX\tgene\t1\t9\t.\t+\t.\tgene_id "g";\n')
    assert fetch(preset_of("gtf", server.put("a.gtf.gz", gtf)), tmp_path).read_bytes() == gtf


# --------------------------------------------------------------------------- the presets themselves


@pytest.mark.parametrize("name", ["GRCh38", "GRCh37"])
def test_presets_are_of_one_style_and_say_where_each_file_is_from(name: str) -> None:
    preset = load_preset(name)
    roles = ["fasta", "gtf", "population_vcf", "common_sites_vcf", "panel_of_normals", "clinvar_vcf"]
    assert list(preset.files) == roles
    assert len({file.name for file in preset.files.values()}) == len(roles)
    for file in preset.files.values():
        assert file.is_vcf == file.role.endswith(("_vcf", "_normals")), f"{file.role}: {file.name} would have no index"
        assert file.path == f"results/reference/preset/{file.name}"
    assert preset.files["clinvar_vcf"].prepare == ("add_chr" if preset.prefix else "")
    assert ("chr1" in preset.contigs) == (name == "GRCh38")


def test_docs_name_every_file_of_the_presets() -> None:
    text = (Path(__file__).parents[2] / "docs" / "references.md").read_text(encoding="utf-8")
    files = [file for name in ("GRCh38", "GRCh37") for file in load_preset(name).files.values()]
    for file in files:
        assert file.url in text, f"{file.role}: {file.url}"
        assert file.provider in text and (not file.size or f"{file.size:,}" in text)
    assert len(files) == 12


def test_a_replaced_field_is_the_only_difference() -> None:
    file = load_preset("GRCh38").files["clinvar_vcf"]
    assert (file.download, file.name) == ("clinvar_20260905.vcf.gz", "clinvar_20260905.chr.vcf.gz")
    assert replace(file, prepare="").name == "clinvar_20260905.vcf.gz"
