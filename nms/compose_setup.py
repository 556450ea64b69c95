"""The first container of docker-compose.yml: it writes the broker's configuration, and credentials for each user.

Rules: each user's credentials are in a volume of their own. Existing passwords stay, so that a restarted container
still has a valid password. The configuration is rewritten only if a file was missing, or the configuration comes from
an older release; the broker reads it at its next start. The container runs as the same user as the services and the
broker, which must be able to read the files.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from shared.domain.errors import DiskFull, NmsError
from shared.platform.access import CONSOLE, RECORD, TAP, USERS, new_passwords, write_secret
from shared.platform.accounts import broker_config
from shared.platform.broker import adopt
from shared.platform.logs import say as write_line
from shared.platform.settings import read_credentials
from shared.platform.usage import no_arguments

FOLDER = Path("/setup")
BROKER_PORT = 4222
ANY_ADDRESS = "0.0.0.0"
STORE_IN_THE_CONTAINER = Path("/jetstream/store")
HEALTH_PORT = 8222
PASSWORD = re.compile(r'"password": "[^"]*"')


def main() -> int:
    no_arguments("nms.compose_setup", "Write passwords and the broker's configuration into NMS_SETUP_DIR, else /setup.")
    try:
        say = prepare(Path(os.environ.get("NMS_SETUP_DIR", FOLDER)))
    except NmsError as error:
        write_line(str(error))
        return error.exit_code
    write_line(say)
    return 0


def prepare(folder: Path) -> str:
    """Write the credentials and the broker's configuration, and return a sentence about what was done.

    Credentials: `<folder>/<user>/credentials.json` for each service, and `<folder>/nats/record.json` for a person.
    Configuration: `<folder>/nats/nats.conf`.
    """
    users = [user for user in USERS if user not in (TAP, CONSOLE)]
    files = {user: folder / user / "credentials.json" for user in users}
    # This file is for a person. It is safe in the broker's folder: the configuration there has all passwords anyway.
    files[RECORD] = folder / "nats" / "record.json"
    config = folder / "nats" / "nats.conf"
    try:
        missing = [user for user, file in files.items() if not file.exists()]
        if not missing and _is_ours(config):
            return "the credentials are there"
        kept = {user: _password(file) for user, file in files.items() if user not in missing}
        passwords = {**new_passwords([*users, TAP]), **kept}
        for user in missing:
            write_secret(files[user], json.dumps({"user": user, "password": passwords[user]}))
        write_secret(config, _config(passwords))
        adopt(folder / "jetstream" / "store")
        # An empty volume takes its owner from each image that mounts it. A folder in the volume keeps the owner that
        # this image, which mounts the volume first, has given it.
        (folder / "jetstream" / "store").mkdir(exist_ok=True)
    except OSError as error:
        raise DiskFull(f"cannot write to {error.filename}: {error.strerror}; make room or repair the volume") from None
    return f"wrote the credentials of {len(missing)} users and {config}; a broker that runs must be started again"


def _config(passwords: Mapping[str, str]) -> str:
    return broker_config(BROKER_PORT, STORE_IN_THE_CONTAINER, passwords, host=ANY_ADDRESS, http_port=HEALTH_PORT)


def _is_ours(config: Path) -> bool:
    """Whether the file equals this release's configuration, apart from passwords. Other releases grant other rights."""
    users = [user for user in USERS if user != CONSOLE]
    return config.exists() and _without_passwords(config.read_text()) == _without_passwords(
        _config(dict.fromkeys(users, ""))
    )


def _without_passwords(conf: str) -> str:
    return PASSWORD.sub("", conf)


def _password(file: Path) -> str:
    return read_credentials(file).password.get_secret_value()


if __name__ == "__main__":
    sys.exit(main())
