"""Rewrites docs/reference and lists the changed files: `python -m nms.extras.documents`."""

import sys

from nms.extras.documents.tree import untouched, write
from shared.domain.errors import NmsError
from shared.platform.logs import say, say_out
from shared.platform.usage import no_arguments


def main() -> int:
    no_arguments("nms.extras.documents", "Rewrite docs/reference and list what changed.")
    try:
        for name in write():
            say_out(f"wrote docs/reference/{name}")
        for name in untouched():
            say_out(f"left docs/reference/{name} as it is: the tool that makes it is not installed; see .ci/run")
    except NmsError as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
