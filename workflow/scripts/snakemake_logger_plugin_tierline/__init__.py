"""A logger of Snakemake (``--logger tierline``) that writes what happens in a run as one JSON object a line.

Snakemake finds it by the name of this package. ``tierline.progress`` reads what it writes; nothing is written where
``TIERLINE_EVENTS`` names no file.
"""

from __future__ import annotations

import json
import os
from logging import LogRecord

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

FIELDS = {
    LogEvent.RESOURCES_INFO: ("cores",),
    LogEvent.RUN_INFO: ("stats",),
    LogEvent.JOB_INFO: ("jobid", "rule_name", "wildcards", "log", "output", "reason"),
    LogEvent.JOB_FINISHED: ("job_id",),
    LogEvent.JOB_ERROR: ("jobid", "rule_name", "log"),
}
"""What is kept of each kind of event, by Snakemake's own names."""


class LogHandler(LogHandlerBase):
    """Appends each event to the file as it comes: what a killed run has done can be read afterwards."""

    writes_to_stream = False
    writes_to_file = False
    has_filter = True
    has_formatter = True
    needs_rulegraph = False

    def __post_init__(self) -> None:
        path = os.environ.get("TIERLINE_EVENTS")
        self.out = open(path, "a", encoding="utf-8", buffering=1) if path else None  # noqa: SIM115  (open as long as the run)

    def emit(self, record: LogRecord) -> None:
        event = getattr(record, "event", None)
        row: dict[str, object] = {"time": record.created}
        if event in FIELDS:
            row |= {"event": str(event)} | {name: getattr(record, name, None) for name in FIELDS[event]}
        elif record.levelname in ("ERROR", "CRITICAL"):
            row |= {"event": "message", "text": record.getMessage()}
        else:
            return
        if self.out:
            self.out.write(json.dumps(row, default=str) + "\n")
