"""`authority.py FOLDER [OWNER=NAME,NAME ...]`: makes an authority, and a key and a certificate for each owner.

In FOLDER it makes `ca.crt`, and `OWNER.key` and `OWNER.crt` for each owner. The key of the authority is not kept. A
name is one of DNS or an address. It runs `openssl`.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

OPENSSL = "/usr/bin/openssl"
DAYS = 3_650
AUTHORITY = "ca"


def is_address(name: str) -> bool:
    return name.replace(".", "").isdecimal()


def request(common: str, extensions: str) -> str:
    """Return the configuration of a request; the names that `openssl` has by itself would add others."""
    return (
        f"[req]\nprompt = no\ndistinguished_name = dn\nx509_extensions = ext\n[dn]\nCN = {common}\n[ext]\n{extensions}"
    )


def make(folder: Path, owner: str, text: str, *words: str) -> None:
    configuration = folder / f"{owner}.cnf"
    configuration.write_text(text)
    argv = [OPENSSL, "req", "-x509", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    argv += ["-days", str(DAYS), "-config", str(configuration), *words]
    argv += ["-keyout", str(folder / f"{owner}.key"), "-out", str(folder / f"{owner}.crt")]
    subprocess.run(argv, check=True, capture_output=True)
    configuration.unlink()
    (folder / f"{owner}.key").chmod(0o600)


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    make(folder, AUTHORITY, request("Laboratory authority", "basicConstraints = critical, CA:TRUE\n"))
    signer = ("-CA", str(folder / f"{AUTHORITY}.crt"), "-CAkey", str(folder / f"{AUTHORITY}.key"))
    for word in sys.argv[2:]:
        owner, _, joined = word.partition("=")
        names = joined.split(",")
        listed = ", ".join(f"{'IP' if is_address(name) else 'DNS'}:{name}" for name in names)
        extensions = f"basicConstraints = critical, CA:FALSE\nsubjectAltName = {listed}\n"
        make(folder, owner, request(names[0], extensions), *signer)
    (folder / f"{AUTHORITY}.key").unlink()


if __name__ == "__main__":
    main()
