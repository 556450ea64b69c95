"""Checks a text that a person or another program sent, before it is displayed."""

from __future__ import annotations

from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from shared.domain.printable import pattern, refusal


class Shown:
    """Refuses texts with characters that control a terminal or are invisible: `Annotated[str, Shown()]` in a model."""

    def __init__(self, joiners: bool = False) -> None:
        self._joiners = joiners

    def __get_pydantic_core_schema__(self, source: type[Any], handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "pattern": pattern(self._joiners)}

    def _check(self, text: str) -> str:
        if why := refusal(text, self._joiners):
            raise PydanticCustomError("not_shown", "{why}", {"why": why})
        return text
