"""Files of one test each: how a file of several comes apart, and how they go together again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from orchestrator.process_tests import texts
from orchestrator.process_tests.reading import WAYS


def split(text: str, file: str, process: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name -> a file with that test alone, with what the file says for all of its tests written into it.

    The file is sound (`read_tests`). Raises InvalidTests where it is no JSON.
    """
    raw = texts.loads(text, file)
    for test in raw["tests"]:
        alone = {
            **({"now": raw["now"]} if "now" in raw else {}),
            **test,
            "start": _start(raw.get("start", {}), test.get("start", {})),
            "given": _given(raw.get("given", {}), test.get("given", {})),
        }
        yield test["name"], {"process": process, "tests": [{key: value for key, value in alone.items() if value}]}


def _start(common: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """As a test that is read with its file: another way to start replaces that of the file, variables are added."""
    if any(way in own for way in WAYS):
        common = {key: value for key, value in common.items() if key not in (*WAYS, "key")}
    variables = {**common.get("variables", {}), **own.get("variables", {})}
    return {**common, **own, **({"variables": variables} if variables else {})}


def _given(common: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    names = dict.fromkeys((*common, *own))
    return {name: {**common.get(name, {}), **own.get(name, {})} for name in names}


def together(files: Iterable[Mapping[str, Any]], process: str) -> dict[str, Any]:
    """One file with the tests of all."""
    return {"process": process, "tests": [test for file in files for test in file["tests"]]}
