"""What every script of a rule needs: its words in its log, and a user's fault told without a traceback."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

from tierline.problems import EXIT_BAD_INPUT, EXIT_TOOL_FAILED, InputError


@contextmanager
def logged(log: str) -> Iterator[None]:
    """Send what is printed to the log file; end the script with code 2 on bad input, 3 on any other failure."""
    with open(log, "w", encoding="utf-8") as handle, redirect_stdout(handle), redirect_stderr(handle):
        try:
            yield
        except InputError as error:
            print(error, file=handle)
            handle.flush()
            code = EXIT_BAD_INPUT
        except Exception:
            traceback.print_exc(file=handle)
            code = EXIT_TOOL_FAILED
        else:
            return
    sys.exit(code)
