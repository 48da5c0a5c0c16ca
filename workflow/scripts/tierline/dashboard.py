"""Tierline's own sections of the MultiQC dashboard, as MultiQC's custom content; the tables of the cohort by pandas."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from tierline.artefacts import DAMAGE, Bases, Profile, of_change
from tierline.case import Case
from tierline.controls import unfinished
from tierline.figures import measure, number
from tierline.identity import LEAST_SITES, remarks
from tierline.metrics import METRICS, RESULTS
from tierline.records import (
    ControlVerdict,
    Failed,
    Judgement,
    LocusAnswer,
    ResultVerdict,
    SampleCost,
    SamplePair,
    State,
    Tier,
    ToolVersion,
    Verdict,
)
from tierline.tools import COLUMNS, remark
from tierline.withholding import overall

COMMA = "&#44;"
LEAST_IN_CONTEXT = 50_000
"""Bases, for the damage in one context to be shown."""
MOST_SHADED = 1000
"""Damaged bases per million from which a context is as dark as it gets."""
WORDS = (
    "pass: may be reported; warn: may be reported, with the remark under Why; not given: there is no such result; "
    "fail: withheld in every output"
)

COHORT_LINK = 'What was found, by gene and case: <a href="../cohort.html">cohort.html</a>.'
HOLE_COLOURS = {
    "answered": "#e9edf0",
    "outside the assay": "#a8b4bf",
    "too few or too poor reads": "#0072b2",
    "a candidate was held back": "#d55e00",
}
"""What the cells of the map of holes say, in the order of their numbers. Told apart by the colour-blind, and in grey."""
HOLES = {"depth": 2, "quality": 2, "purity": 2, "candidate_filtered": 3, "held_by_reviewer": 3}
"""Why a locus could not be assessed, and its number on the map; other reasons hold for all loci of a case."""
MOST_CASES, MOST_LOCI = 60, 60  # on the map: more cannot be read there
MOST_COMPARED = 100  # samples on the map of their odds: ten times as many are a million cells, which no browser likes


@dataclass(frozen=True, slots=True)
class Summary:
    """What the dashboard tells of a case: a thousand case files are read one by one, and only this is kept of each."""

    sample: str
    panel: str
    status: str
    results: tuple[ResultVerdict, ...]
    verdicts: tuple[Verdict, ...]
    loci: Mapping[str, int | None]  # the answer of each locus, see ``_code``, in the order of the panel
    figures: Mapping[str, Any]  # what the table of cases shows, see ``sample_table``
    candidates: int
    reasons: Mapping[str, int]  # candidates held back, by technical reason
    tools: tuple[ToolVersion, ...]

    @property
    def name(self) -> str:
        """As its report is named."""
        return f"{self.sample}.{self.panel}"


def summary(case: Case) -> Summary:
    """What the dashboard tells of a case."""
    sample = case.sample.sample
    measured = {v.metric: v.value for v in case.verdicts if v.sample == sample}
    states = [locus.state for locus in case.loci]
    callable_ = sum(state in (State.DETECTED, State.NOT_DETECTED) for state in states)
    tiers = Counter(item.finding.tier for item in case.findings)
    figures = {
        "tumor_type": case.tumor_type.code,
        "mean_depth": measured.get("mean_depth"),
        "on_target": _percent(measured.get("on_target_fraction")),
        "callable": 100 * callable_ / len(states) if states else None,
        **{f"tier_{tier}": tiers[tier] for tier in Tier},
        "stated": sum(item.statement is not None for item in case.findings),
        "retiered": sum(bool(item.finding.engine_tier) for item in case.findings),
        "held_back": len(case.withheld),
    }
    return Summary(
        sample=sample,
        panel=case.panel.id,
        status=case.status,
        results=case.results,
        verdicts=case.verdicts,
        loci={sys.intern(locus.locus_id): _code(locus) for locus in case.loci},
        figures=figures,
        candidates=sum(case.ledger_counts.values()),
        reasons=case.reason_counts,
        tools=case.tools,
    )


def state_table(samples: Sequence[str], without: Sequence[str], failed: Sequence[Failed]) -> str:
    """Which samples are finished, and why the others are not (MultiQC custom content, JSON)."""
    why = {row.sample: row for row in reversed(failed)}
    rows = {}
    for sample in samples:
        if row := why.get(sample):
            rows[sample] = {"state": "failed", "step": row.rule, "why": row.words, "log": row.log}
        else:
            rows[sample] = {"state": "not finished" if sample in without else "finished"}
    headers: dict[str, dict[str, Any]] = {
        "state": {
            "title": "State",
            "cond_formatting_rules": {"pass": [{"s_eq": "finished"}], "fail": [{"s_ne": "finished"}]},
        },
        "step": {"title": "Failed step"},
        "why": {"title": "What its tool said last"},
        "log": {"title": "Log"},
    }
    what = "A sample that is not finished is in no other table of this page, but where samples are compared."
    return _content("tierline_states", "Tierline: samples", what, headers, pd.DataFrame.from_dict(rows, "index"))


def unfinished_results(sample: str, panel: str, failed: Sequence[Failed]) -> tuple[ResultVerdict, ...]:
    """Of a case that a run did not finish there is no result."""
    why = _why_unfinished(sample, failed)
    return tuple(ResultVerdict(sample, panel, result, Judgement.FAIL, (why,), (), ()) for result in RESULTS)


def unfinished_control(sample: str, failed: Sequence[Failed]) -> ResultVerdict:
    """A control that a run did not finish has failed."""
    return unfinished(sample, _why_unfinished(sample, failed))


def _why_unfinished(sample: str, failed: Sequence[Failed]) -> str:
    return next((f"not finished: {row.rule} failed" for row in failed if row.sample == sample), "not finished")


def result_table(results: Sequence[Sequence[ResultVerdict]]) -> str:
    """What may be said of each case, and why not: the first table of the dashboard (MultiQC custom content, JSON).

    ``results`` holds those of one case, or of one run control, each; what fails comes first, then what has remarks, and of
    these what stands first there.
    """
    severity = list(Judgement)
    ordered = sorted(results, key=lambda of_case: -severity.index(overall(of_case)))
    rows = {
        f"{of_case[0].sample}.{of_case[0].panel}".removesuffix("."): {
            "verdict": str(overall(of_case)),
            "why": "; ".join(dict.fromkeys(reason for row in of_case for reason in row.reasons)),
            **{row.result: row.verdict.replace("_", " ") for row in of_case if row.result in RESULTS},
        }
        for of_case in ordered
    }
    rules = {"cond_formatting_rules": {word: [{"s_eq": word.replace("_", " ")}] for word in severity}}
    headers: dict[str, dict[str, Any]] = {
        "verdict": {"title": "Verdict", "description": "the worst of its results", **rules},
        "why": {"title": "Why", "description": "metrics beyond a limit, not assessable, or let pass by somebody"},
        **{result: {"title": said.capitalize(), "description": WORDS, **rules} for result, said in RESULTS.items()},
    }
    what = f"One row per tumour and panel, and per run control. {WORDS}. {COHORT_LINK}"
    frame = pd.DataFrame.from_dict(rows, "index")
    return _content("tierline_results", "Tierline: what may be reported", what, headers, frame)


def control_table(rows: Sequence[ControlVerdict]) -> str:
    """What each run control must show, and what it shows; what fails comes first (MultiQC custom content, JSON)."""
    ordered = sorted(rows, key=lambda row: row.verdict is not Judgement.FAIL)
    data = {f"{row.sample}: {row.expected}": {"verdict": str(row.verdict), "found": row.found} for row in ordered}
    headers: dict[str, dict[str, Any]] = {
        "verdict": {"title": "Verdict", "cond_formatting_rules": {word: [{"s_eq": word}] for word in ("pass", "fail")}},
        "found": {"title": "Found"},
    }
    what = "What the run controls must show. No report is made of a control."
    return _content("tierline_controls", "Tierline: run controls", what, headers, pd.DataFrame.from_dict(data, "index"))


def reason_table(cases: Sequence[Summary]) -> str:
    """Candidates held back, by technical reason (MultiQC custom content, JSON)."""
    rows = {case.name: {"all": case.candidates, **case.reasons} for case in cases}
    names = sorted({name for case in cases for name in case.reasons})
    headers: dict[str, dict[str, Any]] = {"all": {"title": "Candidates", "format": "{:,.0f}"}}
    headers |= {name: {"title": name.replace("_", " ").capitalize(), "format": "{:,.0f}"} for name in names}
    what = "Candidates of each case; those that the panel asks for and a technical reason holds back, some for several."
    frame = pd.DataFrame.from_dict(rows, "index", columns=None).reindex(columns=["all", *names]).astype("Int64")
    return _content("tierline_reasons", "Tierline: candidates by reason", what, headers, frame)


def hole_map(cases: Sequence[Summary]) -> str:
    """Which loci could not be assessed in which cases, as a heat map (MultiQC custom content, JSON).

    Only loci that at least one case could not assess, and only such cases: of more than fit the worst, and how many are
    not shown is said. A case of which nothing may be said at all (failed, or no coverage known) is no row: it is counted.
    """
    codes = {case.name: case.loci for case in cases}
    holes = {name: {locus for locus, code in loci.items() if (code or 0) >= 2} for name, loci in codes.items()}
    seldom = Counter(locus for found in holes.values() for locus in found)
    order = dict.fromkeys(locus for loci in codes.values() for locus in loci)  # the panels' own
    loci = sorted(sorted(order.keys() & seldom.keys(), key=lambda locus: -seldom[locus])[:MOST_LOCI], key=list(order).index)
    names = sorted((name for name in holes if holes[name]), key=lambda name: (-len(holes[name]), name))[:MOST_CASES]
    concerned = sum(map(bool, holes.values()))
    cut = ": the worst" if len(loci) < len(seldom) or len(names) < concerned else ""
    said = [
        f"Shown are {len(loci)} of the {len(seldom)} loci that some case could not assess, and {len(names)} of the "
        f"{concerned} cases with such loci{cut}. All stand in the loci.tsv of each case."
    ]
    if silent := sum(None in loci.values() for loci in codes.values()):
        said.append(f"Cases of which no negative is given at all, see above, are left out: {silent}.")
    shared = {"id": "tierline_holes", "section_name": "Tierline: holes by hotspot"}
    if not names:  # MultiQC would leave out a section without data
        none = " ".join(["Every locus that the assay covers could be assessed.", *said[1:]])
        return json.dumps({**shared, "plot_type": "html", "data": f"<p>{none}</p>"}, indent=1) + "\n"
    key = " ".join(f'<span style="border-left:1em solid {colour};padding:0 .8em 0 .4em">{code} {words}</span>'
                   for code, (words, colour) in enumerate(HOLE_COLOURS.items()))  # fmt: skip
    colours, most = list(HOLE_COLOURS.values()), len(HOLE_COLOURS) - 1
    look = {
        "min": 0, "max": most, "square": False, "colstops": [[code / most, colour] for code, colour in enumerate(colours)],
        "tt_decimals": 0, "display_values": False, "legend": False, "xcats_samples": False, "xlab": "Locus", "ylab": "Case",
        "zlab": f"{', '.join(f'{code} {words}' for code, words in enumerate(HOLE_COLOURS))}<br>Here",
        "height": 60 + 15 * len(names),
    }  # fmt: skip
    data = [[codes[name].get(locus) for locus in loci] for name in names]
    what = f"{' '.join(said)}<br>{key} Empty: not asked by the panel."
    return _heatmap(shared["id"], shared["section_name"], what, look, loci, names, data)


def _code(locus: LocusAnswer) -> int | None:
    """The answer of a locus as a number of the map; None where no negative is given of the whole case."""
    if locus.state in (State.DETECTED, State.NOT_DETECTED):
        return 0
    return 1 if locus.state is State.NOT_COVERED else HOLES.get(locus.reason)


def verdicts_json(
    cases: Sequence[Summary], not_finished: Sequence[Sequence[ResultVerdict]], controls: Sequence[ResultVerdict]
) -> str:
    """What a laboratory information system needs of the verdicts: run controls; each case with its results and metrics."""
    found = [
        {
            "sample": case.sample,
            "panel": case.panel,
            "finished": True,
            "status": case.status,
            "verdict": str(overall(case.results)),
            "results": [asdict(row) for row in case.results],
            "metrics": [asdict(row) for row in case.verdicts],
        }
        for case in cases
    ]
    found += [
        {"sample": rows[0].sample, "panel": rows[0].panel, "finished": False, "status": "", "verdict": str(Judgement.FAIL),
         "results": [asdict(row) for row in rows], "metrics": []}
        for rows in not_finished
    ]  # fmt: skip
    document = {
        "schema": "tierline.verdicts/1",
        "controls": [{"sample": row.sample, "verdict": str(row.verdict), "reasons": row.reasons} for row in controls],
        "cases": sorted(found, key=lambda row: (row["sample"], row["panel"])),
    }
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def identity_table(patients: Mapping[str, str], pairs: Sequence[SamplePair]) -> str:
    """Of each sample whether its reads are of whom the samples table says (MultiQC custom content, JSON).

    ``patients`` by sample. What is wrong comes first, then what could not be told.
    """
    rows = {}
    by_sample: dict[str, list[SamplePair]] = {}
    for pair in pairs:
        by_sample.setdefault(pair.left, []).append(pair)
    for sample, patient in patients.items():
        own = by_sample.get(sample, [])
        said = remarks(sample, own)
        judged = [pair for pair in own if pair.verdict != "not_assessable"]
        word = "fail" if said else "pass" if judged else "not assessable"
        sites = min((pair.sites for pair in own), default=0)
        if word == "not assessable":
            said = [f"{sites} common SNPs seen in both are too few" if own else "no other sample of its assay"]
        rows[sample] = {"patient": patient, "verdict": word, "why": "; ".join(said), "sites": sites, "others": len(own)}
    order = ["fail", "not assessable", "pass"]
    headers: dict[str, dict[str, Any]] = {
        "patient": {"title": "Patient"},
        "verdict": {"title": "Identity", "cond_formatting_rules": {word: [{"s_eq": word}] for word in ("pass", "fail")}},
        "why": {"title": "Why", "description": "another person's reads, or reads of whom they should not be"},
        "sites": {"title": "SNPs", "description": "seen in both, in the worst of the comparisons", "format": "{:,.0f}"},
        "others": {"title": "Compared with", "description": "samples of the assay", "format": "{:,.0f}"},
    }
    what = (
        f"Each sample against all others of its assay, by common SNPs; of fewer than {LEAST_SITES} that both show nothing "
        "is told. Same person: odds of at least a thousand to one; other person: below even."
    )
    ordered = sorted(rows.items(), key=lambda row: order.index(str(row[1]["verdict"])))
    return _content("tierline_identity", "Tierline: swaps and contamination", what, headers,
                    pd.DataFrame.from_dict(dict(ordered), "index"))  # fmt: skip


def lod_map(patients: Mapping[str, str], pairs: Sequence[SamplePair]) -> str:
    """The odds of every two samples that they are of one person, as a heat map (MultiQC custom content, JSON).

    Of more samples than fit, those of which something is wrong come first, and how many are shown is said.
    """
    lods = {(pair.left, pair.right): pair.lod for pair in pairs}
    wrong = {name for pair in pairs if pair.verdict == "fail" or pair.donated for name in (pair.left, pair.right)}
    names = sorted(patients, key=lambda sample: (sample not in wrong, patients[sample], sample))[:MOST_COMPARED]
    names.sort(key=lambda sample: (patients[sample], sample))
    cut = (
        f" Shown are {len(names)} of {len(patients)} samples, any with a remark first."
        if len(names) < len(patients)
        else ""
    )
    if all(lod is None for lod in lods.values()):
        names = []
    what = (
        "Odds (log10) that two samples are of one person, samples of a patient side by side; at most 10, at least −10. "
        f"Without a number: too few SNPs, or not of one assay.{cut}"
    )
    look = {"min": -10, "max": 10, "square": True, "tt_decimals": 1,
            "colstops": [[0, "#8b1a1a"], [0.5, "#f4f4f4"], [1, "#0072b2"]]}  # fmt: skip
    data = [
        [None if (lod := lods.get((one, other))) is None else max(-10.0, min(10.0, lod)) for other in names]
        for one in names
    ]
    return _heatmap("tierline_lods", "Tierline: sample against sample", what, look, names, names, data)


def damage_map(profiles: Mapping[str, Profile]) -> str:
    """Damaged bases by change and context of every sample, as a heat map (MultiQC custom content, JSON)."""
    changes = [
        (change, context)
        for change in DAMAGE.values()
        for context in sorted({context for profile in profiles.values() for context in of_change(profile, *change)})
    ]
    names = sorted(profiles) if changes else []
    what = (
        "Damaged bases per million, between their neighbours: C>T as formalin makes it (deamination), G>T by oxidation. "
        f"0: no more than chance makes. Without a number: fewer than {number(LEAST_IN_CONTEXT)} bases. "
        f"The shades end at {number(MOST_SHADED)}."
    )
    look = {"min": 0, "max": MOST_SHADED, "square": False, "tt_decimals": 0, "xcats_samples": False,
            "colstops": [[0, "#f4f4f4"], [1, "#8b1a1a"]]}  # fmt: skip
    data = [
        [_beyond_chance(profiles[name].get((ref, alt, context), Bases())) for (ref, alt), context in changes]
        for name in names
    ]
    columns = [f"{context[0]}[{ref}>{alt}]{context[2]}" for (ref, alt), context in changes]
    return _heatmap("tierline_damage", "Tierline: damage of the DNA", what, look, columns, names, data)


def _beyond_chance(bases: Bases) -> float | None:
    if bases.number < LEAST_IN_CONTEXT:
        return None
    return bases.rate if bases.rate > bases.error else 0.0


def reads_by_sample(fastp: Iterable[str | Path]) -> dict[str, int]:
    """Reads before trimming by sample, summed over its units' fastp files (``<sample>.<unit>.fastp.json``)."""
    counts: dict[str, int] = {}
    for path in map(Path, fastp):
        sample = path.name.split(".")[0]  # names hold no dot
        total = json.loads(path.read_text(encoding="utf-8"))["summary"]["before_filtering"]["total_reads"]
        counts[sample] = counts.get(sample, 0) + int(total)
    return counts


def cases_frame(cases: Sequence[Summary], reads: dict[str, int]) -> pd.DataFrame:
    """One row per case: status, reads, mean depth, on-target share, callable hotspots (%), findings per tier, held back."""
    columns = ["case", "status", "tumor_type", "reads", "mean_depth", "on_target", "callable"]
    columns += [*(f"tier_{tier}" for tier in Tier), "stated", "retiered", "held_back"]
    rows = [{"case": case.name, "status": case.status, "reads": reads.get(case.sample), **case.figures} for case in cases]
    return pd.DataFrame(rows, columns=columns).set_index("case")


def sample_table(cases: Sequence[Summary], fastp: Iterable[str | Path]) -> str:
    """The table of cases as MultiQC custom content (JSON)."""
    frame = cases_frame(cases, reads_by_sample(fastp))
    headers: dict[str, dict[str, Any]] = {
        "status": {"title": "Status", "description": "DRAFT, FINAL (signed) or AMENDED (signed again, with changes)"},
        "tumor_type": {"title": "Tumour type", "description": "OncoTree code"},
        "reads": {"title": "Reads", "description": "before trimming", "format": "{:,.0f}", "min": 0},
        "mean_depth": {"title": "Mean depth", "description": "over the assay's targets", "suffix": "x", "min": 0},
        "on_target": {"title": "On target", "description": "mapped reads that touch a target", "suffix": " %",
                      "min": 0, "max": 100},
        "callable": {"title": "Loci answered", "description": "reportable loci with a yes or no", "suffix": " %",
                     "min": 0, "max": 100, "scale": "RdYlGn"},
        **{f"tier_{t}": {"title": f"Tier {t}", "description": f"findings of tier {t}", "format": "{:,.0f}"}
           for t in Tier},
        "stated": {"title": "Stated", "format": "{:,.0f}",
                   "description": "of these findings, stated by the laboratory and not measured here"},
        "retiered": {"title": "Reviewer's tier", "description": "of these, findings whose tier a reviewer has set",
                     "format": "{:,.0f}"},
        "held_back": {"title": "Held back", "description": "findings that a reviewer holds back", "format": "{:,.0f}"},
    }  # fmt: skip
    return _content("tierline_cases", "Tierline: cases", "One row per tumour and panel.", headers, frame)


def verdict_table(cases: Sequence[Summary]) -> str:
    """Metrics of all samples and cases against their limits (MultiQC custom content, JSON).

    One row per sample, with the metrics of a case under the name of the case; one column per metric, in the order of the
    vocabulary. Metrics that nothing limits are hidden at first.
    """
    rows: dict[tuple[str, str], Verdict] = {}
    for case in cases:
        for verdict in case.verdicts:
            own = METRICS[verdict.metric].of == "case" if verdict.metric in METRICS else False
            rows[f"{verdict.sample}.{case.panel}" if own else verdict.sample, verdict.metric] = verdict
    data: dict[str, dict[str, str]] = {}
    order = {metric: rank for rank, metric in enumerate(METRICS)}
    for (name, metric), verdict in sorted(rows.items(), key=lambda row: row[0]):
        data.setdefault(name, {})[metric] = _against_limits(verdict)
    headers: dict[str, dict[str, Any]] = {}
    for metric in sorted({metric for _, metric in rows}, key=lambda metric: (order.get(metric, len(order)), metric)):
        of_metric = [verdict for (_, name), verdict in rows.items() if name == metric]
        definition = METRICS[metric].definition if metric in METRICS else ""
        headers[metric] = {
            "title": metric.replace("_", " "),
            "description": f"{definition} ({of_metric[0].unit})",
            "hidden": all(verdict.warn is None and not verdict.withholds for verdict in of_metric),
            "cond_formatting_rules": {word: [{"s_contains": f"{word} ("}] for word in ("pass", "warn", "fail")},
        }
    what = "Each sample against the limits of its assay: warn / fail. Metrics without limits: Configure columns."
    return _content("tierline_verdicts", "Tierline: verdicts", what, headers, pd.DataFrame.from_dict(data, "index"))


def _against_limits(verdict: Verdict) -> str:
    """``pass (252 fragments; limits 100 / 50)``; the figure alone where there are no limits."""
    value = "" if verdict.value is None else measure(verdict.value, verdict.unit)
    if verdict.verdict == "not_judged":
        return value
    unit = verdict.unit if verdict.unit == "fraction" else ""  # the value has it
    limits = " / ".join(measure(limit, unit) for limit in (verdict.warn, verdict.fail))
    what = "; ".join(filter(None, [value, verdict.note, f"limits {limits}" if verdict.fail is not None else ""]))
    by = f", let pass by {verdict.override}" if verdict.override else ""
    return f"{verdict.verdict.replace('_', ' ')} ({what}){by}"


def version_table(cases: Sequence[Summary]) -> str:
    """The tools of the run (MultiQC custom content, JSON)."""
    tools = {tool.tool: tool for case in cases for tool in case.tools}
    rows = [(t.tool, t.version or "–", t.needed, t.found, t.used_by.replace(";", "; "), remark(t)) for t in tools.values()]
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).set_index("tool")
    headers = {column: {"title": column.capitalize()} for column in COLUMNS[1:]}
    return _content("tierline_tools", "Tierline: tools", "What this run was made with.", headers, frame)


def cost_table(costs: Sequence[SampleCost]) -> str:
    """What each sample has cost: the last table of the dashboard (MultiQC custom content, JSON)."""
    frame = pd.DataFrame([asdict(row) for row in costs]).set_index("sample")
    headers: dict[str, dict[str, Any]] = {
        "jobs": {"title": "Jobs", "description": "those whose cost was measured", "format": "{:,.0f}"},
        "core_hours": {"title": "Core-hours", "format": "{:,.4f}",
                       "description": "processor time; of each job at least one core for as long as it lasted"},
        "memory_gib": {"title": "Peak memory", "description": "of the job that took most", "suffix": " GiB",
                       "format": "{:,.2f}"},
        "disk_gb": {"title": "Disk", "description": "files of the sample below results/", "suffix": " GB",
                    "format": "{:,.3f}"},
        "wall_hours": {"title": "Wall time", "description": "in which at least one of its jobs ran", "suffix": " h",
                       "format": "{:,.3f}"},
        "turnaround_hours": {"title": "Turnaround", "suffix": " h", "format": "{:,.3f}",
                             "description": "from the start of its first job to its first report after that"},
    }  # fmt: skip
    what = "One row per sample, by the latest job of each of its steps; what samples share is not in it."
    return _content("tierline_costs", "Tierline: cost", what, headers, frame)


def _content(name: str, title: str, description: str, headers: dict[str, Any], frame: pd.DataFrame) -> str:
    data = {
        str(row): {key: value for key, value in cells.items() if not pd.isna(value)}
        for row, cells in frame.to_dict("index").items()
    }
    shown = {"id": f"{name}_table", "title": title, "namespace": "Tierline", "sort_rows": False}
    document = {
        "id": name,
        "section_name": title,
        "description": description,
        "plot_type": "table",
        "pconfig": {**shown, "no_violin": True},  # else one of more than 500 rows becomes a plot without its words
        "headers": _escaped(headers),
        "data": _escaped(data),
    }
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=False) + "\n"


def _heatmap(
    name: str,
    title: str,
    description: str,
    look: Mapping[str, Any],
    columns: Sequence[str],
    rows: Sequence[str],
    data: Sequence[Sequence[float | None]],
) -> str:
    document = {
        "id": name,
        "section_name": title,
        "description": description,
        "plot_type": "heatmap",
        "pconfig": {"id": f"{name}_plot", "title": title, "cluster_rows": False, "cluster_cols": False, **look},
        "xcats": _escaped(list(columns)),
        "ycats": _escaped(list(rows)),
        "data": data,
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _escaped(value: Any) -> Any:
    """``value`` with every text in it escaped: MultiQC shows cells and titles as the HTML that they are.

    A comma would be taken for that of a thousand, and shown as a blank.
    """
    if isinstance(value, dict):
        return {_escaped(key): _escaped(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_escaped(part) for part in value]
    return escape(value).replace(",", COMMA) if isinstance(value, str) else value


def _percent(fraction: float | None) -> float | None:
    return None if fraction is None else 100 * fraction
