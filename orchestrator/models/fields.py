"""Variables in PostgreSQL: jsonb in which a number keeps every digit that a person typed."""

from __future__ import annotations

import json
from typing import Any

from django.db import models

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
