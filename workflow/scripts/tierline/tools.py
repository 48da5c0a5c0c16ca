"""The tools that Tierline runs: which, in which version, where they were found, and what needs them."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from tierline.container import is_file
from tierline.paths import ROOT
from tierline.records import ToolVersion

MISSING = "missing"
ENVS = ROOT / "envs"
COLUMNS = ("tool", "version", "tested with", "found", "used by", "remark")
"""The table of tools, in the terminal, the report and the dashboard."""


@dataclass(frozen=True, slots=True)
class Tool:
    """How one tool is asked for its version.

    ``needed`` is the version that Tierline is tested with. ``command`` is empty for a Python package. ``pattern`` finds
    the version in what the command prints. ``environment`` names the file of ``envs/`` that provides the tool where
    tools come from conda; it is empty for what runs in Tierline's own Python, and for what comes along with another tool.
    An ``optional`` tool is for some assays or settings only: where it is absent it is not listed, and what asks for it
    says that it lacks.
    """

    name: str
    needed: str
    stages: str
    command: tuple[str, ...] = ()
    pattern: str = r"(\d[\w.]*)"
    environment: str = ""
    package: str = ""  # its name in the conda file, where that is not ``name``
    optional: bool = False


TOOLS = (
    Tool("python", "3.11", "all"),
    Tool("snakemake", "9.27.1", "all"),
    Tool("pysam", "0.24.1", "coverage;calls;consensus;annotate;filter"),
    Tool("java", "17", "align;calls;annotate", ("java", "-version"), r'version "(\d[\w.]*)'),
    Tool("fastp", "0.23.2", "reads", ("fastp", "--version"), environment="fastp"),
    Tool("bwa", "0.7.17", "reference;align", ("bwa",), r"Version: (\d[\w.]*)", environment="align"),
    Tool("samtools", "1.16.1", "reference;align;coverage", ("samtools", "--version"), environment="align"),
    Tool("fgumi", "0.9.0", "align", ("fgumi", "--version"), environment="fgumi", optional=True),
    Tool("gatk", "4.6.2.0", "align;coverage;calls", ("gatk", "--version"), r"v(\d[\w.]*)", "gatk", "gatk4"),
    Tool("mosdepth", "0.3.3", "coverage", ("mosdepth", "--version"), environment="mosdepth"),
    Tool("freebayes", "1.3.6", "calls", ("freebayes", "--version"), environment="freebayes"),
    Tool("bcftools", "1.16", "consensus;annotate", ("bcftools", "--version"), environment="bcftools"),
    Tool("tabix", "1.16", "consensus;annotate", ("tabix", "--version"), environment="bcftools", package="htslib"),
    Tool("snpEff", "5.1", "reference;annotate", ("snpEff", "-version"), r"SnpEff\s+(\d[\w.]*)", "snpeff", "snpeff"),
    Tool(
        "vep", "116.1", "annotate", ("vep", "--help"), r"ensembl-vep\s*:\s*(\d[\w.]*)", "vep", "ensembl-vep", optional=True
    ),
    Tool("multiqc", "1.35", "multiqc"),
)


def deployment() -> str:
    """Where the tools come from: ``conda`` (``snakemake --sdm conda``) or ``path``.

    ``TIERLINE_TOOLS`` decides where it is set, else what the set-up script wrote into the Python environment.
    Without either it is ``path``.
    """
    chosen = os.environ.get("TIERLINE_TOOLS", "")
    recorded = Path(sys.prefix, "tierline-deployment")
    if not chosen and recorded.is_file():
        chosen = recorded.read_text(encoding="utf-8").strip()
    return chosen if chosen in {"conda", "path"} else "path"


def search_path() -> str:
    """PATH with the folder of the running Python before it: there the set-up script puts GATK's launcher."""
    return os.pathsep.join([str(Path(sys.prefix, "bin")), os.environ.get("PATH", os.defpath)])


def find_tools(timeout: float = 20.0, container: str = "") -> list[ToolVersion]:
    """Every tool of ``TOOLS`` with the version that it reports itself, asked in parallel and without network.

    An optional tool that is absent is left out.

    ``version`` is "" where the tool is missing (``found`` is then ``missing``) or says nothing within ``timeout`` seconds.
    Where tools come from conda, their version is the one that the environment's file pins, and ``found`` names that file.
    ``container`` is the image in which this is asked; it has a row of its own.
    """
    conda = deployment() == "conda" and not container
    tools = [tool for tool in TOOLS if not (conda and tool.command and not tool.environment)]
    with ThreadPoolExecutor(max_workers=len(tools)) as pool:
        rows = list(pool.map(lambda tool: _look(tool, conda, timeout), tools))
    image = [ToolVersion("container", container.rpartition("/")[2], "", container, "all")] if container else []
    return image + [row for tool, row in zip(tools, rows, strict=True) if not (tool.optional and row.found == MISSING)]


def fingerprint(container: str = "") -> dict[str, str]:
    """What changes when a tool is exchanged, without asking any: place and content of each, or the conda file's text;
    of the image in which they lie, its name and content.

    By this the list of versions is made anew, and what stands in a report is what made it.
    """
    if container:
        return {"container": f"{container} {_content_mark(Path(container)) if is_file(container) else ''}"}
    found = {}
    for tool in TOOLS:
        if not tool.command:
            found[tool.name] = _package(tool.name)[0] if tool.name != "python" else sys.version
        elif deployment() == "conda":
            found[tool.name] = (ENVS / f"{tool.environment}.yaml").read_text() if tool.environment else ""
        elif path := shutil.which(tool.command[0], path=search_path()):
            found[tool.name] = f"{os.path.realpath(path)} {_content_mark(Path(path))}"
    return found


def _content_mark(path: Path) -> str:
    """Of a launcher, which set-up writes anew each time, its text; of a program its size and date."""
    status = path.stat()
    small = status.st_size < 1 << 16
    return hashlib.sha256(path.read_bytes()).hexdigest() if small else f"{status.st_size} {status.st_mtime_ns}"


def has_tool(name: str) -> bool:
    """Whether a tool's command is there, or comes from conda."""
    tool = next(tool for tool in TOOLS if tool.name == name)
    return deployment() == "conda" or shutil.which(tool.command[0], path=search_path()) is not None


def _look(tool: Tool, conda: bool, timeout: float) -> ToolVersion:
    if tool.name == "python":
        version, found = ".".join(map(str, sys.version_info[:3])), sys.executable
    elif not tool.command:
        version, found = _package(tool.name)
    elif conda:
        version, found = tool.needed, f"conda: envs/{tool.environment}.yaml"
    else:
        path = shutil.which(tool.command[0], path=search_path())
        version, found = (_ask(tool, path, timeout), path) if path else ("", MISSING)
    return ToolVersion(tool.name, version, tool.needed, found, tool.stages)


def _package(name: str) -> tuple[str, str]:
    try:
        distribution = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return "", MISSING
    return distribution.version, str(distribution.locate_file(""))


def _ask(tool: Tool, path: str, timeout: float) -> str:
    if tool.name == "gatk" and (version := _gatk_jar(path)):
        return version
    try:
        done = subprocess.run(
            [path, *tool.command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = re.search(tool.pattern, done.stdout.decode(errors="replace"))
    return match[1] if match else ""


def _gatk_jar(launcher: str) -> str:
    """The version in the name of GATK's jar, found through the set-up script's launcher; "" for any other launcher."""
    try:
        with open(launcher, encoding="utf-8", errors="replace") as handle:
            folder = re.search(r"^lib=(.+)$", handle.read(4096), re.MULTILINE)
        names = os.listdir(folder[1]) if folder else []
    except OSError:  # of another user, who lets nobody look
        names = []
    return next((match[1] for name in names if (match := re.fullmatch(r"gatk-(\d[\d.]*)\.jar", name))), "")


def agrees(version: str, needed: str) -> bool:
    """Whether ``version`` is ``needed`` or a refinement of it: 5.1d and 5.1.2 of 5.1, but not 5.12; "" needs none."""
    return needed in ("", version) or (version.startswith(needed) and not version[len(needed)].isdigit())


def remark(row: ToolVersion) -> str:
    """``missing``, ``no answer``, ``differs`` from the tested version, or "" where all is well."""
    if row.found == MISSING:
        return MISSING
    if not row.version:
        return "no answer"
    return "" if agrees(row.version, row.needed) else "differs"


def format_table(rows: Iterable[ToolVersion]) -> str:
    """The rows as aligned text for a terminal, with ``remark`` as last column."""
    cells = [(*COLUMNS[:-1], ""), *((r.tool, r.version or "-", r.needed, r.found, r.used_by, remark(r)) for r in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in cells)
