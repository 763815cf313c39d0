"""Every direct dependency has its line: what for, under which licence."""

from __future__ import annotations

import json
import re

from tests.stack.product import ROOT

PAGE = (ROOT / "docs" / "dependencies.md").read_text()


def lines_of(name: str) -> list[str]:
    return [
        line
        for line in PAGE.splitlines()
        if line.startswith("|") and re.search(rf"(\| |, ){re.escape(name)}( \||,)", line)
    ]


def test_every_dependency_has_its_line() -> None:
    asked = [
        re.match(r"[\w.-]+", line)
        for file in ("requirements.in", "tests/requirements.in")
        for line in (ROOT / file).read_text().splitlines()
    ]
    package = json.loads((ROOT / "package.json").read_text())
    names = [match.group().lower() for match in asked if match and not match.group().startswith("-")]
    names += [*package["dependencies"], *package["devDependencies"]]
    assert [name for name in names if len(lines_of(name)) != 1] == []


def test_no_registry_is_named() -> None:
    for file in ("requirements.txt", "tests/requirements.txt", "package-lock.json", ".npmrc"):
        assert not re.search(r"--(extra-)?index-url|--find-links|\"resolved\"|registry=", (ROOT / file).read_text()), (
            file
        )
