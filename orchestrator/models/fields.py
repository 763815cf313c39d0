"""Variables in PostgreSQL: jsonb in which a number keeps every digit that a person typed. And a check of many words."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models.lookups import Lookup

from orchestrator.feel.jsonnumbers import dumps, loads


class _Encoder(json.JSONEncoder):
    """Django calls `json.dumps(value, cls=encoder)`; the text is ours."""

    def encode(self, o: Any) -> str:
        return dumps(o)


class _Decoder(json.JSONDecoder):
    def decode(self, s: str, *args: Any, **kwargs: Any) -> Any:
        return loads(s)


class VariablesField(models.JSONField[Any, Any]):
    """jsonb whose numbers are int or Decimal, never float; dates and durations are ISO 8601 text."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["encoder"], kwargs["decoder"] = _Encoder, _Decoder
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["encoder"], kwargs["decoder"]
        return name, path, args, kwargs


@models.CharField.register_lookup
class Among(Lookup[Any]):
    """`in` for a long list of words in a CheckConstraint: one constant array. PostgreSQL prepares a check anew for
    every statement that writes, and a list of forty expressions costs more than the row. Migrations speak of it.
    """

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} = ANY (%s::text[])", (*parameters, _array(self.rhs))


def _array(words: Iterable[str]) -> str:
    return "{" + ",".join(f'"{word}"' for word in words) + "}"
