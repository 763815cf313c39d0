"""Which texts of the sources can be translated: in Python, in templates, in scripts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation.template import templatize

from tests.messages.catalogue import Message

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ("orchestrator", "tasks_inbox")
TEMPLATES = ("templates",)
SCRIPTS = ("frontend/src",)
# Function -> what its first arguments are.
_CALLS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("_", "_t", "_lazy", "gettext", "gettext_lazy"), ("text",)),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), ("text", "plural")),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ("context", "text")),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ("context", "text", "plural")),
}
_TRANSLATED = re.compile(r"""\btranslated\(\s*('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")""")
_IN_TEMPLATE = re.compile(r"\b(?:n?p?gettext|_)\(")


def of_python(source: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            parts = _CALLS.get(name)
            given = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            if parts and len(given) >= len(parts) and all(isinstance(text, str) for text in given[: len(parts)]):
                yield Message(**dict(zip(parts, given, strict=False)))  # type: ignore[arg-type]


def of_template(source: str) -> Iterator[Message]:
    """Django makes calls of a template; the first expression behind each beginning is one."""
    calls = templatize(source)
    for match in _IN_TEMPLATE.finditer(calls):
        yield from of_python(_call(calls[match.start() :]))


def _call(text: str) -> str:
    """The call at the beginning of the text: up to the first bracket that makes it whole."""
    end = text.find(")")
    while end >= 0:
        try:
            ast.parse(text[: end + 1])
        except SyntaxError:
            end = text.find(")", end + 1)
        else:
            return text[: end + 1]
    return ""


def of_script(source: str) -> Iterator[Message]:
    for match in _TRANSLATED.finditer(source):
        yield Message(ast.literal_eval(match[1]))


def django() -> set[Message]:
    found = {message for path in _files(PYTHON, "*.py") for message in of_python(path.read_text())}
    for suffix in ("*.html", "*.txt"):
        found |= {message for path in _files(TEMPLATES, suffix) for message in of_template(path.read_text())}
    return {message for message in found if message.text}


def djangojs() -> set[Message]:
    return {message for path in _files(SCRIPTS, "*.js") for message in of_script(path.read_text())}


DOMAINS = {"django": django, "djangojs": djangojs}


def _files(folders: tuple[str, ...], pattern: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(path for path in (ROOT / folder).rglob(pattern) if "migrations" not in path.parts)
