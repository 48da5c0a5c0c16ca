"""``tierline run``: check, then Snakemake, then what is there against what was owed."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from tierline import runlock
from tierline.assays import load_assay
from tierline.cluster import OUTPUT, Cluster, held, launch
from tierline.completeness import DASHBOARD, VERDICTS, expected_products, report_path, verify
from tierline.panels import load_panel
from tierline.paths import ROOT, cache_folder
from tierline.problems import EXIT_BAD_INPUT, EXIT_DONE, EXIT_INCOMPLETE, EXIT_TOOL_FAILED, InputError, Problem
from tierline.progress import EVENTS, Progress, last_words, load_progress
from tierline.records import Complete, Failed, Judgement, ResultVerdict
from tierline.runfolder import LEAST_FREE, bring_dates_back, folder_problems
from tierline.sheets import Project, load_project
from tierline.steps import RUN_ID
from tierline.tables import read_rows, write_rows
from tierline.tools import deployment, find_tools, search_path

COMPLETE = "results/run/complete.tsv"
FAILED = "results/run/failed.tsv"
CACHED_RULES = ("index_bwa",)  # slow to make, the same for every project on one genome
NOBODY_TO_ASK = "a run on a cluster starts after a yes, and no terminal is attached"
DRY = re.compile(  # options with which Snakemake makes nothing
    r"-[a-zA-Z]*n[a-zA-Z]*|--(dry-?run|lint|list|list-\w+|dag|rulegraph|filegraph|unlock|(detailed-)?summary|version|help)"
)


def snakemake_command(
    configfile: str, cores: int, options: Sequence[str], cluster: Cluster | None = None, *, container: str = ""
) -> list[str]:
    """The Snakemake call of a run, as one could type it. ``cores`` are of this machine, ``container`` is its image."""
    command = [str(Path(sys.prefix) / "bin" / "snakemake"), "--snakefile", str(ROOT / "Snakefile")]
    command += ["--configfile", configfile, "--local-cores" if cluster else "--cores", str(cores), "--cache", *CACHED_RULES]
    if container:
        command += ["--software-deployment-method", "apptainer", "--apptainer-prefix", str(cache_folder() / "images")]
    elif deployment() == "conda":
        command += ["--software-deployment-method", "conda", "--conda-prefix", str(cache_folder() / "conda")]
    return [*command, *(cluster.options() if cluster else ()), *options]


def run(
    configfile: str,
    cores: int,
    options: Sequence[str] = (),
    *,
    show: str = "auto",
    take_over: bool = False,
    cluster: Cluster | None = None,
    adopt: str = "",
    yes: bool = False,
) -> int:
    """Run the workflow in the working directory and say what it made; returns the exit code.

    ``options`` go to Snakemake as they are; ``show`` is one of ``show.MODES``. ``take_over`` takes the folder from a run
    that cannot be seen from here; ``adopt`` (``wait`` or ``cancel``) says what becomes of the jobs that a dead run has on
    the cluster. On a cluster the plan is shown first, and begun after a yes: that of ``yes``, or one from the terminal.
    Raises InputError where the input is not fit to start, nobody can be asked, or another run works here.
    """
    from tierline.archive import signing_problems

    project = load_project(configfile)
    if problems := [*folder_problems(project), *signing_problems(project)]:
        raise InputError(problems)
    container = project.config["run"]["container"]
    missing = [] if container else missing_tools()
    if missing:
        print(f"Tools are missing: {', '.join(missing)}. Run 'make setup' in {ROOT}, or see 'tierline tools'.")
        return EXIT_BAD_INPUT
    command = snakemake_command(configfile, cores, options, cluster, container=container)
    if any(DRY.fullmatch(option) for option in options):
        return EXIT_TOOL_FAILED if subprocess.call(command, env=environment()) else EXIT_DONE
    elsewhere = cluster if cluster and cluster.is_elsewhere else None
    if elsewhere and not yes and not sys.stdin.isatty():
        raise InputError(
            [Problem("--profile", None, "", elsewhere.name, NOBODY_TO_ASK, "Add --yes; --plan shows the plan.")]
        )
    run_id = uuid.uuid4().hex[:12]
    agreed = [*cluster.words(), *(["--yes"] if yes else [])] if cluster else []
    again = shlex.join(["tierline", "run", "--configfile", configfile, *agreed, *options])
    said = (lambda text: print(text, file=sys.stderr)) if show == "json" else print
    local = snakemake_command(configfile, cores, (), container=container)
    with held(run_id, again, cluster, adopt, take_over=take_over, say=said):
        if elsewhere and not (yes and show == "quiet") and not _agreed(project, command, yes, said):
            said("Nothing was started.")
            return EXIT_INCOMPLETE
        return _run_held(project, command, local, run_id, again, show, cluster)


def _agreed(project: Project, command: list[str], yes: bool, say: Callable[[str], None]) -> bool:
    """Show what a run would do and cost, and whether it may: there is nothing to ask where nothing is to do."""
    text, jobs = plan_words(project, command)
    say(text)
    if yes or not jobs:
        return True
    say("Start? yes or no:")
    try:
        return input().strip().lower() in ("y", "yes")
    except EOFError:
        return False


def plan_words(project: Project, command: list[str]) -> tuple[str, int]:
    """What a run would do, why, and what it will cost; and the number of its jobs."""
    from tierline.estimate import estimate, load_measured, words
    from tierline.plan import plan, table

    jobs = plan(command, environment())
    cases = f"{len(project.samples):,} samples, {len(project.cases):,} reports"
    costs = words(estimate(project, jobs, load_measured()))
    image = project.config["run"]["container"]
    within = [f"Every job works in the image {image}."] if image and jobs else []
    return "\n".join([table(jobs), *within, *([cases + ". " + costs] if jobs else [])]), len(jobs)


def _run_held(
    project: Project,
    command: list[str],
    local: list[str],
    run_id: str,
    again: str,
    show: str,
    cluster: Cluster | None,
) -> int:
    """``local`` is the command for what is done on this machine after the run."""
    from tierline import archive
    from tierline.show import Display, outcome, outcome_json

    if show == "auto":
        cases = ", ".join(f"{tumor}.{panel}" for tumor, panel in project.cases)
        print(f"Tierline: {len(project.samples)} samples, {len(project.cases)} reports ({cases})", flush=True)
    if dated := bring_dates_back(project.workdir):
        print(f"The clock went back: {dated} results were dated after now, and are dated now.", file=sys.stderr)
    surroundings = environment() | {RUN_ID: run_id, "TIERLINE_EVENTS": str(project.workdir / EVENTS)}
    for path in (EVENTS, OUTPUT):
        path.write_bytes(b"")
    command = [*command, "--logger", "tierline"]
    kept = archive.keep(project.workdir, project.cases)
    with Display(project.workdir, len(project.cases), show) as display:
        code, ended = launch(command, surroundings, run_id, cluster, display.tick)
    progress = display.progress
    failed = failures(progress, project.workdir)
    write_rows(project.workdir / FAILED, Failed, failed)
    if failed and not ended:
        _go_on_without(project, failed, local, surroundings, run_id)
    archive.release(project.workdir, project.cases)
    incomplete = [row for row in completeness(project) if row.state != "complete"]
    withheld = quality_failures(project.workdir)
    if show == "json":
        print(outcome_json(project, incomplete, failed, again, withheld), flush=True)
    elif show == "auto" or code or incomplete:
        print(outcome(project, incomplete, failed, again))
        if replaced := [path for path in kept if path.exists()]:
            print(f"Earlier reports, kept under their numbers in {archive.ARCHIVE}: {len(replaced)}.")
        if code and (free := shutil.disk_usage(project.workdir).free) < LEAST_FREE:
            print(f"The disk of {project.workdir} is full: {free / 1e6:.1f} MB are free. Make room first.")
        if code and not failed and not ended:
            print("Snakemake said:", *progress.messages[-3:], _tail(OUTPUT), sep="\n")
    if ended:
        names = ", ".join(sorted({process.name for process in ended}))
        print(f"Interrupted: {names} ended; what was finished stays.", file=sys.stderr)
        return EXIT_INCOMPLETE
    if show == "auto" and not code:
        for case, reasons in withheld.items():
            print(f"Quality control failed, {case}: {'; '.join(reasons)}")
    if code:
        return EXIT_TOOL_FAILED
    return EXIT_INCOMPLETE if incomplete or (withheld and project.config["quality"]["fail_run"]) else EXIT_DONE


def quality_failures(workdir: Path) -> dict[str, list[str]]:
    """The cases of which a result is withheld, and why; none where the verdicts are not there."""
    path = workdir / VERDICTS
    rows = read_rows(path, ResultVerdict) if path.is_file() else ()
    found: dict[str, list[str]] = {}
    for row in rows:
        if row.verdict is Judgement.FAIL:
            reasons = found.setdefault(f"{row.sample}.{row.panel}".removesuffix("."), [])
            reasons += [reason for reason in row.reasons if reason not in reasons]
    return found


def environment() -> dict[str, str]:
    """What Snakemake and its tools find in their environment."""
    reference_cache = cache_folder() / "reference"
    reference_cache.mkdir(parents=True, exist_ok=True)
    return {**os.environ, "PATH": search_path(), "SNAKEMAKE_OUTPUT_CACHE": str(reference_cache)}


def failures(progress: Progress, workdir: Path) -> list[Failed]:
    """The jobs that failed, each with why the cluster ended it, or else the last words of its log."""
    rows = []
    for job in progress.failed:
        if job.is_to_blame(workdir):
            words = [job.why or last_words(workdir / job.log), job.refused]
            what = ";".join(job.wildcards.values())
            rows.append(Failed(job.sample, job.rule, what, "; then ".join(filter(None, words)), job.log, job.node))
    return rows


def _go_on_without(
    project: Project, failed: Sequence[Failed], local: list[str], surroundings: dict[str, str], run_id: str
) -> None:
    """One sample's failure keeps the others neither from their reports nor from the dashboard, which names it.

    Reports wait for the controls beside their sample, and for the samples that it is compared with: where one of these
    cannot be had any more, the reports are made without it, and say so of a control.
    """
    from tierline.supervise import supervise

    quiet = {name: value for name, value in surroundings.items() if name != "TIERLINE_EVENTS"}

    def make(settings: list[str], targets: list[str]) -> None:
        command = [*local, "--config", *settings, "--", *targets]
        supervise(command, quiet, run_id, OUTPUT, tick=lambda: None, stop=lambda: None)

    def named(key: str, samples: Collection[str]) -> list[str]:
        """The setting; the semicolon at its front keeps a name like 007 or 1e5 a name, where Snakemake reads YAML."""
        return [f"{key}={';'.join(['', *sorted(samples)])}"] if samples else []

    ill = {row.sample for row in failed} - {""}
    sound = [case for case in project.cases if not ill & {case[0], project.normal_of(case[0])}]
    waiting = {row.path for row in completeness(project) if row.state != "complete"} & set(map(report_path, sound))
    needed = {sample: path for sample in ill if (path := for_others(project, sample))}
    missing = [sample for sample, path in needed.items() if not (project.workdir / path).is_file()]
    unread = named("unread", missing or (needed if waiting else ()))  # a file of an earlier run helps nobody
    if unread and waiting:
        make(unread, sorted(waiting))
    lacking = {row.sample for row in completeness(project) if row.state != "complete"} - {""} | ill
    make([*named("without", lacking), *unread], [DASHBOARD])


def for_others(project: Project, sample: str) -> str:
    """The file of a sample that others are judged by: a control's verdict, or its reads at common SNPs; "" for none."""
    if sample in project.run_controls:
        return f"results/multiqc/{sample}.control.tsv"
    assay = load_assay(project.assay_folder(project.assay_of(sample)), project.config["reference"]["build"])
    compared = (assay.backbone or project.config["reference"]["common_sites_vcf"]) and sample in project.with_reads
    return f"results/coverage/{sample}.fingerprint.vcf.gz" if compared else ""


def _tail(path: Path, lines: int = 12) -> str:
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").rstrip().splitlines()[-lines:])


def completeness(project: Project) -> list[Complete]:
    """Hold what is there against what was owed, and write ``results/run/complete.tsv``."""
    digests = {panel: load_panel(project.panel_folder(panel)).digest for panel in project.panels}
    rows = verify(expected_products(project), project.workdir, digests)
    write_rows(project.workdir / COMPLETE, Complete, rows)
    return rows


def status(configfile: str) -> int:
    """Say, at any time, what works here, how far it is, and what is owed and not there; returns the exit code."""
    from tierline.show import outcome, print_status

    project = load_project(configfile)
    progress = load_progress(project.workdir)
    print_status(runlock.read_holder(), progress, project)
    incomplete = [row for row in completeness(project) if row.state != "complete"]
    again = shlex.join(["tierline", "run", "--configfile", configfile])
    print(outcome(project, incomplete, failures(progress, project.workdir), again))
    return EXIT_INCOMPLETE if incomplete else EXIT_DONE


def why(configfile: str, product: str) -> int:
    """Say why a product would be made again. Raises InputError for a product that the workflow does not make."""
    from tierline.plan import explain, plan

    container = load_project(configfile, look_into_files=False).config["run"]["container"]
    target = product if product.startswith("results/") else f"results/{product}"
    print(explain(target, plan(snakemake_command(configfile, 1, [], container=container), environment(), target)))
    return EXIT_DONE


def show_plan(configfile: str, cores: int, options: Sequence[str] = (), cluster: Cluster | None = None) -> int:
    """Say what a run would do, stage by stage, why, and what it will cost."""
    project = load_project(configfile)
    container = project.config["run"]["container"]
    print(plan_words(project, snakemake_command(configfile, cores, options, cluster, container=container))[0])
    return EXIT_DONE


def missing_tools() -> list[str]:
    """Tools that are not found where the run needs them on PATH."""
    return [tool.tool for tool in find_tools() if tool.found == "missing"]
