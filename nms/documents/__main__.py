"""`python -m nms.documents`: write docs/reference anew and say what changed."""

import sys

from nms.documents.tree import write
from shared.errors import NmsError
from shared.usage import no_arguments


def main() -> int:
    """Write; return the exit code."""
    no_arguments("nms.documents", "Write docs/reference anew and say what changed.")
    try:
        sys.stdout.writelines(f"wrote docs/reference/{name}\n" for name in write())
    except NmsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
