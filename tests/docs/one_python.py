"""One Python process for a page: runs its blocks with shared names; a line of JSON in, one out."""

from __future__ import annotations

import io
import json
import sys
import traceback
from contextlib import redirect_stdout


def main() -> None:
    """Run `{"code", "page", "line"}` of each line; answer `{"printed", "error"}`."""
    names: dict[str, object] = {"__name__": "__main__"}
    for line in sys.stdin:
        block = json.loads(line)
        printed, error = io.StringIO(), ""
        with redirect_stdout(printed):
            try:
                code = "\n" * block["line"] + block["code"]
                exec(compile(code, block["page"], "exec", dont_inherit=True), names)  # noqa: S102 - its purpose
            except BaseException:
                error = traceback.format_exc()
        sys.stdout.write(json.dumps({"printed": printed.getvalue(), "error": error}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
