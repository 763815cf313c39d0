"""Processes to start from: files in the folder of the setting PROCESS_TEMPLATES, each with what it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

from django.conf import settings

from orchestrator.bpmn.model import Process
from orchestrator.runtime import inspection
from orchestrator.runtime.drafts import SUFFIXES


@dataclass(frozen=True, slots=True)
class ProcessTemplate:
    """`files`: name -> content, the process first, then the decisions and forms that it names."""

    key: str
    name: str
    text: str
    files: Mapping[str, bytes]

    @property
    def diagram(self) -> bytes:
        return next(iter(self.files.values()))


@cache
def process_templates() -> Mapping[str, ProcessTemplate]:
    """By key, in the order of their names; none where there is no such folder."""
    folder = settings.PROCESS_TEMPLATES
    if folder is None:
        return {}
    contents = {path.name: path.read_bytes() for path in sorted(Path(folder).rglob("*")) if path.suffix in _SUFFIXES}
    files = inspection.read(contents)
    where = {(defined.what, defined.key): file.name for file in files for defined in file.defines}
    found = [_template(file, process, where, contents) for file in files for process in islice(file.processes, 1)]
    return {template.key: template for template in sorted(found, key=lambda template: template.name)}


_SUFFIXES = frozenset(SUFFIXES.values())


def _template(
    file: inspection.File, process: Process, where: Mapping[tuple[str, str], str], contents: Mapping[str, bytes]
) -> ProcessTemplate:
    needed = {
        where[reference.what, reference.key]: None
        for reference in inspection.references(process)
        if reference.what != inspection.PROCESS and (reference.what, reference.key) in where
    }
    names = [file.name, *(name for name in needed if name != file.name)]
    return ProcessTemplate(
        process.id, process.name or process.id, process.documentation, {name: contents[name] for name in names}
    )
