"""The variables that expressions see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.feel.values import FeelValues, from_python


class Variables(FeelValues):
    """FEEL values by name. A name that is missing is looked up outside, and converted when it is first read."""

    __slots__ = ("outside",)

    def __init__(self, values: Mapping[str, Any], outside: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.outside = outside

    def __missing__(self, name: str) -> Any:
        value = self[name] = from_python(self.outside[name])
        return value

    def plus(self, values: Mapping[str, Any]) -> Variables:
        """These and more; the same outside."""
        more = Variables(self, self.outside)
        more.update(values)
        return more
