"""The names of kinds of fault and of actions. The catalogue adds names to these sets; any other name is refused.

A name is a `str`. Equal names are the same object, so `is` can compare them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Self

if TYPE_CHECKING:  # importing pydantic is slow, and `--help` does not need it
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

MAX_SHOWN = 64


class Vocabulary(type):
    """The metaclass of a set of names. The class can be iterated; each name is also an attribute of
    the class, in capitals.
    """

    known: dict[str, Any]

    def __iter__(cls) -> Iterator[Any]:
        return iter(tuple(cls.known.values()))

    def __len__(cls) -> int:
        return len(cls.known)

    def __contains__(cls, name: object) -> bool:
        return name in cls.known

    def __getattr__(cls, name: str) -> Any:
        found = cls.__dict__.get("known", {}).get(name.lower()) if name.isupper() else None
        if found is None:
            raise AttributeError(f"{cls.__name__} has no {name}")
        return found


class OpenName(str, metaclass=Vocabulary):
    """A name in a set to which the catalogue adds names. Each subclass is such a set."""

    known: ClassVar[dict[str, Any]] = {}
    __slots__ = ()

    def __init_subclass__(cls) -> None:
        cls.known = {}

    def __new__(cls, name: str) -> Self:
        """Raises ValueError if the catalogue has no such name."""
        found: Self | None = cls.known.get(name)
        if found is None:
            raise ValueError(f"{str(name)[:MAX_SHOWN]!r} is not in the catalogue; there are {', '.join(cls.known)}")
        return found

    @classmethod
    def add(cls, name: str) -> Self:
        if name not in cls.known:
            cls.known[name] = str.__new__(cls, name)
        found: Self = cls.known[name]
        return found

    @property
    def value(self) -> str:
        return str.__str__(self)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[Any], handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import PydanticCustomError, core_schema

        def known(name: str) -> OpenName:
            try:
                return cls(name)
            except ValueError as error:
                raise PydanticCustomError("not_in_catalogue", "{why}", {"why": str(error)}) from None

        return core_schema.no_info_after_validator_function(
            known, core_schema.str_schema(), ref=f"{cls.__module__}.{cls.__qualname__}:{id(cls)}"
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        described = handler(schema)
        handler.resolve_ref_schema(described).update(
            {
                "title": cls.__name__,
                "type": "string",
                "enum": list(map(str, cls.known)),
                "description": (cls.__doc__ or "").strip(),
            }
        )
        return described


class FaultKind(OpenName):
    """A kind of fault. A fault changes a cause in the network, never a metric."""


class ActionKind(OpenName):
    """A kind of action that repairs the network."""


def name_to_text(name: object) -> str:
    """Raises NotImplementedError for any other object."""
    if not isinstance(name, OpenName):
        raise NotImplementedError(type(name).__name__)
    return name.value


def name_from_text(of: type[object], text: object) -> object:
    """Convert a text to a name of the class `of`, for msgspec. Raises ValueError for an unknown name,
    NotImplementedError for any other class.
    """
    if not issubclass(of, OpenName) or not isinstance(text, str):
        raise NotImplementedError(of.__name__)
    return of(text)
