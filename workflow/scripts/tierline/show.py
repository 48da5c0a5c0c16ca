"""What ``tierline run`` and ``tierline status`` show: progress while a run works, and one screen when it has ended."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from tierline.progress import EVENTS, Progress, duration, line, past_seconds, read_events
from tierline.records import Complete, Failed
from tierline.runlock import Holder, is_alive
from tierline.sheets import Project

MODES = ("auto", "quiet", "json")
MINUTE = 60.0


class Display(AbstractContextManager["Display"]):
    """Follows the events of a run: a table that lives on a terminal, else one line a minute; or as JSON; or nothing."""

    def __init__(self, workdir: Path, reports: int, mode: str = "auto", console: Console | None = None) -> None:
        self.progress = Progress()
        self._path, self._at = workdir / EVENTS, 0
        self._reports, self._mode = reports, mode
        self._past = past_seconds(workdir)
        self._console = console or Console(highlight=False)
        live = mode == "auto" and self._console.is_terminal
        self._live = Live(console=self._console, auto_refresh=False, transient=True) if live else None
        self._next = 0.0

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._live:
            self._live.stop()

    def tick(self) -> None:
        """Read what has happened since, and show it."""
        events, self._at = read_events(self._path, self._at)
        for event in events:
            if "event" in event:
                self.progress.add(event)
                if self._mode == "json":
                    print(json.dumps(event), flush=True)
        if self.progress.began and self.progress.total:
            self.progress.latest = max(self.progress.latest or 0.0, time.time())
        if self._live:
            self._live.update(stage_table(self.progress, self._reports, self._past), refresh=True)
        elif self._mode == "auto" and self.progress.total and time.monotonic() >= self._next:
            self._next = time.monotonic() + MINUTE
            print(line(self.progress, self._reports, self._past), flush=True)


def stage_table(progress: Progress, reports: int, past: Mapping[str, float]) -> Group:
    """The stages of a run, each with its bar, and a line on the whole."""
    table = Table("stage", "", "done", "running", "failed", box=None, padding=(0, 2, 0, 0))
    for stage in progress.stages():
        table.add_row(
            stage.name,
            ProgressBar(total=stage.total, completed=stage.done, width=30, finished_style="green"),
            f"{stage.done}/{stage.total}",
            str(stage.running or ""),
            Text(str(stage.failed or ""), style="bold red"),
        )
    now = Text(line(progress, reports, past))
    jobs = [f"{job.rule} {job.sample} ({duration((progress.latest or job.began) - job.began)})" for job in progress.running]
    return Group(table, now, Text(", ".join(jobs[:6]), style="dim"))


def print_status(holder: Holder | None, progress: Progress, project: Project) -> None:
    """Whether a run works in the folder, and how far the latest one came."""
    alive = is_alive(holder) if holder else False
    if holder:
        state = {True: "A run works here", False: "The latest run died", None: "A run of another host holds this folder"}
        print(f"{state[alive]} ({holder}).")
    if progress.total and (alive or progress.done < progress.total):
        console = Console(highlight=False)
        console.print(stage_table(progress, len(project.cases), past_seconds(project.workdir)))


def outcome(project: Project, incomplete: Sequence[Complete], failed: Sequence[Failed], again: str) -> str:
    """What a run ended with, on one screen: each sample, why it is not complete, and the command that goes on."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    lacking = {row.sample for row in incomplete}
    why = {row.sample: row for row in reversed(failed)}
    table = Table("sample", "state", "", box=None, padding=(0, 2, 0, 0), show_header=False)
    for sample in project.samples:
        name = sample.sample
        if job := why.get(name):
            words = f"{_where(job)}: {job.words}" if job.words else _where(job)
            table.add_row(name, Text("failed", style="bold red"), escape(f"{words}\n({job.log})"))
        elif name in lacking:
            first, *more = (row for row in incomplete if row.sample == name)
            normal = project.normal_of(name) if name in project.tumors else None
            because = f"its normal {normal} failed" if normal in why else f"{first.path}: {first.state}, {first.why}"
            because += f" (and {len(more)} more)" if more else ""
            table.add_row(name, Text("incomplete", style="red"), escape(because))
        else:
            reports = [f"results/report/{name}.{panel}.html" for panel in project.panels_of(name)]
            if name in project.run_controls:
                reports = [f"results/multiqc/{name}.control.tsv"]
            table.add_row(name, Text("complete", style="green"), "\n".join(reports))
    lines: list[Any] = [table]
    for row in incomplete:
        if not row.sample:
            lines.append(Text(f"{row.path}: {row.state}, {row.why}", style="red"))
    lines += [Text(f"{_where(job)} failed: {job.words} ({job.log})", style="bold red") for job in failed if not job.sample]
    if incomplete:
        products = f"{len(incomplete)} product{'s' if len(incomplete) > 1 else ''}"
        lines.append(Text(f"Incomplete: {products} (results/run/complete.tsv). To go on:\n  {again}"))
    else:
        lines.append(Text("Complete. Dashboard:\n  results/multiqc/multiqc.html"))
    with console.capture() as capture:
        console.print(Group(*lines), soft_wrap=not sys.stdout.isatty())
    return "\n".join(text.rstrip() for text in capture.get().splitlines())


def _where(job: Failed) -> str:
    return f"{job.rule} on {job.node}" if job.node else job.rule


def outcome_json(
    project: Project,
    incomplete: Sequence[Complete],
    failed: Sequence[Failed],
    again: str,
    withheld: Mapping[str, Sequence[str]],
) -> str:
    """The same for programs, as one JSON object in a line; ``withheld`` are the cases that failed quality control."""
    return json.dumps(
        {
            "event": "outcome",
            "samples": [sample.sample for sample in project.samples],
            "incomplete": [asdict(row) for row in incomplete],
            "failed": [asdict(row) for row in failed],
            "failed_quality": withheld,
            "again": again,
        }
    )
