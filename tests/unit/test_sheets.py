"""What ``load_project`` accepts and resolves, the checks of files on their own, and ``tierline check``."""

from __future__ import annotations

import gzip
import json
import re
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "cases"))
from test_refuse import build_base, replace, write_gzip
from tierline import check, inputfiles
from tierline.check import CheckRow, format_check, run_check
from tierline.inputfiles import Cell, Contigs, check_bam, check_contigs, contig_style, pair_problems, read_fastq_ends
from tierline.paths import RESOURCES
from tierline.problems import InputError
from tierline.records import Curation, Kind, Override, Sample, Statement, ToolVersion, Unit
from tierline.sheets import Project, load_project, load_schema, read_config

ROOT = Path(__file__).parents[2]
HERE = Cell("units.tsv", 2, "fq1", "x")


TOOLS = [ToolVersion("samtools", "1.16.1", "1.16", "/usr/bin/samtools", "align")]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "run"
    build_base(folder)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(check, "find_tools", lambda: TOOLS)  # it asks each tool, which takes seconds
    return folder


def load(run: Path) -> Project:
    return load_project("config/config.yaml", run)


# --------------------------------------------------------------------------- the project


def test_rows_become_records(run: Path) -> None:
    project = load(run)
    assert project.sample("T1") == Sample(
        "T1", "P1", Kind.TUMOR, "MEL", "mini", ("mini",), 0.6, "female", "FFPE", False,
        collected="2026-01-02", received="2026-01-05",
    )  # fmt: skip
    assert project.sample("T2").purity is None
    assert project.units_of("T2") == (
        Unit("T2", "u1", "LIB3", "FC1", "2", "reads/T2_R1.fastq.gz", "reads/T2_R2.fastq.gz", ""),
    )


def test_what_is_derived(run: Path) -> None:
    project = load(run)
    assert project.tumors == ("T1", "T2")
    assert project.cases == (("T1", "mini"), ("T2", "mini"))
    assert (project.normal_of("T1"), project.normal_of("T2")) == ("N1", None)
    assert (project.panels, project.assays) == (("mini",), ("mini",))
    assert project.panels_of("T1") == ("mini",) and project.panels_of("N1") == ()
    assert project.panel_folder("mini") == run / "config/panels/mini"
    assert project.assay_folder(project.assay_of("T1")) == run / "config/assays/mini"
    with pytest.raises(KeyError):
        project.sample("T3")


REVIEWS = """\
# what reviewers say
case\tvariant\tfield\tengine_value\treviewer_value\treason\tperson\tdate
T2.mini\tKRAS p.Gly12Cys\ttier\tI\tII\twhy\tDr A\t2026-01-20
T1.mini\tchr1:101:A:T\thold\tIII\theld\twhy\tDr A\t2026-01-20
T1.mini\tTERT c.-124C>T\tcomment\tII\tseen before\t\tDr B\t2026-01-21
T1.mini\t\tstatus\t0123456789abcdef\tFINAL\t\tDr B\t2026-01-22
T1.mini\t\tstatus\t\tDRAFT\tread again\tDr B\t2026-01-23
T1.mini\t\tstatus\tfedcba9876543210\tAMENDED\tTERT told\tDr B\t2026-01-23
"""


def test_reviews_are_read_by_case_in_their_order(run: Path) -> None:
    assert load(run).curation == (), "no table, no reviews"
    (run / "config/curation.tsv").write_text(REVIEWS.splitlines()[1] + "\n")
    assert load(run).curation == (), "a header alone is none either"
    (run / "config/curation.tsv").write_text(REVIEWS)
    project = load(run)
    assert project.curation_of("T2", "mini") == (
        Curation("T2.mini", "KRAS p.Gly12Cys", "tier", "I", "II", "why", "Dr A", "2026-01-20"),
    )
    assert [row.reviewer_value for row in project.curation_of("T1", "mini")] == [
        "held", "seen before", "FINAL", "DRAFT", "AMENDED"
    ]  # fmt: skip


def test_overrides_are_read_by_sample(run: Path) -> None:
    assert load(run).overrides == (), "no table, nothing is let pass"
    text = "sample\tmetric\tperson\treason\tdate\nT1\tmean_depth\tDr A\tlooked at\t2026-01-20\n"
    (run / "config/overrides.tsv").write_text(text)
    project = load(run)
    assert project.overrides_of("T1") == (Override("T1", "mean_depth", "Dr A", "looked at", "2026-01-20"),)
    assert project.overrides_of("T2") == ()
    assert load_project(run / "config/config.yaml", run, look_into_files=False).overrides == project.overrides
    assert CheckRow("overrides", "ok", "1 metric of 1 sample let pass") in run_check("config/config.yaml", run)
    (run / "config/samples.tsv").unlink()
    with pytest.raises(InputError) as refusal:
        load(run)
    assert not [problem for problem in refusal.value.problems if problem.file == "config/overrides.tsv"]


def test_faulty_samples_do_not_make_every_review_a_fault(run: Path) -> None:
    (run / "config/curation.tsv").write_text(REVIEWS)
    (run / "config/samples.tsv").unlink()
    with pytest.raises(InputError) as refusal:
        load(run)
    assert {problem.column for problem in refusal.value.problems if problem.file == "config/curation.tsv"} == set()


def test_a_table_of_reviews_elsewhere_is_named_in_the_config(run: Path) -> None:
    (run / "reviews.tsv").write_text(REVIEWS)
    with open(run / "config/config.yaml", "a") as handle:
        handle.write("curation: reviews.tsv\n")
    assert len(load(run).curation) == 6
    assert CheckRow("curation", "ok", "6 rows on 2 cases") in run_check("config/config.yaml", run)


def test_what_the_laboratory_states_belongs_to_its_tumour(run: Path) -> None:
    assert load(run).statements == ()
    replace(run, {"config/config.yaml": {"reference:\n": "findings: config/findings.tsv\nreference:\n"}})
    sheet = run / "config/findings.tsv"
    header = "sample\tgene\talteration\tvalue\tunit\tmethod\tdate\n"
    sheet.write_text(header)
    assert load(run).statements == ()  # nothing was stated
    sheet.write_text(
        f"{header}T2\tCD274\texpression\t60\tTPS\tIHC\t2026-01-02\nT1\tMSI\thigh\tnot_detected\t\tPCR\t2026-01-03\n"
    )
    project = load(run)
    assert project.statements_of("T1") == (Statement("T1", "MSI", "high", "not_detected", "", "PCR", "2026-01-03"),)
    assert project.statements_of("T2") == (Statement("T2", "CD274", "expression", "60", "TPS", "IHC", "2026-01-02"),)
    assert load_project("config/config.yaml", run, look_into_files=False).statements == project.statements


def test_defaults_stand_in_for_keys_left_out(run: Path) -> None:
    config = load(run).config
    assert config["knowledge"] == ["curated", "civic"]
    assert config["report"] == {"tiers": ["I", "II", "III"], "chromosomes": "genome"}
    assert config["synthetic"] is False
    assert config["reference"]["clinvar_vcf"] == ""


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("\n", "\t\t\n"),
        lambda text: text.replace("\n", "\n\n# a comment\n   \n"),
        lambda text: "".join("\t".join(f" {cell} " for cell in line.split("\t")) + "\n" for line in text.splitlines()),
        lambda text: text.rstrip("\n"),
    ],
    ids=["bom", "crlf", "cr", "trailing_tabs", "comments_and_blank_lines", "blanks_around_cells", "no_last_newline"],
)
def test_harmless_forms_of_tables_are_accepted(run: Path, change) -> None:  # type: ignore[no-untyped-def]
    expected = load(run)
    for name in ("samples", "units"):
        path = run / f"config/{name}.tsv"
        path.write_bytes(change(path.read_text()).encode())
    changed = load(run)
    assert (changed.samples, changed.units) == (expected.samples, expected.units)


def test_rows_are_numbered_as_in_the_file(run: Path) -> None:
    path = run / "config/samples.tsv"
    path.write_text(path.read_text().replace("T2\tP2\ttumor", "\n# comment\r\n\nT2\tP2\ttumour"))
    with pytest.raises(InputError) as refusal:
        load(run)
    assert [(p.file, p.row, p.column) for p in refusal.value.problems] == [("config/samples.tsv", 8, "kind")]


def test_columns_in_any_order(run: Path) -> None:
    expected = load(run)
    for name in ("samples", "units"):
        path = run / f"config/{name}.tsv"
        lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
        width = len(lines[0].split("\t"))
        cells = [line.split("\t") + [""] * (width - len(line.split("\t"))) for line in lines]
        path.write_text("".join("\t".join(reversed(row)) + "\n" for row in cells))
    assert load(run).samples == expected.samples
    assert load(run).units == expected.units


def test_paths_are_found_beside_the_config_file(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("reads", "reference"):
        (run / name).rename(run / "config" / name)
    replace(run, {"config/config.yaml": {"reference:": "samples: samples.tsv\nunits: units.tsv\nreference:"}})
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    project = load_project(run / "config/config.yaml", elsewhere)
    assert project.units[0].fq1 == str(run / "config/reads/T1_R1.fastq.gz")
    assert project.config["reference"]["fasta"] == str(run / "config/reference/genome.fa")
    assert project.panel_folder("mini") == run / "config/panels/mini"


def test_the_run_directory_comes_before_the_folder_of_the_config(run: Path) -> None:
    (run / "config/reads").mkdir()
    (run / "config/reads/T1_R1.fastq.gz").write_text("not looked at")
    assert load(run).units[0].fq1 == "reads/T1_R1.fastq.gz"


def test_without_looking_into_files_only_the_sheets_count(run: Path) -> None:
    for path in (run / "reads").iterdir():
        path.unlink()
    with pytest.raises(InputError, match="does not exist"):
        load(run)
    assert load_project("config/config.yaml", run, look_into_files=False).tumors == ("T1", "T2")


def test_a_bam_that_is_realigned_may_name_another_sample(run: Path) -> None:
    from test_refuse import bam

    bam(run, {"path": "reads/T2.bam", "sample": "other", "order": "queryname", "contigs": {"1": 5}})
    replace(run, {"config/units.tsv": {"reads/T2_R1.fastq.gz\treads/T2_R2.fastq.gz": "\t\treads/T2.bam"}})
    assert load(run).units_of("T2")[0].bam == "reads/T2.bam"
    rows = [row for row in run_check("config/config.yaml", run) if row.state == "warn" and "T2.bam" in row.detail]
    assert [row.detail for row in rows] == ["reads/T2.bam names the sample other; it is realigned as T2"]


def test_a_bam_taken_as_it_is(run: Path) -> None:
    from test_refuse import bam

    bam(run, {"path": "reads/T2.bam", "sample": "T2"})
    replace(run, {"config/config.yaml": {"realign": "as_is"}})
    replace(
        run, {"config/units.tsv": {"LIB3\tFC1\t2\treads/T2_R1.fastq.gz\treads/T2_R2.fastq.gz": "\t\t\t\t\treads/T2.bam"}}
    )
    assert load(run).units_of("T2") == (Unit("T2", "u1", "", "", "", "", "", "reads/T2.bam"),)


# --------------------------------------------------------------------------- what is shipped


def test_the_shipped_config_is_documented_and_valid() -> None:
    schema = load_schema("config")
    config, _, problems = read_config(ROOT / "config/config.yaml")
    assert problems == []
    readme = (ROOT / "config/README.md").read_text(encoding="utf-8")
    shipped = (ROOT / "config/config.yaml").read_text(encoding="utf-8")
    keys = [f"{k}.{sub}" if sub else k for k, part in schema["properties"].items() for sub in part.get("properties", [""])]
    assert len(keys) >= 16
    assert [key for key in keys if f"`{key}`" not in readme] == []
    assert [key for key in keys if not re.search(rf"^ *{key.split('.')[-1]}: .*#", shipped, re.M)] == []
    expected = {"preset": "GRCh38"}  # the one value that is not the default
    for key in keys:
        top, _, sub = key.partition(".")
        part, value = schema["properties"][top], config[top]
        default = part["properties"][sub]["default"] if sub else part["default"]
        assert (value[sub] if sub else value) == expected.get(sub, default), key


@pytest.mark.parametrize("name", ["samples", "units", "curation", "overrides"])
def test_the_shipped_sheets_are_documented_and_empty(name: str) -> None:
    schema = load_schema(name)
    text = (ROOT / f"config/{name}.tsv").read_text(encoding="utf-8")
    header = next(line for line in text.splitlines() if not line.startswith("#")).split("\t")
    assert header == [*schema["properties"]] or set(header) == set(schema["properties"])
    readme = (ROOT / "config/README.md").read_text(encoding="utf-8")
    assert [column for column in header if f"`{column}`" not in readme] == []
    examples = [line[1:].split("\t") for line in text.splitlines() if line.startswith("#") and "\t" in line]
    assert len(examples) >= 2
    for line in examples:
        assert len(line) == len(header)
        cells = {c: v for c, v in zip(header, line, strict=True) if v or "default" not in schema["properties"][c]}
        jsonschema.validate(cells, schema)


def test_a_fresh_clone_says_no_samples_yet() -> None:
    with pytest.raises(InputError) as refusal:
        load_project(ROOT / "config/config.yaml", ROOT)
    said = [str(problem) for problem in refusal.value.problems]
    assert any("no samples yet" in problem for problem in said)
    assert any("no units yet" in problem for problem in said)
    assert len(said) == 2


@pytest.mark.parametrize("name", ["config", "samples", "units", "curation", "overrides"])
def test_schemas_are_closed_and_valid(name: str) -> None:
    schema = load_schema(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    if name != "config":
        record = {"samples": Sample, "units": Unit, "curation": Curation, "overrides": Override}[name]
        assert set(schema["properties"]) == set(record.__dataclass_fields__)


def test_the_demo_is_valid(tmp_path: Path) -> None:
    project = load_project(RESOURCES / "demo/config.yaml", tmp_path)
    assert len(project.cases) >= 3
    assert project.config["synthetic"] is True


# --------------------------------------------------------------------------- files on their own


def test_contig_style() -> None:
    assert contig_style(["chr1", "chrX", "chrUn_KI270302v1"]) == "chr"
    assert contig_style(["1", "22", "MT", "GL000192.1"]) == "plain"
    assert contig_style(["chr1", "2"]) == ""
    assert contig_style(["NC_000001.11", "chr7_slice"]) == ""


def test_contigs_that_the_genome_lacks_are_no_fault_where_others_fit() -> None:
    genome = Contigs({"chr1": 600, "chr2": 300}, complete=True)
    assert check_contigs({"chr1": 600, "chr9": 10}, genome, HERE) == []
    assert len(check_contigs({"chr1": 599, "chr9": 10}, genome, HERE)) == 1
    assert len(check_contigs({"decoy": 10}, genome, HERE)) == 1
    assert check_contigs({"decoy": 10}, Contigs({"chr1": None}, complete=False), HERE) == []


def fastq(count: int, mate: int, length: int = 100) -> str:
    return "".join(f"@r{i} {mate}:N:0:A\n{'ACGTA' * (length // 5)}\n+\n{'F' * length}\n" for i in range(count))


def test_a_large_fastq_is_read_at_its_ends_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputfiles, "HEAD", 5000)
    path = tmp_path / "a.fastq.gz"
    path.write_bytes(gzip.compress(fastq(2000, 1).encode()))
    start, problems = read_fastq_ends(path, HERE, 1000)
    assert problems == [] and start is not None
    assert start.count is None
    assert 10 <= len(start.names) <= 5000 // 200
    assert set(start.mates) == {"1"}


def test_blocked_gzip_that_is_cut_short_is_seen_without_reading_it(tmp_path: Path) -> None:
    import pysam

    plain, path = tmp_path / "a.fastq", tmp_path / "a.fastq.gz"
    plain.write_text("".join(f"@r{i}\nACGT\n+\nFF#{i % 10}\n" for i in range(20000)))
    pysam.tabix_compress(str(plain), str(path))
    assert read_fastq_ends(path, HERE, 1000)[1] == []
    content = path.read_bytes()
    path.write_bytes(content[:-28])  # without the empty end block the file still ends where a block does
    assert read_fastq_ends(path, HERE, 1000)[1] == []
    for lost in (29, 100, len(content) // 3):
        path.write_bytes(content[:-lost])
        assert [p.message for p in read_fastq_ends(path, HERE, 1000)[1]] == ["the file is cut short"], lost


def test_pairs_with_old_and_bare_names_are_accepted(tmp_path: Path) -> None:
    for one, two in (("@x/1", "@x/2"), ("@x", "@x"), ("@SRR1.1 1 length=4", "@SRR1.1 1 length=4")):
        looks = []
        for number, name, bases in ((1, one, "ACGT"), (2, two, "GGCA")):
            path = tmp_path / f"{number}.fq.gz"
            write_gzip(path, f"{name}\r\n{bases}\r\n+\r\nFFFF\r\n")
            looks.append(read_fastq_ends(path, HERE)[0])
        first, second = looks
        assert first and second and pair_problems(first, HERE, second, HERE) == []


@pytest.mark.parametrize("packed", [False, True])
def test_the_last_reads_of_large_files_must_pair(tmp_path: Path, packed: bool) -> None:
    """Plain and blocked files can be read from their end; a second file that lost its last reads is seen there."""
    import pysam

    looks = {}
    for name, count, mate in (("1", 9000, 1), ("2", 9000, 2), ("short", 8990, 2), ("torn", 9000, 2)):
        path = tmp_path / f"{name}.fastq"
        text = fastq(count, mate)
        path.write_text(text[: text.rindex("+\n")] if name == "torn" else text)
        if packed:
            pysam.tabix_compress(str(path), f"{path}.gz")
            path = Path(f"{path}.gz")
        looks[name] = read_fastq_ends(path, HERE, whole_up_to=1000)
    (one, _), (two, _), (short, _) = looks["1"], looks["2"], looks["short"]
    assert one and two and short
    assert (one.count, one.last, two.last) == (None, "r8999", "r8999")
    assert pair_problems(one, HERE, two, HERE) == []
    [problem] = pair_problems(one, HERE, short, HERE)
    assert problem.message == "the last reads do not pair: 'r8999' in fq1, 'r8989' in fq2"
    assert [p.message for p in looks["torn"][1]] == ["the last read of the file has no four lines"]


def test_a_large_bam_that_is_cut_short_is_seen_at_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pysam

    monkeypatch.setattr(inputfiles, "SMALL", 0)
    path = tmp_path / "a.bam"
    header = {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": "chr1", "LN": 600}]}
    with pysam.AlignmentFile(str(path), "wb", header=header) as out:
        for _ in range(1000):
            read = pysam.AlignedSegment(out.header)
            read.query_name, read.flag, read.query_sequence = "r", 77, "A" * 50
            out.write(read)
    assert check_bam(path, HERE, "T", Contigs({}, False), False) == []
    whole = path.read_bytes()
    for lost in (28, 100, 500):
        path.write_bytes(whole[:-lost])
        assert [p.message for p in check_bam(path, HERE, "T", Contigs({}, False), False)] == ["the file is cut short"]


# --------------------------------------------------------------------------- the check


def test_check_of_a_valid_project(run: Path) -> None:
    rows = run_check("config/config.yaml", run)
    found = {row.what: row for row in rows}
    assert found["sheets"].detail == "2 tumours (1 without a normal), 1 normal, 3 units, 2 reports owed"
    assert found["annotation"] == CheckRow("annotation", "ok", "1 of 1 panel genes are in genes.gtf")
    assert found["assay"].detail.endswith("covers all 1 loci of mini")
    assert found["run folder"].state == "ok"
    assert {"reference", "panel", "tools", "disk"} <= found.keys()


def test_check_names_what_the_assay_leaves_out(run: Path) -> None:
    (run / "config/assays/mini/targets.bed").write_text("chr1\t80\t120\n")
    row = next(row for row in run_check("config/config.yaml", run) if row.what == "assay")
    assert row.state == "warn"
    assert row.detail == (
        "mini 1.0, 40 bases; does not cover 1 of 1 loci of mini: GENEA:p.10; "
        "130 of the 150 bases that it asks are not covered by the assay: GENEA"
    )


def test_check_names_genes_that_the_annotation_lacks(run: Path) -> None:
    path = run / "reference/genes.gtf"
    path.write_text(path.read_text().replace("TXA.1", "TXB.1").replace("GENEA", "GENEB"))
    rows = {row.what: row for row in run_check("config/config.yaml", run)}
    assert rows["annotation"].state == "warn"
    assert rows["annotation"].detail == "0 of 1 panel genes are in genes.gtf; not there, so not covered: GENEA"


def test_check_goes_on_after_bad_input(run: Path) -> None:
    replace(run, {"config/samples.tsv": {"\t0.6\t": "\t60\t"}})
    rows = run_check("config/config.yaml", run)
    assert [(row.what, row.state) for row in rows[:1]] == [("samples", "problem")]
    assert "Write 0.6." in rows[0].detail
    assert {"disk", "run folder"} <= {row.what for row in rows}


def test_check_tells_what_stands_beyond_the_first_lines_of_an_annotation(run: Path) -> None:
    """Of a large one only the first lines are looked at; where the check reads all of it, a fault is a row like others."""
    path = run / "reference/genes.gtf"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(lines[0] * (inputfiles.SMALL // len(lines[0]) + 1) + "".join(lines) + "not GTF\n")
    load(run)
    rows = run_check("config/config.yaml", run)
    assert [row.detail for row in rows if row.state == "problem" and "the line is not GTF" in row.detail]
    assert {"sheets", "tools", "disk"} <= {row.what for row in rows}


@pytest.mark.parametrize(
    ("version", "found", "state"),
    [("1.16.1", "/usr/bin/samtools", "ok"), ("1.160", "/usr/bin/samtools", "warn"), ("", "missing", "problem")],
)
def test_check_of_tools(run: Path, monkeypatch: pytest.MonkeyPatch, version: str, found: str, state: str) -> None:
    monkeypatch.setattr(check, "find_tools", lambda: [ToolVersion("samtools", version, "1.16", found, "align")])
    [row] = [row for row in run_check("config/config.yaml", run) if row.what == "tools"]
    assert row.state == state
    assert "samtools" in row.detail or state == "ok"


def test_check_is_readable_as_text() -> None:
    text = format_check([CheckRow("disk", "ok", "much"), CheckRow("permission", "problem", "[bold]none")])
    assert text.splitlines() == ["ok       disk        much", "problem  permission  [bold]none"]


def test_the_config_is_plain_data(run: Path) -> None:
    assert json.loads(json.dumps(load(run).config)) == load(run).config
    assert yaml.safe_load(yaml.safe_dump(dict(load(run).config))) == load(run).config


# --------------------------------------------------------------------------- anything at all

HOSTILE = (
    "\t|\n|\r|#|{}|[|]|: |- |null|../|$(x)|<script>|\x00|\u00e9|&a |*a|!!python/object:os.system|5: 6\n|\ufeff|yes|T1|."
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["config/config.yaml", "config/samples.tsv", "config/units.tsv"]),
    at=st.integers(0, 700),
    drop=st.integers(0, 30),
    text=st.text(max_size=6) | st.sampled_from(HOSTILE.split("|")),
)
@example(name="config/units.tsv", at=63, drop=0, text="\x00")  # in a path
def test_whatever_is_written_is_read_or_refused_in_words(run: Path, name: str, at: int, drop: int, text: str) -> None:
    path = run / name
    valid = path.read_bytes()
    before = valid.decode()
    path.write_bytes((before[:at] + text + before[at + drop :]).encode("utf-8", "surrogatepass"))
    try:
        load(run)
    except InputError as error:
        assert error.problems
        assert all(problem.message for problem in error.problems)
    finally:
        path.write_bytes(valid)


# --------------------------------------------------------------------------- VCFs of other pipelines

VCF = """##fileformat=VCFv4.2
##source=VarDict_v1.8.2
##contig=<ID=chr1,length=600>
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="d">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="a">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tT1\tN1
"""


def enter_t1_as_vcf(run: Path, coverage: str = "") -> None:
    """The pair T1 and N1 of the base as a VCF; N1 has no unit any more."""
    (run / "vcf").mkdir()
    (run / "vcf/t1.vcf").write_text(VCF)
    (run / "vcf/t1.bed").write_text("chr1\t0\t600\n")
    header, _, _, t2 = (run / "config/units.tsv").read_text().rstrip("\n").split("\n")[:4]
    depth = "200" if coverage else ""
    row = f"T1\tv1\t\t\t\t\t\t\tvcf/t1.vcf\t{coverage}\t{depth}"
    (run / "config/units.tsv").write_text(f"{header}\tvcf\tcoverage\tcallable_depth\n{t2}\n{row}\n")


def test_a_tumour_may_be_a_vcf_and_its_normal_stands_in_it(run: Path) -> None:
    enter_t1_as_vcf(run)
    project = load(run)
    assert project.with_reads == ("T2",) and project.normal_of("T1") == "N1"
    assert project.units_of("T1") == (Unit("T1", "v1", "", "", "", "", "", "", vcf="vcf/t1.vcf"),)
    row = next(row for row in run_check("config/config.yaml", run) if "vcf/t1.vcf" in row.detail)
    assert row.state == "warn"
    assert row.detail == (
        "vcf/t1.vcf: calls of vardict, T1 in column T1, normal in N1; no coverage, so its report has no negatives"
    )


def test_the_check_says_what_a_coverage_is_taken_for(run: Path) -> None:
    enter_t1_as_vcf(run, "vcf/t1.bed")
    assert load(run).units_of("T1")[0].callable_depth == 200
    row = next(row for row in run_check("config/config.yaml", run) if "vcf/t1.vcf" in row.detail)
    assert (row.state, row.detail.partition("; ")[2]) == ("ok", "coverage: a BED of callable bases")


def test_further_calls_are_read_from_the_samples(run: Path) -> None:
    (run / "vcf").mkdir()
    (run / "vcf/t2.vcf").write_text(VCF.replace("\tT1\tN1", "\tT2"))
    replace(run, {"config/samples.tsv": {"collected\treceived\n": "collected\treceived\tcalls\n",
                                         "male\tFFPE\tno\n": "male\tFFPE\tno\t\t\tvcf/t2.vcf\n"}})  # fmt: skip
    assert load(run).sample("T2").calls == ("vcf/t2.vcf",) and load(run).sample("T1").calls == ()
    assert CheckRow("sheets", "ok", "vcf/t2.vcf: calls of vardict join those of T2") in run_check("config/config.yaml", run)
