"""What a user wants done: ``config.yaml`` and the tables that it names, cross-checked and resolved.

``load_project`` is the only door. It reads everything, gathers every problem and raises one ``InputError``.
"""

from __future__ import annotations

import copy
import os
import pkgutil
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from functools import cache, cached_property, partial
from itertools import chain, takewhile
from pathlib import Path
from typing import Any, TypeVar

import jsonschema

from tierline import inputfiles
from tierline.callers import runnable
from tierline.container import container_problems, is_file
from tierline.documents import Lines, line_of, load_schema, read_document, read_text, read_yaml
from tierline.inputfiles import Cell, Contigs
from tierline.metrics import METRICS, OF_CONTROLS
from tierline.paths import RESOURCES
from tierline.presets import FOLDER, NONE, files_in_use, load_preset, with_preset
from tierline.problems import InputError, Problem, did_you_mean
from tierline.records import Control, Curation, Kind, Override, Sample, Statement, Tier, Unit
from tierline.vep import vep_problems

T = TypeVar("T")

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")  # what the schemas ask of every name
WHOLE_IN_ALL = 1 << 25  # bytes on disk of all FASTQ files together up to which each is read whole
VCF_KEYS = {
    "population_vcf": ("AF",),
    "common_sites_vcf": ("AF",),
    "panel_of_normals": (),
    "clinvar_vcf": ("CLNSIG",),
}  # config key of a VCF resource -> INFO fields without which it is of no use


def by_key(rows: Iterable[T], key: Callable[[T], str]) -> dict[str, tuple[T, ...]]:
    """Rows in their order by what ``key`` says of them."""
    found: dict[str, list[T]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return {name: tuple(own) for name, own in found.items()}


@dataclass(frozen=True)
class Project:
    """A validated run. File names are as the user wrote them where they exist from ``workdir``, else absolute."""

    configfile: Path
    workdir: Path
    config: Mapping[str, Any]
    samples: tuple[Sample, ...]
    units: tuple[Unit, ...]
    curation: tuple[Curation, ...] = ()
    statements: tuple[Statement, ...] = ()
    overrides: tuple[Override, ...] = ()
    controls: tuple[Control, ...] = ()

    # thousands of samples are asked for again and again while the jobs are planned: rows by their name, once

    @cached_property
    def _samples(self) -> dict[str, Sample]:
        return {row.sample: row for row in self.samples}

    @cached_property
    def _normals(self) -> dict[str, str]:
        return {row.patient: row.sample for row in reversed(self.samples) if row.kind == Kind.NORMAL}

    @cached_property
    def _units(self) -> dict[str, tuple[Unit, ...]]:
        return by_key(self.units, lambda row: row.sample)

    @cached_property
    def _statements(self) -> dict[str, tuple[Statement, ...]]:
        return by_key(self.statements, lambda row: row.sample)

    @cached_property
    def _curation(self) -> dict[str, tuple[Curation, ...]]:
        return by_key(self.curation, lambda row: row.case)

    @cached_property
    def _overrides(self) -> dict[str, tuple[Override, ...]]:
        return by_key(self.overrides, lambda row: row.sample)

    @property
    def tumors(self) -> tuple[str, ...]:
        """Names of the tumours, in the order of the sheet."""
        return tuple(sample.sample for sample in self.samples if sample.kind == Kind.TUMOR)

    @property
    def run_controls(self) -> tuple[str, ...]:
        """Names of the run controls, in the order of the sheet."""
        return tuple(sample.sample for sample in self.samples if sample.kind == Kind.CONTROL)

    @property
    def positive_controls(self) -> tuple[str, ...]:
        """Those that must show variants, and are called with a panel."""
        return tuple(name for name in self.run_controls if self.panels_of(name))

    @cached_property
    def _by_flowcell(self) -> dict[str, tuple[str, ...]]:
        names = set(self.run_controls)
        controls = [unit for unit in self.units if unit.sample in names]
        by_flowcell = by_key(controls, lambda unit: unit.flowcell)
        return {flowcell: tuple(unit.sample for unit in units) for flowcell, units in by_flowcell.items()}

    def controls_beside(self, sample: str) -> tuple[str, ...]:
        """The run controls that share a flow cell with a sample that has reads, in the order of the units."""
        shared = (name for flowcell in self.flowcells_of(sample) for name in self._by_flowcell.get(flowcell, ()))
        return tuple(dict.fromkeys(shared))

    def flowcells_of(self, sample: str) -> tuple[str, ...]:
        """The flow cells of a sample's reads, in the order of the units; "" is that of a BAM taken as it is, not known."""
        return tuple(dict.fromkeys(unit.flowcell for unit in self.units_of(sample) if not unit.vcf))

    @property
    def cases(self) -> tuple[tuple[str, str], ...]:
        """(tumor, panel) of every report that is owed."""
        return tuple((tumor, panel) for tumor in self.tumors for panel in self.panels_of(tumor))

    @property
    def with_reads(self) -> tuple[str, ...]:
        """Names of the samples of which there are reads, in the order of the sheet; the others came as a VCF."""
        own = {unit.sample for unit in self.units if not unit.vcf}
        return tuple(sample.sample for sample in self.samples if sample.sample in own)

    @property
    def resources_lacking(self) -> tuple[str, ...]:
        """Keys of ``config.reference`` whose VCF was not given, the panel of normals apart: most have none."""
        return tuple(key for key in VCF_KEYS if key != "panel_of_normals" and not self.config["reference"][key])

    @property
    def panels(self) -> tuple[str, ...]:
        """Every panel in use, sorted."""
        return tuple(sorted({panel for sample in self.samples for panel in sample.panels}))

    @property
    def assays(self) -> tuple[str, ...]:
        """Every assay in use, sorted."""
        return tuple(sorted({sample.assay for sample in self.samples}))

    def sample(self, name: str) -> Sample:
        """The row of one sample. KeyError where there is none."""
        return self._samples[name]

    def normal_of(self, tumor: str) -> str | None:
        """The normal of the tumour's patient; None makes it a tumour-only case."""
        return self._normals.get(self.sample(tumor).patient)

    def units_of(self, sample: str) -> tuple[Unit, ...]:
        """FASTQ pairs and BAM files, or VCFs, of a sample, in the order of the sheet."""
        return self._units.get(sample, ())

    def statements_of(self, tumor: str) -> tuple[Statement, ...]:
        """What the laboratory states of a tumour, in the order of the sheet."""
        return self._statements.get(tumor, ())

    def panels_of(self, tumor: str) -> tuple[str, ...]:
        return self.sample(tumor).panels

    def assay_of(self, sample: str) -> str:
        return self.sample(sample).assay

    def curation_of(self, tumor: str, panel: str) -> tuple[Curation, ...]:
        """What reviewers say of one case, in the order of the table."""
        return self._curation.get(f"{tumor}.{panel}", ())

    def overrides_of(self, sample: str) -> tuple[Override, ...]:
        """The quality metrics of a sample that somebody lets pass."""
        return self._overrides.get(sample, ())

    def controls_of(self, sample: str) -> tuple[Control, ...]:
        """What a run control must show, in the order of the table."""
        return tuple(row for row in self.controls if row.sample == sample)

    def panel_folder(self, panel: str) -> Path:
        """Folder of a panel: of the run first, then of the config file, then of the workflow."""
        return find_folder("panels", panel, self.configfile, self.workdir)

    def assay_folder(self, assay: str) -> Path:
        """Folder of an assay: of the run first, then of the config file, then of the workflow."""
        return find_folder("assays", assay, self.configfile, self.workdir)


def load_project(configfile: str | Path, workdir: str | Path = ".", *, look_into_files: bool = True) -> Project:
    """Read and check all that a run starts from.

    ``look_into_files`` False reads config and sheets only, not the files, panels and assays that they name: for jobs
    started by a run which was checked. Raises one InputError with every problem.
    """
    configfile, workdir = Path(configfile), Path(workdir).resolve()
    config, lines, problems = read_config(configfile)
    shown, config_is_sound = str(configfile), not problems

    def config_cell(*keys: str) -> Cell:
        value: Any = config
        for key in keys:
            value = value[key]
        return Cell(shown, line_of(lines, *keys), ".".join(keys), str(value))

    find = partial(resolve, configfile=configfile, workdir=workdir)
    sheets = {}
    for name in ("samples", "units", *(["findings"] if config["findings"] else [])):
        path = workdir / find(config[name])
        fault = inputfiles.check_file(path, config_cell(name))
        sheets[name], more = (
            ([], fault) if fault else read_sheet(path, config[name], load_schema(name), may_be_empty=name == "findings")
        )
        problems += more
    samples, more = _check_samples(sheets["samples"], partial(find_folder, configfile=configfile, workdir=workdir))
    problems += more
    samples = tuple(replace(sample, calls=tuple(find(name) for name in sample.calls)) for sample in samples)
    units, more = _check_units(sheets["units"], sheets["samples"], config["align"]["bam"], find)
    problems += more
    statements, more = _check_statements(sheets.get("findings", []), samples, look_into_files)
    problems += more
    reference = resolved_reference(config["reference"], find)
    config["annotate"]["vep_cache"] = find(config["annotate"]["vep_cache"])
    if is_file(config["run"]["container"]):
        config["run"]["container"] = find(config["run"]["container"])
    project = Project(configfile, workdir, {**config, "reference": reference}, samples, units, statements=statements)
    for name in ("curation", "overrides", "controls"):
        path = workdir / find(config[name])
        if (name,) in lines or os.path.lexists(path):  # else nobody asks for it
            fault = inputfiles.check_file(path, config_cell(name))
            sheets[name], more = (
                ([], fault) if fault else read_sheet(path, config[name], load_schema(name), may_be_empty=True)
            )
            problems += more
    curation, more = _check_curation(sheets.get("curation", []), project)
    problems += more
    overrides, more = _check_overrides(sheets.get("overrides", []), project, look_into_files)
    problems += more
    controls, more = _check_controls(sheets.get("controls", []), sheets["samples"], project, look_into_files)
    problems += more
    project = replace(project, curation=curation, overrides=overrides, controls=controls)
    contigs = Contigs({}, complete=False)
    if config_is_sound:  # else a default would stand for a faulty value, and its faults would only confuse
        contigs, more = _check_reference(reference, config_cell, workdir, look_into_files)
        problems += more
    if look_into_files:
        problems += container_problems(config["run"]["container"], workdir, config_cell("run", "container"))
        problems += vep_problems(config, workdir, config_cell("annotate", "tool"), config_cell("annotate", "vep_cache"))
        problems += _check_panels_and_assays(project, contigs) if config_is_sound else []
        problems += _check_unit_files(sheets["units"], project, contigs)
        problems += _check_given_files(sheets["units"], sheets["samples"], project, contigs)
    if problems:
        tables = ("samples", "units", "curation", "overrides", "findings", "controls")
        order = {shown: 0, **{config[name]: rank for rank, name in enumerate(tables, 1)}}
        raise InputError(sorted(set(problems), key=lambda p: (order.get(p.file, 7), p.file, p.row or 0, p)))
    return project


def resolve(name: str, configfile: Path, workdir: Path) -> str:
    """A file name of config or sheets, to be used from ``workdir``.

    Relative names start at the run directory; where nothing is there, at the folder of the config file (so that a
    folder with config, sheets and data can be used from anywhere). What lies below the run directory stays relative, so
    that the directory can be moved.
    """
    if not name or os.path.lexists(workdir / name):
        return os.path.normpath(name) if name else ""
    beside = Path(os.path.normpath(configfile.resolve().parent / name))
    if not os.path.lexists(beside):
        return os.path.normpath(name)
    return str(beside.relative_to(workdir) if beside.is_relative_to(workdir) else beside)


def find_folder(kind: str, name: str, configfile: Path, workdir: Path) -> Path:
    """The folder of the panel or assay ``name`` (kind ``panels`` or ``assays``). Raises InputError where none is."""
    roots = [workdir / "config" / kind, configfile.resolve().parent / kind, RESOURCES / kind]
    for root in roots:
        if NAME.fullmatch(name) and (root / name).is_dir():
            return root / name
    known = {entry.name for root in roots if root.is_dir() for entry in root.iterdir() if entry.is_dir()}
    what = kind.removesuffix("s")
    said = f"there is no {what} of this name"
    raise InputError([Problem(f"{what} {name!r}", None, "", "", said, did_you_mean(name, known))])


# --------------------------------------------------------------------------- schemas


def _schema_problems(
    schema: Mapping[str, Any], values: Mapping[str, Any], cell: Callable[[tuple[Any, ...]], Cell]
) -> Iterator[tuple[tuple[Any, ...], Problem]]:
    """Where ``values`` breaks the schema: the place inside, and the problem at the cell which ``cell`` makes of it."""
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker(["date"]))
    for error in validator.iter_errors(values):
        place = tuple(error.absolute_path)
        if error.validator == "additionalProperties":
            known = set(error.schema["properties"])
            for key in sorted(set(error.instance) - known, key=str):
                at = (*place, key)
                yield at, cell(at).problem("this key is not known", did_you_mean(str(key), known))
        elif error.instance == "" or error.instance is None:
            allowed = f"Allowed: {', '.join(error.schema['enum'])}." if "enum" in error.schema else ""
            yield place, cell(place).problem("nothing is written here", error.schema.get("remedy", allowed))
        elif error.validator == "enum":
            allowed = did_you_mean(str(error.instance), [str(item) for item in error.validator_value if item])
            yield place, cell(place).problem("the value is not one of those allowed", allowed)
        else:
            yield place, cell(place).problem("the value does not fit", error.schema.get("remedy", ""))


def _filled(schema: Mapping[str, Any], value: Any) -> Any:
    """``value`` with the schema's defaults for all keys that are left out."""
    if schema.get("type") != "object":
        return value
    return {
        key: _filled(part, copy.deepcopy(value.get(key, part.get("default")))) for key, part in schema["properties"].items()
    }


# --------------------------------------------------------------------------- config


def read_config(configfile: Path) -> tuple[dict[str, Any], Lines, list[Problem]]:
    """The config with its defaults, the line of each key, and the problems (a faulty value counts as left out).

    Raises InputError where the file cannot be read as YAML at all.
    """
    shown, schema = str(configfile), load_schema("config")
    values, lines, problems = read_yaml(configfile)

    def cell(place: tuple[Any, ...]) -> Cell:
        keys = tuple(str(part) for part in place if not isinstance(part, int))
        value: Any = values
        for part in place:
            value = value[part]
        return Cell(shown, lines.get(keys), ".".join(keys), "" if value is None else str(value))

    faults = list(_schema_problems(schema, values, cell))
    problems += [problem for _, problem in faults]
    for place, _ in faults:  # each faulty value is taken out up to its nearest key, so that its default stands in
        names = list(takewhile(lambda part: isinstance(part, str), place))
        parent = values
        for key in names[:-1]:
            parent = parent.get(key, {})
        if names:
            parent.pop(names[-1], None)
    config = _filled(schema, values)
    for key, package in (("callers", "callers"), ("knowledge", "knowledge")):
        known = runnable() if key == "callers" else modules_of(package)
        for name in config[key]:
            if name not in known:
                at = Cell(shown, lines.get((key,)), key, name)
                problems.append(at.problem(f"there is no module {package}/{name}.py", did_you_mean(name, known)))
    return config, lines, problems


@cache
def modules_of(package: str) -> tuple[str, ...]:
    """Names that can stand in the config for a folder of the package: its modules without a leading underscore."""
    found = pkgutil.iter_modules([str(Path(__file__).parent / package)])
    return tuple(sorted(module.name for module in found if not module.name.startswith("_")))


# --------------------------------------------------------------------------- tables


@dataclass(frozen=True)
class SheetRow:
    """One row of a sheet: its cells with defaults, stripped of blanks, and where they stand."""

    file: str
    row: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def cell(self, column: str) -> Cell:
        return Cell(self.file, self.row, column, self.cells[column])


def read_sheet(
    path: Path, shown: str, schema: Mapping[str, Any], *, may_be_empty: bool = False
) -> tuple[list[SheetRow], list[Problem]]:
    """The rows of a tab-separated sheet that fit its schema cell by cell, and the problems of all the others too.

    Blank lines and lines that begin with # are passed over, tabs at the end of a line too. ``may_be_empty``: a header
    without rows is no problem.
    """
    whole = Cell(shown, None, "", "")
    text, problems = read_text(path, whole)
    if problems:
        return [], problems
    numbered = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip() and line.lstrip()[0] != "#"]
    if not numbered:
        return [], [whole.problem("the header is missing", f"Begin with the columns {', '.join(schema['required'])}.")]
    header_row, header_line = numbered[0]
    header = [name.strip() for name in header_line.rstrip("\t ").split("\t")]
    problems = _header_problems(header, Cell(shown, header_row, "", ""), schema)
    if problems:
        return [], problems
    if len(numbered) == 1 and not may_be_empty:
        noun = path.stem
        return [], [whole.problem(f"no {noun} yet", f"Add one row for each of your {noun} below the header.")]
    defaults = {name: part["default"] for name, part in schema["properties"].items() if "default" in part}
    rows = []
    for number, line in numbered[1:]:
        values = [value.strip() for value in line.rstrip("\t ").split("\t")]
        if len(values) > len(header):
            extra = Cell(shown, number, "", values[len(header)])
            problems.append(extra.problem("a value stands beyond the last column", "Take it out, or name its column."))
            values = values[: len(header)]
        cells = dict(zip(header, values + [""] * (len(header) - len(values)), strict=True))
        row = SheetRow(shown, number, {**defaults, **cells, **{c: d for c, d in defaults.items() if not cells.get(c)}})
        rows.append(row)
        written = {name: value for name, value in cells.items() if value or name not in defaults}
        faults = _schema_problems(schema, written, lambda place, row=row: row.cell(place[0]))  # type: ignore[misc]
        problems += [_better_remedy(problem) for _, problem in faults]
    return rows, problems


def _header_problems(header: list[str], place: Cell, schema: Mapping[str, Any]) -> list[Problem]:
    known, required = list(schema["properties"]), schema["required"]
    if len(header) == 1 and header[0] not in known:
        sign = next((word for word, sign in (("commas", ","), ("semicolons", ";")) if sign in header[0]), "blanks")
        return [place.problem(f"the columns are separated by {sign}", "Separate them by tabs.")]
    problems = []
    for number, name in enumerate(header):
        if name in header[:number]:
            problems.append(replace(place, column=name).problem("the column stands twice", "Keep one of them."))
        elif not name:
            problems.append(place.problem(f"column {number + 1} has no name", "Name it or take it out."))
        elif name not in known:
            free = [column for column in known if column not in header]
            problems.append(replace(place, column=name).problem("the column is not known", did_you_mean(name, free)))
    for name in required:
        if name not in header:
            problems.append(replace(place, column=name).problem("the column is missing", f"Add the column {name}."))
    return problems


def _better_remedy(problem: Problem) -> Problem:
    """Say what to write instead where the value lets it be known."""
    value = problem.value.replace(",", ".").rstrip("% ")
    if problem.column == "purity" and re.fullmatch(r"\d+(\.\d+)?", value):
        number = float(value) / (100 if float(value) > 1 else 1)
        if 0 < number <= 1:
            return replace(problem, message="purity is a fraction, not a percentage", remedy=f"Write {number:.3g}.")
    if problem.column in ("collected", "received", "date"):
        day = re.fullmatch(r"(\d{1,2})[./](\d{1,2})[./](\d{4})", problem.value)
        hint = f" (Is it {day[3]}-{day[2]:0>2}-{day[1]:0>2}?)" if day and int(day[2]) <= 12 < int(day[1]) else ""
        return replace(problem, remedy=problem.remedy + hint)
    return problem


# --------------------------------------------------------------------------- samples


def _repeated(rows: Iterable[SheetRow], *columns: str) -> Iterator[tuple[SheetRow, SheetRow]]:
    """(row, earlier row) with the same values in ``columns``; rows where one of them is empty are passed over."""
    first: dict[tuple[str, ...], SheetRow] = {}
    for row in rows:
        key = tuple(row[column] for column in columns)
        if all(key):
            earlier = first.setdefault(key, row)
            if earlier is not row:
                yield row, earlier


def _check_samples(rows: list[SheetRow], folder: Callable[[str, str], Path]) -> tuple[tuple[Sample, ...], list[Problem]]:
    """The samples of the sheet and the problems that no single cell shows."""
    problems = []
    for row, earlier in _repeated(rows, "sample"):
        problems.append(
            row.cell("sample").problem(
                f"the sample stands twice, first in row {earlier.row}",
                "Give each sample one row; its lanes belong into the units.",
            )
        )
    spelt: dict[str, SheetRow] = {}
    for row in rows:
        earlier = spelt.setdefault(row["sample"].casefold(), row)
        if earlier["sample"] != row["sample"]:
            problems.append(
                row.cell("sample").problem(
                    f"the name differs from that in row {earlier.row} only in capitals",
                    "Give it another name: not every file system tells their files apart.",
                )
            )
    for row in rows:
        problems += chain(
            _tumor_type_problems(row), _panel_problems(row, folder), _date_problems(row), _control_problems(row)
        )
    if rows and all(row["kind"] == Kind.CONTROL for row in rows):
        remedy = "Add the tumours of the run: a dashboard is of cases."
        problems.append(rows[0].cell("kind").problem("there are controls, and no tumour", remedy))
    patients = defaultdict(list)
    for row in rows:
        if row["patient"]:
            patients[row["patient"]].append(row)
    for patient, own in patients.items():
        for row in (row for row in own if row["kind"] == Kind.CONTROL and len(own) > 1):
            remedy = "Give it a name of its own there, e.g. that of the sample."
            problems.append(
                row.cell("patient").problem("a control is of no patient, and other samples have this one", remedy)
            )
        normals = [row for row in own if row["kind"] == Kind.NORMAL]
        for row in normals[1:]:
            problems.append(
                row.cell("kind").problem(
                    f"the patient {patient} has two normals, the first in row {normals[0].row}", "Keep one of them."
                )
            )
        if normals and len(normals) == len(own):
            problems.append(
                normals[0]
                .cell("patient")
                .problem(f"the patient {patient} has a normal but no tumour", "Add the tumour, or correct the patient.")
            )
        known = [row for row in own if row["sex"] != "unknown"]
        for row in known[1:]:
            if row["sex"] != known[0]["sex"]:
                problems.append(
                    row.cell("sex").problem(
                        f"the patient {patient} has another sex in row {known[0].row}", "Correct one of them."
                    )
                )
    return tuple(sample for row in rows if (sample := _sample(row)) is not None), problems


def _sample(row: SheetRow) -> Sample | None:
    """The record of a row; None where a cell does not fit (which the schema has said)."""
    try:
        texts: dict[str, Any] = {field.name: row[field.name] for field in fields(Sample)}
        return Sample(
            **texts
            | {
                "kind": Kind(row["kind"]),
                "panels": tuple(row["panels"].split(";")) if row["panels"] else (),
                "purity": float(row["purity"]) if row["purity"] else None,
                "germline_consent": row["germline_consent"] == "yes",
                "calls": tuple(filter(None, row["calls"].split(";"))),
            }
        )
    except ValueError:
        return None


@cache
def _oncotree() -> Any:
    from tierline.oncotree import OncoTree

    return OncoTree.load()


def _tumor_type_problems(row: SheetRow) -> Iterator[Problem]:
    code, cell, tree = row["tumor_type"], row.cell("tumor_type"), _oncotree()
    if row["kind"] == Kind.NORMAL and code:
        yield cell.problem("a normal has no tumour type", "Leave it empty.")
    if row["kind"] != Kind.TUMOR or tree.exists(code):
        return
    heirs, meant = tree.heirs(code), tree.find(code)
    if not code:
        yield cell.problem("a tumour needs its tumour type", "Write an OncoTree code, e.g. LUAD.")
    elif tree.says_unknown(code):
        remedy = "Write CUP where the primary is not known, else the tissue, e.g. LUNG: evidence then counts less."
        yield cell.problem("a tumour needs its tumour type", remedy)
    elif heirs:
        verb = "replaces" if len(heirs) == 1 else "replace"
        yield cell.problem(
            f"the code is of an older OncoTree: {' and '.join(heirs)} {verb} {code}", f"Write {' or '.join(heirs)}."
        )
    elif meant:
        yield cell.problem("this is not an OncoTree code", f"Write {meant} ({tree.name(meant)}).")
    else:
        yield cell.problem("there is no such OncoTree code", did_you_mean(code, tree.codes))


def _control_problems(row: SheetRow) -> Iterator[Problem]:
    """What a row says that a run control has not."""
    if row["kind"] != Kind.CONTROL:
        return
    if row["panels"].count(";"):
        remedy = "Write the one with which its variants are called, or none for a no-template control."
        yield row.cell("panels").problem("a control has one panel", remedy)
    for column, none in (("tumor_type", ""), ("purity", ""), ("sex", "unknown"), ("germline_consent", "no"), ("calls", "")):
        if row[column] != none:
            yield row.cell(column).problem("a control has none", "Leave it empty.")


def _panel_problems(row: SheetRow, folder: Callable[[str, str], Path]) -> Iterator[Problem]:
    """Panels and assay of a row: there, once each, only for tumours."""
    cell = row.cell("panels")
    names = row["panels"].split(";") if row["panels"] else []
    if row["kind"] == Kind.NORMAL and names:
        yield cell.problem("a normal has no panels", "Leave it empty: a normal is read with the panels of its tumour.")
    if row["kind"] == Kind.TUMOR and not names:
        yield cell.problem("a tumour needs a panel", "Write the panels joined by ;, e.g. hotspot50.")
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield replace(cell, value=name).problem("the panel stands twice", "Write it once.")
    for column, kind, values in (("panels", "panels", sorted(set(names))), ("assay", "assays", [row["assay"]])):
        for name in values:
            try:
                if NAME.fullmatch(name):
                    folder(kind, name)
            except InputError as error:
                [problem] = error.problems
                yield replace(row.cell(column), value=name).problem(problem.message, problem.remedy)


def _date_problems(row: SheetRow) -> Iterator[Problem]:
    days = [row[column] for column in ("collected", "received")]
    if all(re.fullmatch(r"\d{4}-\d\d-\d\d", day) for day in days) and days[1] < days[0]:
        yield row.cell("received").problem(f"received before it was collected ({row['collected']})", "Correct a date.")


def _check_panels_and_assays(project: Project, contigs: Contigs) -> list[Problem]:
    """What the table of transcripts, the panels and the assays in use have to say of themselves."""
    from tierline.annotation import choices_at_hand, load_transcripts
    from tierline.assays import load_assay
    from tierline.knowledge._gene_aliases import load_gene_aliases
    from tierline.panels import load_panel
    from tierline.umi import umi_problems

    problems: list[Problem] = []
    reference = project.config["reference"]
    choices, annotation_chooses = None, False
    transcripts = project.workdir / reference["transcripts"]
    if os.path.isfile(transcripts):  # False, not an error, for a name that no file can have
        try:
            table = load_transcripts(transcripts)
            gtf = project.workdir / reference["gtf"]
            choices, annotation_chooses = choices_at_hand(table, gtf, reference["build"])
        except InputError as error:
            problems += error.problems
    aliases = load_gene_aliases()
    for folder in _existing(project.panels, project.panel_folder):
        try:
            panel = load_panel(folder, choices, aliases, annotation_chooses=annotation_chooses)
            panel.regions_on(reference["build"])
        except InputError as error:
            problems += error.problems
    lengths = {name: length or 0 for name, length in contigs.lengths.items()} if contigs.complete else None
    for folder in _existing(project.assays, project.assay_folder):
        try:
            assay = load_assay(folder, reference["build"])
            names: dict[str, int | None] = {chrom: None for chrom, _, _ in assay.targets}
            faults = inputfiles.check_contigs(names, contigs, Cell(assay.bed, None, "", ""))
            problems += faults
            problems += _backbone_problems(assay.backbone, Path(assay.folder) / "assay.yaml", project)
            if assay.umi:
                problems += umi_problems(assay, project)
            if faults:
                continue
        except InputError as error:
            problems += error.problems
        try:
            load_assay(folder, reference["build"], lengths)
        except InputError as error:
            problems += error.problems
    return problems


def _backbone_problems(name: str, path: Path, project: Project) -> list[Problem]:
    """That the panel whose SNPs tell an assay's samples apart is there, is sound, and has some on this build."""
    from tierline.panels import load_panel

    if not name:
        return []
    build = project.config["reference"]["build"]
    line = line_of(read_document(path, "assay")[1], "backbone")
    try:
        folder = project.panel_folder(name)
    except InputError as error:
        return [replace(problem, file=str(path), row=line, column="backbone") for problem in error.problems]
    try:
        panel = load_panel(folder)
    except InputError as error:
        return list(error.problems)
    if panel.snps_on(build):
        return []
    builds = ", ".join(build for build, _ in panel.snps) or "no build"
    remedy = f"Name a panel with a snps.{build}.tsv (this one has SNPs on {builds}), or leave the key out."
    return [Problem(str(path), line, "backbone", name, f"the panel declares no SNPs on {build}", remedy)]


def _existing(names: Iterable[str], folder: Callable[[str], Path]) -> Iterator[Path]:
    """The folders of those names that have one; the others were refused at their rows."""
    for name in names:
        with suppress(InputError):
            yield folder(name)


# --------------------------------------------------------------------------- units


def _check_units(
    rows: list[SheetRow], sample_rows: list[SheetRow], bam: str, find: Callable[[str], str]
) -> tuple[tuple[Unit, ...], list[Problem]]:
    """The units of the sheet and the problems that no single cell shows; files are looked at elsewhere."""
    problems = []
    for row, earlier in _repeated(rows, "sample", "unit"):
        problems.append(
            row.cell("unit").problem(
                f"the unit of {row['sample']} stands twice, first in row {earlier.row}", "Give each unit its own name."
            )
        )
    samples = {row["sample"] for row in sample_rows}
    with_units = {row["sample"] for row in rows}
    for row in rows:
        if samples and row["sample"] and row["sample"] not in samples:
            problems.append(
                row.cell("sample").problem(
                    "the sample is not in the table of samples", did_you_mean(row["sample"], samples)
                )
            )
        problems += _entry_problems(row, read_group=not (row["vcf"] or (row["bam"] and bam == "as_is")))
    problems += _door_problems(rows, sample_rows)
    with_vcf = {row["sample"] for row in rows if row["vcf"]}
    come_along = {row["sample"] for row in sample_rows if _comes_along(row, sample_rows, with_vcf)}
    for row in sample_rows:
        if rows and row["sample"] and row["sample"] not in with_units | come_along:
            problems.append(
                row.cell("sample").problem(
                    "the sample has no row in the table of units", f"Add its files to {rows[0].file}."
                )
            )
    if bam == "as_is":
        for row in rows:
            own = [other for other in rows if other["sample"] == row["sample"]]
            if row["bam"] and len(own) > 1:
                problems.append(
                    row.cell("bam").problem(
                        "a BAM that is taken as it is must be the sample's only unit",
                        "Merge the files of the sample, or set align.bam: realign in the config.",
                    )
                )
    return tuple(_unit(row, find) for row in rows), problems


def _unit(row: SheetRow, find: Callable[[str], str]) -> Unit:
    values: dict[str, Any] = {field.name: row[field.name] for field in fields(Unit)}
    values |= {column: find(row[column]) for column in ("fq1", "fq2", "bam", "vcf", "coverage")}
    depth = row["callable_depth"]
    return Unit(**values | {"callable_depth": int(depth) if depth.isdecimal() else None})


def _comes_along(row: SheetRow, sample_rows: list[SheetRow], with_vcf: set[str]) -> bool:
    """Whether a sample is a normal that needs no unit: it stands in the VCF of each of its patient's tumours."""
    tumors = {own["sample"] for own in sample_rows if own["patient"] == row["patient"] and own["kind"] == Kind.TUMOR}
    return row["kind"] == Kind.NORMAL and bool(tumors) and tumors <= with_vcf


def _door_problems(rows: list[SheetRow], sample_rows: list[SheetRow]) -> Iterator[Problem]:
    """Reads or a VCF, not both; a VCF is of a tumour, and brings its normal and one coverage along."""
    by_name = {row["sample"]: row for row in sample_rows}
    with_vcf = {row["sample"] for row in rows if row["vcf"]}
    for row in rows:
        sample = by_name.get(row["sample"])
        if row["vcf"] and sample and sample["kind"] == Kind.CONTROL:
            yield row.cell("vcf").problem("the sample is a control", "Give its reads: they are what is controlled.")
        elif row["vcf"] and sample and sample["kind"] == Kind.NORMAL:
            remedy = "Take the row out: a normal stands in the VCF of its tumour."
            yield row.cell("vcf").problem("the sample is a normal", remedy)
        elif not row["vcf"] and row["sample"] in with_vcf:
            remedy = "Name the VCF in the column calls of the table of samples: it joins what is called in the reads."
            yield row.cell("sample").problem("the sample has a VCF in another row, and reads here", remedy)
        elif not row["vcf"] and sample and _comes_along(sample, sample_rows, with_vcf):
            remedy = "Take the row out: the normal has to stand in the VCF of its tumour."
            yield row.cell("sample").problem("the tumours of its patient are VCFs, so no read of it would be used", remedy)
    for row, earlier in _repeated(rows, "sample", "vcf"):
        yield row.cell("vcf").problem(f"the VCF stands twice, first in row {earlier.row}", "Take the row out.")
    covered: dict[str, SheetRow] = {}
    for row in (row for row in rows if row["coverage"]):
        earlier = covered.setdefault(row["sample"], row)
        if earlier is not row:
            said = f"the sample has its coverage from row {earlier.row}"
            yield row.cell("coverage").problem(said, "Name one file, in one row of the sample.")
    for row in sample_rows:
        if row["calls"] and (row["kind"] == Kind.NORMAL or row["sample"] in with_vcf):
            remedy = "Name VCFs here beside reads of a tumour only; else add rows with vcf to the units."
            yield row.cell("calls").problem("there are no reads of a tumour that these calls could join", remedy)


def _entry_problems(row: SheetRow, read_group: bool) -> Iterator[Problem]:
    """A FASTQ pair, a BAM or a VCF, with all that its ``read_group`` needs where Tierline writes one."""
    yield from _vcf_problems(row)
    if row["bam"]:
        for column in ("fq1", "fq2"):
            if row[column]:
                yield row.cell(column).problem("the row has a BAM too", "Write either fq1 and fq2, or bam.")
    elif row["vcf"]:
        pass
    elif not row["fq1"] and not row["fq2"]:
        yield row.cell("fq1").problem("the row names no file", "Write either fq1 and fq2, or bam, or vcf.")
    elif not row["fq2"]:
        yield row.cell("fq2").problem("the second reads are missing", "Write fq2: single reads are not supported.")
    elif not row["fq1"]:
        yield row.cell("fq1").problem("the first reads are missing", "Write fq1.")
    for column in ("library", "flowcell", "lane"):
        if read_group and not row[column]:
            yield row.cell(column).problem(
                "the read group needs it", "Write it: duplicates are judged within a library, and lanes kept apart."
            )


def _vcf_problems(row: SheetRow) -> Iterator[Problem]:
    """What stands beside a VCF that cannot, and what stands there without one."""
    reads, beside = ("fq1", "fq2", "bam"), ("vcf_tumor", "vcf_normal", "coverage", "callable_depth")
    for column in reads if row["vcf"] else beside:
        if row[column] and row["vcf"]:
            yield row.cell(column).problem("the row has a VCF too", "Write either fq1 and fq2, or bam, or vcf.")
        elif row[column]:
            yield row.cell(column).problem("the row has no VCF", "Leave it empty: it says more of a VCF.")
    if row["vcf"] and row["callable_depth"] and not row["coverage"]:
        remedy = "Name the BED as coverage, or leave it empty."
        yield row.cell("callable_depth").problem("the row names no coverage", remedy)


def _check_unit_files(rows: list[SheetRow], project: Project, contigs: Contigs) -> list[Problem]:
    """What the first and last blocks of the sequencing files show."""
    as_is = project.config["align"]["bam"] == "as_is"
    fastqs = sum(bool(row[column]) for row in rows for column in ("fq1", "fq2"))
    whole_up_to = min(inputfiles.SMALL, WHOLE_IN_ALL // max(1, fastqs))
    without_template = set(project.run_controls) - set(project.positive_controls)

    def check(row: SheetRow, unit: Unit) -> tuple[list[Problem], list[tuple[Cell, object]]]:
        """The problems of a unit, and what each of its readable files can be recognised by."""
        problems: list[Problem] = []
        if unit.vcf:
            return problems, []  # looked at by itself
        if unit.bam:
            path, cell = project.workdir / unit.bam, row.cell("bam")
            problems = inputfiles.check_bam(path, cell, unit.sample, contigs, as_is)
            known = not inputfiles.check_file(path, cell)
            return problems, [(cell, inputfiles.same_file_key(path))] if known else []
        ends: dict[str, tuple[Cell, inputfiles.FastqEnds]] = {}
        for column, name in (("fq1", unit.fq1), ("fq2", unit.fq2)):
            if name:
                cell = row.cell(column)
                found, more = inputfiles.read_fastq_ends(
                    project.workdir / name, cell, whole_up_to, may_be_empty=unit.sample in without_template
                )
                problems += more
                if found:
                    ends[column] = cell, found
        if len(ends) == 2:
            (cell1, first), (cell2, second) = ends["fq1"], ends["fq2"]
            problems += inputfiles.pair_problems(first, cell1, second, cell2)
            if first.key == second.key:  # said already
                del ends["fq2"]
        return problems, [(cell, found.key) for cell, found in ends.values()]

    with ThreadPoolExecutor(16) as pool:  # most of the time goes into waiting for the file system
        checked = list(pool.map(check, rows, project.units))
    problems = [problem for own, _ in checked for problem in own]
    seen: dict[object, Cell] = {}
    for cell, key in chain.from_iterable(keys for _, keys in checked):
        earlier = seen.setdefault(key, cell)
        if earlier is not cell:
            said = f"the same reads stand in row {earlier.row}, column {earlier.column}"
            problems.append(cell.problem(said, "Give each row its own files."))
    return problems


def _check_given_files(
    rows: list[SheetRow], sample_rows: list[SheetRow], project: Project, contigs: Contigs
) -> list[Problem]:
    """What headers and first records of VCFs and coverage files show."""
    from tierline.coveragefiles import check_coverage
    from tierline.givencalls import caller_in, check_given_vcf, genome_reader

    problems = []
    genome = project.workdir / (project.config["reference"]["fasta"] or "")
    fetch = genome_reader(genome, inputfiles.SMALL, contigs.lengths) if contigs.complete and genome.is_file() else None
    for row, unit in zip(rows, project.units, strict=True):
        if not unit.vcf or unit.sample not in project.tumors:
            continue
        named = unit.vcf_tumor, unit.vcf_normal
        normal = project.normal_of(unit.sample)
        path, cell = project.workdir / unit.vcf, row.cell("vcf")
        problems += check_given_vcf(path, cell, unit.sample, normal, contigs, fetch, named=named)
        if unit.coverage:
            path, cell, depth = project.workdir / unit.coverage, row.cell("coverage"), row.cell("callable_depth")
            problems += check_coverage(path, cell, unit.sample, contigs, depth, named)
    for row in sample_rows:
        sample = next((s for s in project.samples if s.sample == row["sample"]), None)
        for name in sample.calls if sample and sample.kind == Kind.TUMOR else ():
            path, cell = project.workdir / name, replace(row.cell("calls"), value=name)
            normal = project.normal_of(row["sample"])
            found = check_given_vcf(path, cell, row["sample"], normal, contigs, fetch, alone=False)
            problems += found
            caller = "" if found else caller_in(path)
            if caller in project.config["callers"]:
                remedy = f"Leave it out, or take {caller} out of callers in the config: it is one voice, not two."
                problems.append(cell.problem(f"it is of {caller}, which is run on the reads as well", remedy))
    return problems


# --------------------------------------------------------------------------- curation

NAMED = re.compile(r"\S+ [cp]\.\S+|[^\s:]+:[1-9][0-9]*:[ACGTN]+:[ACGTN]+")
"""How a measured finding is named: BRAF p.Val600Glu, chr7:140753336:A:T."""
DIGEST = re.compile(r"[0-9a-f]{16}")
VALUES = {"tier": [str(tier) for tier in Tier], "hold": ["held"], "status": ["DRAFT", "FINAL", "AMENDED"]}


def _check_curation(rows: list[SheetRow], project: Project) -> tuple[tuple[Curation, ...], list[Problem]]:
    """The rows of the table, and what is wrong with it whatever the findings are; ``curation.py`` holds it against them."""
    problems = []
    cases = [f"{tumor}.{panel}" for tumor, panel in project.cases]
    for row in rows:
        if cases and row["case"] and row["case"] not in cases:  # without any, the samples have been refused
            problems.append(row.cell("case").problem("there is no such case", did_you_mean(row["case"], cases)))
        problems += chain(_variant_problems(row, project), _value_problems(row), _signing_problems(row))
    deciding = [row for row in rows if row["field"] in ("tier", "hold")]
    for row, earlier in _repeated(deciding, "case", "variant"):
        message = f"row {earlier.row} has decided on this finding already ({earlier['field']})"
        problems.append(row.cell("field").problem(message, "Keep one of them."))
    first: dict[tuple[str, ...], SheetRow] = {}
    for row in (row for row in rows if row["field"] == "comment"):
        earlier = first.setdefault(tuple(row.cells.values()), row)
        if earlier is not row:
            problems.append(row.cell("field").problem(f"the same stands in row {earlier.row}", "Take one of them out."))
    for case in dict.fromkeys(row["case"] for row in rows):
        problems += _status_problems([row for row in rows if row["case"] == case and row["field"] == "status"])
    return tuple(Curation(**{field.name: row[field.name] for field in fields(Curation)}) for row in rows), problems


def _variant_problems(row: SheetRow, project: Project) -> Iterator[Problem]:
    from tierline.laboratory import is_finding, name_of, names_of

    cell, tumor = row.cell("variant"), row["case"].partition(".")[0]
    if row["field"] == "status":
        if row["variant"]:
            yield cell.problem("a status is of the whole case", "Leave it empty.")
    elif not row["variant"]:
        if row["field"] in ("tier", "hold"):
            yield cell.problem("nothing is written here", "Write the finding as the report does, e.g. BRAF p.Val600Glu.")
    elif not NAMED.fullmatch(row["variant"]):
        stated = [statement for statement in project.statements_of(tumor) if is_finding(statement)]
        if any(row["variant"] in names_of(statement) for statement in stated):
            return
        remedy = "Write it as the report does, e.g. BRAF p.Val600Glu or TERT c.-124C>T, or as chrom:pos1:ref:alt."
        if stated:
            remedy += f" The laboratory found in {tumor}: {', '.join(sorted(map(name_of, stated)))}."
        yield cell.problem("this does not name a finding", remedy)


def _value_problems(row: SheetRow) -> Iterator[Problem]:
    """The engine's value and the reviewer's, by field."""
    field, engine, own = row["field"], row.cell("engine_value"), row.cell("reviewer_value")
    known = VALUES.get(field, [])
    if known and own.value and own.value not in known:
        yield own.problem("the value is not one of those allowed", did_you_mean(own.value, known))
    if field == "status":
        if own.value == "DRAFT" and engine.value:
            yield engine.problem("a draft is not signed", "Leave it empty.")
        elif own.value in ("FINAL", "AMENDED") and not DIGEST.fullmatch(engine.value):
            remedy = "Write the digest of 16 digits or letters a-f that the report gives under “Use and signature”."
            yield engine.problem("the content that is signed has to be named", remedy)
    elif field == "comment" and not row["variant"]:
        if engine.value:
            yield engine.problem("a comment on the whole case stands against no value", "Leave it empty.")
    elif field in ("tier", "hold", "comment") and engine.value not in VALUES["tier"]:
        yield engine.problem("the engine's tier of this finding has to be named", "Write it: I, II, III or IV.")
    if field == "tier" and own.value in known and own.value == engine.value:
        yield own.problem("this is the engine's own tier", "Write another one, or take the row out.")


def _signing_problems(row: SheetRow) -> Iterator[Problem]:
    """Who, when and why."""
    needs_reason = row["field"] in ("tier", "hold") or row["reviewer_value"] in ("AMENDED", "DRAFT")
    if needs_reason and not row["reason"]:
        yield row.cell("reason").problem("nothing is written here", "Write why: the report shows it.")
    yield from _future_problems(row)


def _future_problems(row: SheetRow) -> Iterator[Problem]:
    with suppress(ValueError):
        if date.fromisoformat(row["date"]) > date.today() + timedelta(days=1):  # it may be tomorrow elsewhere
            yield row.cell("date").problem("the date lies in the future", "Write the day on which it was said.")


def _status_problems(rows: Sequence[SheetRow]) -> Iterator[Problem]:
    """The status of one case through time: signed once as FINAL, from then on AMENDED, each under another content."""
    before: SheetRow | None = None
    signed: SheetRow | None = None
    for row in rows:
        value, cell = row["reviewer_value"], row.cell("reviewer_value")
        if before and row["date"] < before["date"]:
            remedy = "Write the rows of a case in the order in which they were signed."
            yield row.cell("date").problem(f"the status before it, in row {before.row}, is of a later day", remedy)
        if value == "FINAL" and signed:
            yield cell.problem(f"the case was signed before, in row {signed.row}", "Write AMENDED.")
        elif value == "AMENDED" and not signed:
            yield cell.problem("nothing was signed before that could be amended", "Write FINAL.")
        elif value == "AMENDED" and signed and row["engine_value"] == signed["engine_value"]:
            remedy = "Take the row out, or write the digest of the changed report."
            yield row.cell("engine_value").problem(f"this content was signed already, in row {signed.row}", remedy)
        if value in ("FINAL", "AMENDED"):
            signed = row
        before = row


# --------------------------------------------------------------------------- overrides


def _check_overrides(rows: list[SheetRow], project: Project, look: bool) -> tuple[tuple[Override, ...], list[Problem]]:
    """The rows of the table, and what is wrong with it; ``look`` False does not read the assays."""
    problems = []
    for row, earlier in _repeated(rows, "sample", "metric"):
        message = f"row {earlier.row} lets this metric of the sample pass already"
        problems.append(row.cell("metric").problem(message, "Keep one of them."))
    names = [sample.sample for sample in project.samples]
    for row in rows:
        problems += _future_problems(row)
        known = names and row["sample"] in names
        if names and row["sample"] and not known:
            problems.append(row.cell("sample").problem("there is no such sample", did_you_mean(row["sample"], names)))
        if row["metric"] and row["metric"] not in METRICS:
            problems.append(row.cell("metric").problem("there is no such metric", did_you_mean(row["metric"], METRICS)))
        elif known and look and row["metric"]:
            problems += _never_fails(row, project)
    return tuple(Override(**{field.name: row[field.name] for field in fields(Override)}) for row in rows), problems


def _never_fails(row: SheetRow, project: Project) -> Iterator[Problem]:
    """A metric that the assay of the sample does not limit, and that can be missing, has nothing to be let pass.

    Nor has one that is measured on reads, of a tumour that comes as a VCF or of its normal.
    """
    from tierline.assays import load_assay

    if row["sample"] in project.run_controls:
        remedy = "Repeat it, or name each sample beside it that may be reported all the same, with that metric."
        yield row.cell("sample").problem("a control is not let pass", remedy)
        return
    if METRICS[row["metric"]].of != "sample" and row["sample"] not in project.tumors:
        yield row.cell("metric").problem("this is measured of tumours", "Name the tumour, or take the row out.")
        return
    if METRICS[row["metric"]].of == "pair" and not project.normal_of(row["sample"]):
        yield row.cell("metric").problem("the tumour has no normal", "Take the row out.")
        return
    pair = {row["sample"], *(tumor for tumor in project.tumors if project.normal_of(tumor) == row["sample"])}
    if METRICS[row["metric"]].of != "case" and any(unit.vcf for unit in project.units if unit.sample in pair):
        message = "the sample comes as a VCF: this is not measured, and never fails"
        yield row.cell("metric").problem(message, "Take the row out.")
        return
    name = project.assay_of(row["sample"])
    try:
        limited = load_assay(project.assay_folder(name), project.config["reference"]["build"]).qc
    except InputError:  # told at the assay
        return
    metric = METRICS[row["metric"]]
    if row["metric"] in OF_CONTROLS and not project.controls_beside(row["sample"]):
        yield row.cell("metric").problem("no run control shares a flow cell with the sample", "Take the row out.")
    elif row["metric"] not in limited and not (metric.needed or metric.otherwise):
        message = f"the assay {name} has no limits for this metric: it never fails"
        yield row.cell("metric").problem(message, did_you_mean(row["metric"], limited))


# --------------------------------------------------------------------------- run controls


def _check_controls(
    rows: list[SheetRow], sample_rows: list[SheetRow], project: Project, look: bool
) -> tuple[tuple[Control, ...], list[Problem]]:
    """What run controls must show, and what is wrong with it; ``look`` False does not read the panels."""
    problems = []
    for columns in (("sample", "gene", "change"), ("sample", "max_reads")):
        for row, earlier in _repeated(rows, *columns):
            problems.append(row.cell(columns[-1]).problem(f"the same stands in row {earlier.row}", "Take one of them out."))
    positive = project.positive_controls
    for row in rows:
        if row["sample"] not in project.run_controls:
            if row["sample"]:
                remedy = did_you_mean(row["sample"], project.run_controls)
                problems.append(row.cell("sample").problem("there is no control of this name", remedy))
            continue
        problems += _expectation_problems(row, is_positive=row["sample"] in positive)
        if look and row["sample"] in positive and row["gene"]:
            problems += _gene_problems(row, project)
    named = {row["sample"] for row in rows}
    for row in sample_rows:
        if row["kind"] == Kind.CONTROL and row["sample"] not in named:
            remedy = f"Add rows for it to {project.config['controls']}."
            problems.append(row.cell("kind").problem("nothing says what this control must show", remedy))
    guarded = {name for tumor in project.tumors for name in project.controls_beside(tumor)}
    for row in sample_rows:
        if row["kind"] == Kind.CONTROL and project.tumors and row["sample"] not in guarded:
            remedy = (
                f"Write the flow cell of both in {project.config['units']}: a control counts for the samples beside it."
            )
            problems.append(row.cell("sample").problem("no tumour shares a flow cell with this control", remedy))
    return tuple(control for row in rows if (control := _control(row)) is not None), problems


def _control(row: SheetRow) -> Control | None:
    """The record of a row; None where a cell does not fit (which the schema has said)."""
    low, high, reads = (row[column] for column in ("min_vaf", "max_vaf", "max_reads"))
    try:
        return Control(
            row["sample"],
            row["gene"],
            row["change"],
            min_vaf=float(low) if low else None,
            max_vaf=float(high) if high else None,
            max_reads=int(reads) if reads else None,
        )
    except ValueError:
        return None


def _expectation_problems(row: SheetRow, *, is_positive: bool) -> Iterator[Problem]:
    """A positive control names a variant with its fraction, a no-template control its most reads, and nothing else."""
    from tierline.controls import read_change

    variant, reads = ("gene", "change", "min_vaf", "max_vaf"), ("max_reads",)
    wanted, unwanted = (variant, reads) if is_positive else (reads, variant)
    what = "has a panel: it must show variants" if is_positive else "has no panel: it is a no-template control"
    for column in wanted:
        if not row[column]:
            yield row.cell(column).problem(f"the control {what}", f"Write the {column}.")
    for column in unwanted:
        if row[column]:
            yield row.cell(column).problem(f"the control {what}", "Leave it empty.")
    if is_positive and row["change"]:
        try:
            read_change(row["change"])
        except ValueError as error:
            yield row.cell("change").problem("this is no change", str(error).partition(". ")[2])
    with suppress(ValueError):
        if float(row["min_vaf"]) > float(row["max_vaf"]):
            yield row.cell("max_vaf").problem(f"it lies below min_vaf, {row['min_vaf']}", "Exchange the two.")


def _gene_problems(row: SheetRow, project: Project) -> Iterator[Problem]:
    from tierline.panels import load_panel

    [name] = project.panels_of(row["sample"])[:1]
    try:
        panel = load_panel(project.panel_folder(name))
    except InputError:  # told at the panel
        return
    if row["gene"] not in panel.gene_names and not panel.every_gene:
        said = f"the panel {name} does not ask this gene: nothing would be found"
        yield row.cell("gene").problem(said, did_you_mean(row["gene"], panel.gene_names))


# --------------------------------------------------------------------------- what the laboratory states


def _check_statements(
    rows: list[SheetRow], samples: tuple[Sample, ...], check: bool
) -> tuple[tuple[Statement, ...], list[Problem]]:
    """The statements of the sheet, and what is wrong with them beside what each cell shows by itself."""
    from tierline.knowledge import load_gene_aliases
    from tierline.laboratory import contradictions, faults

    given = {Statement(**{field.name: row[field.name] for field in fields(Statement)}): row for row in rows}
    if not (check and rows):
        return tuple(given), []
    problems = []
    for row, earlier in _repeated(rows, "sample", "gene", "alteration"):
        said = f"the finding stands twice, first in row {earlier.row}"
        problems.append(row.cell("alteration").problem(said, "Keep the one that holds."))
    tumors = {sample.sample for sample in samples if sample.kind == Kind.TUMOR}
    genes, other_names = _known_genes(), load_gene_aliases()
    sound = []
    for statement, row in given.items():
        if row["sample"] and row["sample"] not in tumors and samples:
            remedy = did_you_mean(row["sample"], tumors)
            problems.append(row.cell("sample").problem("there is no tumour of this name in the table of samples", remedy))
        if all(getattr(statement, name) for name in ("sample", "gene", "alteration", "value")):
            found = list(faults(statement, genes, other_names))
            problems += [row.cell(column).problem(said, remedy) for column, said, remedy in found]
            sound += [] if found else [statement]
    for later, first in contradictions(sound):
        said = f"this contradicts row {given[first].row} ({first.gene} {first.alteration}: {first.value})"
        problems.append(given[later].cell("value").problem(said, "Correct one of them."))
    return tuple(given), problems


@cache
def _known_genes() -> frozenset[str]:
    """Every gene, or what stands in its place, that the embedded evidence, roles or transcripts name; chromosome arms."""
    from tierline.alterations import GENOME_WIDE, parse
    from tierline.annotation import load_transcripts
    from tierline.knowledge import load_gene_roles, load_knowledge

    evidence = load_knowledge().evidence
    named = {part.gene for fact in evidence for part in parse(fact.alteration, fact.gene).parts}
    arms = {f"Chr{number}{arm}" for number in (*range(1, 23), "X", "Y") for arm in ("", "p", "q")}
    chosen = (gene for path in (RESOURCES / "transcripts").glob("*.tsv") for gene in load_transcripts(path))
    return frozenset({*named, *GENOME_WIDE, *arms, *load_gene_roles(), *chosen})


# --------------------------------------------------------------------------- reference


def resolved_reference(reference: Mapping[str, str], find: Callable[[str], str]) -> dict[str, str]:
    """The reference with found paths: of the user's files, of the preset's, and of the build's table of transcripts."""
    words = ("build", "preset")
    found = {key: value if key in words or value == NONE else find(value) for key, value in reference.items()}
    found = with_preset(found)
    return found | {"transcripts": found["transcripts"] or str(RESOURCES / "transcripts" / f"{found['build']}.tsv")}


def _check_reference(
    reference: Mapping[str, str], cell: Callable[..., Cell], workdir: Path, look_into_files: bool
) -> tuple[Contigs, list[Problem]]:
    """The contigs of the genome (without lengths where a preset is still to be fetched), and the problems of all its files.

    Files of a preset that are not here yet are checked when they have been fetched.
    """
    at = partial(cell, "reference")
    build, preset = reference["build"], reference["preset"]
    contigs, problems = Contigs({}, complete=False), []
    if preset and preset != build:
        problems.append(at("preset").problem(f"the preset is not of the build {build}", f"Write build: {preset}."))
    for key in ("fasta", "gtf"):
        if not reference[key] and preset in ("", build):
            problems.append(at(key).problem("no reference yet", "Write the path of your file, or choose a preset."))
    if not look_into_files:
        return contigs, problems
    transcripts = Path(reference["transcripts"])
    if cell("reference", "transcripts").value:
        problems += inputfiles.check_file(workdir / transcripts, at("transcripts"))
    elif not transcripts.is_file():
        known = sorted(path.stem for path in transcripts.parent.glob("*.tsv"))
        problems.append(
            at("build").problem(
                "there is no table of transcripts for this build",
                f"{did_you_mean(build, known)} Or write reference.transcripts.",
            )
        )
    awaited = {file.role for file in files_in_use(reference) if not file.is_in(workdir / FOLDER)}
    if "fasta" in awaited:
        contigs = Contigs(load_preset(preset).contigs, complete=False)
    elif reference["fasta"]:
        contigs, more = inputfiles.check_fasta(workdir / reference["fasta"], at("fasta"))
        problems += more
    if reference["gtf"] and "gtf" not in awaited:
        problems += inputfiles.check_gtf(workdir / reference["gtf"], at("gtf"), contigs, build)
    for key, info in VCF_KEYS.items():
        if reference[key] and key not in awaited:
            problems += inputfiles.check_vcf(workdir / reference[key], at(key), contigs, info)
    return contigs, problems
