"""What our self-contained pages share: how templates are read, tables that sort, and the policy for a page's own script."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

SORT = (Path(__file__).parent / "sort.js").read_text(encoding="utf-8")
"""Script: ``sortable(table)`` gives the head of a table the buttons that sort it."""


def environment(package: str) -> Environment:
    """The environment of a package's ``templates``: everything escaped, a name that is not defined is an error."""
    return Environment(
        loader=PackageLoader(package, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def policy(script: str) -> Markup:
    """The Content-Security-Policy of a page: this script runs and no other, and nothing is asked of a network."""
    digest = b64encode(sha256(script.encode()).digest()).decode()
    return Markup(
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
