"""References to secrets, and the secrets: no secret stands in the inventory file, and none is ever shown.

Rules
1. The file names a variable (`{env: NAME}`) or another file (`{file: PATH}`). A text in that place is an error that
   does not repeat the text.
2. A secret is read when it is needed, so that a changed file takes effect without a restart.
3. `repr` and `str` of a secret show nothing of it; only `reveal` returns it.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from shared.domain.errors import SettingError

MAX_SECRET_BYTES = 64 * 1024
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
HOW = "write {env: NAME} with the name of a variable, or {file: PATH}"


@dataclass(frozen=True, repr=False)
class Secret:
    _value: bytes

    def reveal(self) -> bytes:
        return self._value

    def __repr__(self) -> str:
        return "Secret(hidden)"


class SecretReference(BaseModel):
    """Where a secret is: in the variable `env`, or in the file `file`, whose last line end does not count."""

    model_config = ConfigDict(frozen=True)

    env: str = ""
    file: str = ""

    @model_validator(mode="before")
    @classmethod
    def _is_a_reference(cls, value: object) -> object:
        """Refuse everything else without a quote of it: it may be the secret."""
        if not isinstance(value, dict):
            raise PydanticCustomError("secret", "a secret does not stand in this file; " + HOW)
        given = {key for key, content in value.items() if isinstance(content, str) and content}
        if given not in ({"env"}, {"file"}) or len(value) != 1:
            raise PydanticCustomError("secret", "no reference to a secret; " + HOW)
        if given == {"env"} and not VARIABLE.fullmatch(value["env"]):
            raise PydanticCustomError("secret", "not the name of a variable; write letters, digits and '_'")
        return value

    def read(self, folder: Path) -> Secret:
        """`folder`: where a relative path begins. Raises SettingError, which names the variable or the file."""
        if self.env:
            value = os.environb.get(self.env.encode(), b"")
            if not value:
                raise SettingError(f"the variable {self.env} is not set; set it to the secret before the start")
            return Secret(value)
        path = folder / Path(self.file).expanduser()
        try:
            with path.open("rb") as opened:
                content = opened.read(MAX_SECRET_BYTES + 1)
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise SettingError(f"the secret in {path} cannot be read: {why}; name a file that NMS may read") from None
        if len(content) > MAX_SECRET_BYTES:
            raise SettingError(f"{path} has more than {MAX_SECRET_BYTES} bytes; write the secret alone into it")
        if not content.strip():
            raise SettingError(f"the secret in {path} is empty; write it into the file")
        return Secret(content.removesuffix(b"\n").removesuffix(b"\r"))

    def __str__(self) -> str:
        return f"variable {self.env}" if self.env else f"file {self.file}"
