"""Find, merge, compile; or check."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.messages import catalogue, extract
from tests.messages.catalogue import Message, Translations

LOCALE = extract.ROOT / "locale"
LANGUAGES = ("de",)


def merged(messages: set[Message], known: Translations) -> dict[Message, tuple[str, ...]]:
    """Every text of the sources, with its translation if there is one; what is in no source any more goes."""
    return {message: known.get(message) or (("", "") if message.plural else ("",)) for message in messages}


def missing(translations: Translations) -> list[str]:
    return sorted(message.text for message, texts in translations.items() if not all(texts))


def path_of(language: str, domain: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / f"{domain}.po"


def catalogues() -> Iterator[tuple[str, Path, dict[Message, tuple[str, ...]]]]:
    """Language, file and what it ought to hold."""
    for domain, find in extract.DOMAINS.items():
        messages = find()
        for language in LANGUAGES:
            path = path_of(language, domain)
            yield language, path, merged(messages, catalogue.read(path))


def main(check: bool) -> int:
    wrong = 0
    for language, path, translations in catalogues():
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(catalogue.written(translations, language))
            path.with_suffix(".mo").write_bytes(catalogue.compiled(translations, language))
        for text in missing(translations):
            wrong += 1
            sys.stdout.write(f"{path.relative_to(extract.ROOT)}: not translated: {text}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
