"""Catalogues of GNU gettext: read, written, compiled. What we write ourselves needs no more than this of the format."""

from __future__ import annotations

import ast
import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

HEADER = "Content-Type: text/plain; charset=UTF-8\nLanguage: {language}\nPlural-Forms: nplurals=2; plural=(n != 1);\n"
_LINE = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?)?\s*("(?:[^"\\]|\\.)*")')


@dataclass(frozen=True, order=True, slots=True)
class Message:
    """One text of the sources. `context` tells two equal words apart; `plural` is '' when the text has none."""

    text: str
    context: str = ""
    plural: str = ""

    @property
    def key(self) -> str:
        text = f"{self.text}\x00{self.plural}" if self.plural else self.text
        return f"{self.context}\x04{text}" if self.context else text


Translations = Mapping[Message, tuple[str, ...]]  # one text, or singular and plural; empty texts: not translated


@dataclass(slots=True)
class _Entry:
    parts: dict[str, str] = field(default_factory=dict)
    last: str = ""


def read(path: Path) -> dict[Message, tuple[str, ...]]:
    """The translations in a .po file; none when there is no file. Raises ValueError with the line that is not one."""
    if not path.exists():
        return {}
    found: dict[Message, tuple[str, ...]] = {}
    entry = _Entry()
    for number, line in enumerate([*path.read_text().splitlines(), ""], 1):
        if not line.strip():
            _keep(entry.parts, found)
            entry = _Entry()
        elif not line.startswith("#"):
            match = _LINE.fullmatch(line.strip())
            if match is None:
                raise ValueError(f"{path}, line {number}: this is no line of a catalogue: {line}")
            entry.last = match[1] or entry.last
            entry.parts[entry.last] = entry.parts.get(entry.last, "") + str(ast.literal_eval(match[2]))
    return found


def _keep(parts: dict[str, str], found: dict[Message, tuple[str, ...]]) -> None:
    if parts.get("msgid"):
        message = Message(parts["msgid"], parts.get("msgctxt", ""), parts.get("msgid_plural", ""))
        found[message] = tuple(text for name, text in sorted(parts.items()) if name.startswith("msgstr"))


def written(translations: Translations, language: str) -> str:
    """As a .po file: in the order of the texts, without line numbers, so that a change is a small difference."""
    blocks = ['msgid ""\nmsgstr ""\n' + "\n".join(quoted(f"{line}\n") for line in _header(language).splitlines())]
    for message, texts in sorted(translations.items()):
        lines = [f"msgctxt {quoted(message.context)}"] if message.context else []
        lines.append(f"msgid {quoted(message.text)}")
        if message.plural:
            lines.append(f"msgid_plural {quoted(message.plural)}")
            lines += [f"msgstr[{place}] {quoted(text)}" for place, text in enumerate(texts)]
        else:
            lines.append(f"msgstr {quoted(texts[0])}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def compiled(translations: Translations, language: str) -> bytes:
    """As a .mo file: what gettext reads. Texts without a translation are left out."""
    texts = {message.key: "\x00".join(said) for message, said in translations.items() if all(said)}
    rows = sorted((key.encode(), text.encode()) for key, text in {"": _header(language), **texts}.items())
    start = 7 * 4
    offset = start + 16 * len(rows)
    keys, values = _table((key for key, _text in rows), offset), b"".join(key + b"\0" for key, _text in rows)
    after = offset + len(values)
    head = struct.pack("<7I", 0x950412DE, 0, len(rows), start, start + 8 * len(rows), 0, after)
    said = b"".join(text + b"\0" for _key, text in rows)
    return head + keys + _table((text for _key, text in rows), after) + values + said


def _table(texts: Iterable[bytes], offset: int) -> bytes:
    """Length and place of each."""
    found = b""
    for text in texts:
        found += struct.pack("<2I", len(text), offset)
        offset += len(text) + 1
    return found


def _header(language: str) -> str:
    return HEADER.format(language=language)
