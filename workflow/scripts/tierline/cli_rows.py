"""Rows of records on standard output: tab-separated for programs, a table for whoever sits at a terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import fields
from typing import Annotated, Any

import typer

Tsv = Annotated[bool, typer.Option("--tsv", help="Tab-separated values; so it is when the output is no terminal.")]


def plain(tsv: bool) -> bool:
    """Whether rows are written as TSV: when asked, and when nobody looks at a terminal."""
    return tsv or not sys.stdout.isatty()


def show(rows: Sequence[Any], record: type, tsv: bool, columns: Sequence[str] = ()) -> None:
    """``rows`` as TSV with all fields of ``record``, or, on a terminal, as a table of ``columns`` (default: all)."""
    if plain(tsv):
        write(rows, record)
    else:
        table(rows, record, columns)


def write(rows: Sequence[Any], record: type) -> None:
    """``rows`` as TSV with all fields of ``record``."""
    from tierline.tables import format_value

    names = [field.name for field in fields(record)]
    print("\t".join(names))
    for row in rows:
        print("\t".join(format_value(getattr(row, name)) for name in names))


def table(rows: Sequence[Any], record: type, columns: Sequence[str] = ()) -> None:
    """``rows`` as a table of ``columns`` (default: all fields of ``record``) on the terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from tierline.tables import format_value

    names = columns or [field.name for field in fields(record)]
    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in names:
        drawn.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(format_value(getattr(row, name)).replace(";", "; ")) for name in names))
    Console().print(drawn)
