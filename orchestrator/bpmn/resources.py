"""Files that tasks link (`zeebe:linkedResource`): what each is called, read from the file as Camunda 8 does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from orchestrator.feel.jsonnumbers import loads

MUST_SAY = ".rpa"  # files of this kind have an id inside
MAY_SAY = (MUST_SAY, ".json")


class Unreadable(ValueError):
    """Nobody could link the file; str() says why, for a modeller."""


@dataclass(frozen=True, slots=True)
class Resource:
    """`id` is what a `resourceId` means: the one in a JSON file that says it, else the name of the file."""

    id: str
    name: str
    version_tag: str = ""


def read(name: str, content: bytes) -> Resource:
    """Raises Unreadable."""
    if not content:
        raise Unreadable("The file is empty")
    for word, suffix in (("BPMN", ".bpmn"), ("DMN", ".dmn")):
        if f"omg.org/spec/{word}/".encode() in content[:4096]:
            raise Unreadable(f"The file holds {word}: give it a name that ends in {suffix}")
    said = _said(name, content)
    id = said.get("id")
    if name.lower().endswith(MUST_SAY) and not (isinstance(id, str) and id):
        raise Unreadable("The file has no id: an RPA script is linked by it")
    return Resource(id if isinstance(id, str) and id else name, _text(said, "name") or name, _text(said, "versionTag"))


def is_form(content: bytes) -> bool:
    """Is this JSON a form? Whatever cannot be read may be one."""
    try:
        said = loads(content)
    except ValueError:
        return True
    return isinstance(said, dict) and ("components" in said or "schemaVersion" in said)


def _said(name: str, content: bytes) -> dict[str, Any]:
    if not name.lower().endswith(MAY_SAY):
        return {}
    try:
        said = loads(content)
    except ValueError as error:
        raise Unreadable(f"The file is no JSON: {error}") from error
    return said if isinstance(said, dict) else {}


def _text(said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""
