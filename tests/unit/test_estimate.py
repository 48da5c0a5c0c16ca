"""What a plan will cost: lines through past jobs, and nothing where there are none."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_cost import bench, put
from test_refuse import build_base
from tierline.estimate import (
    Estimate,
    Line,
    StageEstimate,
    estimate,
    hours,
    line_through,
    load_measured,
    size,
    sizes,
    words,
)
from tierline.plan import PlannedJob
from tierline.sheets import Project, load_project

SHIPPED = Line(10.0, 100.0, "bench")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    build_base(tmp_path / "run")
    return load_project(tmp_path / "run/config/config.yaml", tmp_path / "run")


def job(rule: str, *outputs: str, **wildcards: str) -> PlannedJob:
    return PlannedJob(rule, wildcards, outputs, ())


def test_a_line_goes_through_the_means_of_past_jobs() -> None:
    assert line_through([(1.0, 50.0), (3.0, 130.0)], SHIPPED) == Line(10.0, 40.0, "past jobs of this folder")
    assert line_through([(1.0, 50.0), (3.0, 130.0)], None).at(2.0) == 90.0
    assert line_through([(2.0, 6.0)], SHIPPED).at(4.0) == 6.0, "the fixed share is no more than a job ever cost"
    assert line_through([(0.0, 3.0), (0.0, 5.0)], None) == Line(4.0, 0.0, "past jobs of this folder")


def test_past_jobs_count_before_what_was_measured_elsewhere(project: Project) -> None:
    of = sizes(project)
    [unit] = [u.unit for u in project.units_of("T1")][:1]
    gb = of["T1", unit]
    assert gb > 0
    jobs = [job("align_reads", "results/align/units/T1.bam", sample="T1", unit=unit), job("call_freebayes", tumor="T1")]
    tumor_gb = of["T1", ""] + (of[normal, ""] if (normal := project.normal_of("T1")) else 0.0)
    measured = {"align_reads": SHIPPED, "call_freebayes": SHIPPED}
    align, calls = estimate(project, jobs, measured).stages
    assert align == StageEstimate("align", 1, 1, pytest.approx(10 + 100 * gb), ("bench",))
    assert calls == StageEstimate("calls", 1, 1, pytest.approx(10 + 100 * tumor_gb), ("bench",))
    bench(project.workdir, f"align_reads/T1.{unit}", 60, 1, 200, ended=1000)
    align, calls = estimate(project, jobs, measured).stages
    assert align == StageEstimate("align", 1, 1, pytest.approx(200.0), ("past jobs of this folder",))
    assert calls.sources == ("bench",)


def test_a_stage_without_any_past_job_has_no_estimate(project: Project) -> None:
    jobs = [job("call_freebayes", tumor="T1"), job("call_mutect2", tumor="T1"), job("resolve_panel", panel="mini")]
    found = estimate(project, jobs, {"call_mutect2": SHIPPED})
    assert [(s.stage, s.jobs, s.estimated) for s in found.stages] == [("reference", 1, 0), ("calls", 2, 1)]
    said = words(found).splitlines()
    assert said[1] == "  reference  1 job: no estimate: no past job of this stage"
    assert said[2].endswith("for 1 of them") and said[2].startswith("  calls      2 jobs: ")
    assert said[3].endswith(", by bench; 2 jobs without an estimate")


def test_each_stage_says_by_what_where_that_differs() -> None:
    first = StageEstimate("align", 1, 1, 36.0, ("past jobs of this folder",))
    second = StageEstimate("calls", 1, 1, 72.0, ("bench",))
    assert words(Estimate((first, second), 0, None, "", {})).splitlines()[1:] == [
        "  align  1 job: about 0.01 core-hours, by past jobs of this folder",
        "  calls  1 job: about 0.02 core-hours, by bench",
        "  in all about 0.03 core-hours",
    ]


def test_a_benchmark_of_a_sample_that_is_not_in_the_sheets_does_not_count(project: Project) -> None:
    bench(project.workdir, "call_freebayes/GONE", 60, 1, 200, ended=1000)
    assert estimate(project, [job("call_freebayes", tumor="T1")], {}).stages[0].estimated == 0


def test_disk_of_what_is_yet_to_align_and_what_is_reused(project: Project) -> None:
    of, (first, second, *_) = sizes(project), project.with_reads
    jobs = [job("mark_duplicates", f"results/align/{first}.bam", sample=first)]
    assert estimate(project, jobs, {}).disk is None
    assert estimate(project, jobs, {"results": Line(1000.0, 1e9, "bench")}).disk == pytest.approx(
        1000 + 1e9 * of[first, ""]
    )
    put(project.workdir, f"align/{second}.bam", 5000)
    put(project.workdir, f"align/{first}.bam", 10)  # there, but made anew
    found = estimate(project, jobs, {})
    assert found.disk == pytest.approx(5000 * of[first, ""] / of[second, ""])
    assert (found.to_align, found.disk_source) == (1, "finished samples of this folder")
    assert found.reused == {"align": (1, len(project.with_reads))}
    assert f"There already, and used as they are: align 1 of {len(project.with_reads)} files." in words(found)


def test_figures_in_words() -> None:
    assert [hours(3600 * n) for n in (0.001, 0.123, 9.6, 1234)] == [
        "under 0.01 core-hours", "about 0.12 core-hours", "about 9.6 core-hours", "about 1,234 core-hours",
    ]  # fmt: skip
    assert [size(n) for n in (0, 2.34e6, 1.5e9, 350e9, 2.2e12)] == ["0 MB", "2.3 MB", "1.5 GB", "350 GB", "2.2 TB"]
    nothing = Estimate((), 0, None, "", {})
    assert words(nothing).splitlines()[-1] == "  in all under 0.01 core-hours"


def test_what_is_shipped_says_where_it_comes_from() -> None:
    lines = load_measured()
    assert {"align_reads", "mark_duplicates", "call_mutect2", "call_freebayes", "results"} <= set(lines)
    assert all(line.source.startswith("bench/cost 20") and (line.fixed or line.per_gb) for line in lines.values())
