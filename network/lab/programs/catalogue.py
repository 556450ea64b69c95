"""`catalogue.py FILE RECORDS LENGTH`: makes a file of records of text, always the same, and a compressed copy of it."""

from __future__ import annotations

import gzip
import hashlib
import sys
from pathlib import Path

LEVEL = 1
"""How hard it compresses: the copy has about a twentieth of the size."""


def record(number: int, length: int) -> bytes:
    """Return a line whose text differs from that of the other lines, and that a compressor makes smaller."""
    digest = hashlib.sha256(str(number).encode()).hexdigest().encode()
    line = b"package-%06d " % number + digest * (length // len(digest) + 1)
    return line[: length - 1] + b"\n"


def main() -> None:
    path, records, length = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    path.parent.mkdir(parents=True, exist_ok=True)
    content = b"".join(record(number, length) for number in range(records))
    path.write_bytes(content)
    path.with_name(path.name + ".gz").write_bytes(gzip.compress(content, LEVEL, mtime=0))


if __name__ == "__main__":
    main()
