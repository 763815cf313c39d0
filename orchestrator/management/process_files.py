"""Finds the files of process tests: models under test, what stands beside them, and the tests."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

BESIDE = ("processes", "decisions")  # folders that are looked into
MODELS = (".bpmn", ".dmn")


class NotFound(ValueError):
    """There is no such file or nothing usable in it; str() is a sentence."""


def tested(path: Path) -> dict[str, bytes]:
    """The BPMN files under test, by name: one, or all in a folder and those below it. Raises NotFound."""
    return _read(_files(path, ".bpmn", "BPMN file"))


def beside(path: Path) -> dict[str, bytes]:
    """The other BPMN and DMN files in the model's folder, and in folders `processes` and `decisions` in it or beside
    it; of a folder of models, also those in the folders below.
    """
    folder = (path if path.is_dir() else path.parent).resolve()
    places = [folder, *(around / name for around in (folder, folder.parent) for name in BESIDE)]
    found = {file for place in places for suffix in MODELS for file in place.glob(f"*{suffix}")}
    if path.is_dir():
        found |= {file for suffix in MODELS for file in folder.rglob(f"*{suffix}")}
    under_test = {file.resolve() for file in _files(path, ".bpmn", "BPMN file")}
    return _read(sorted(file for file in found - under_test if file.is_file()))


def tests(path: Path) -> dict[str, str]:
    """The test files, by name. Raises NotFound."""
    return {name: _decoded(name, content) for name, content in _read(_files(path, ".json", "JSON file")).items()}


def _files(path: Path, suffix: str, what: str) -> list[Path]:
    if path.is_dir():
        found = sorted(file for file in path.rglob(f"*{suffix}") if file.is_file())
        if not found:
            raise NotFound(f"There is no {what} ({suffix}) in the folder {path}")
        return found
    if not path.is_file():
        raise NotFound(f"There is no file or folder {path}")
    if path.suffix != suffix:
        raise NotFound(f"{path} is no {what}: its name must end in {suffix}")
    return [path]


def _read(files: Iterable[Path]) -> dict[str, bytes]:
    return {_shown(file): file.read_bytes() for file in files}


def _shown(file: Path) -> str:
    """From the current folder, where the file lies in it."""
    inside = file.resolve().is_relative_to(Path.cwd())
    return os.path.relpath(file) if inside else str(file)


def _decoded(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotFound(f"{name} is not written in UTF-8 (byte {error.start})") from None
