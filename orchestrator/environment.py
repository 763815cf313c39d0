"""Environment variables, read strictly: a value that cannot be meant ends in one sentence, never in a guess.

Names that other software shares (DATABASE_URL, SECRET_KEY, ...) stand as they are; Baton's own begin with BATON_, and
a BATON_ name that nobody reads is refused, so that a misspelt protection is never silently off.
"""

from __future__ import annotations

import difflib
import os
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NoReturn, TypeVar

T = TypeVar("T")

FLAGS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
OWN, NAMED = "BATON_", ("BATON_SECRET_", "BATON_SQL_")  # what connectors use has whatever names the models use
_asked: set[str] = set()


def refuse(sentence: str) -> NoReturn:
    """End the process with one sentence: no traceback helps against a wrong variable."""
    raise SystemExit(f"Baton does not start: {sentence}")


def text(name: str, default: str = "") -> str:
    """The variable, or what the file named by NAME_FILE holds (secrets of Docker and systemd)."""
    _asked.update((name, f"{name}_FILE"))
    value, file = os.environ.get(name, ""), os.environ.get(f"{name}_FILE", "")
    if value and file:
        refuse(f"both {name} and {name}_FILE are set; keep one of them.")
    if file:
        try:
            value = Path(file).read_text().strip()
        except OSError as error:
            refuse(f"{name}_FILE names {file}, which cannot be read ({error.strerror}).")
    return value or default


def flag(name: str, default: bool = False) -> bool:
    value = text(name).lower()
    if value and value not in FLAGS:
        refuse(f"{name} is {value!r}; write true or false.")
    return FLAGS.get(value, default)


def number(name: str, default: int, least: int = 0) -> int:
    value = text(name, str(default))
    if not value.isdecimal() or int(value) < least:
        refuse(f"{name} is {value!r}; write a whole number of at least {least}.")
    return int(value)


def words(name: str, default: Iterable[str] = ()) -> list[str]:
    """A list separated by commas."""
    return [word.strip() for word in text(name).split(",") if word.strip()] or list(default)


def parsed(name: str, parse: Callable[[str], T], expected: str, default: str = "") -> T:
    """Whatever `parse` makes of it; `expected` completes "write ..." in the sentence that refuses it."""
    value = text(name, default)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a parser that only warns has not understood either
            return parse(value)
    except Exception:  # every parser fails in its own way; what counts is which variable and what to write
        refuse(f"{name} is {value!r}; write {expected}.")


def refuse_unknown() -> None:
    """Call it when every variable has been asked for."""
    for name in sorted(os.environ):
        if name.startswith(OWN) and not name.startswith(NAMED) and name not in _asked:
            near = difflib.get_close_matches(name, [known for known in _asked if known.startswith(OWN)], 1)
            refuse(f"it knows no variable {name}{f'; did you mean {near[0]}?' if near else '.'}")
