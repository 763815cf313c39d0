"""Every text is there in every language, and none escapes translation."""

from __future__ import annotations

import gettext
import re
from io import BytesIO
from pathlib import Path

import pytest

from tests.messages import catalogue, extract
from tests.messages.__main__ import catalogues, missing
from tests.messages.catalogue import Message

ROWS = list(catalogues())
IDS = [f"{language}-{path.stem}" for language, path, _wanted in ROWS]
PLACES = r"%\(\w+\)[sd]|\{\w*\}|%%"


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_every_text_is_translated(row: tuple[str, Path, catalogue.Translations]) -> None:
    _language, _path, wanted = row
    assert missing(wanted) == [], "translate these in locale/, then run: make messages"


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_the_compiled_file_is_that_of_the_catalogue(row: tuple[str, Path, catalogue.Translations]) -> None:
    language, path, wanted = row
    assert path.read_text() == catalogue.written(wanted, language), "run: make messages"
    assert path.with_suffix(".mo").read_bytes() == catalogue.compiled(wanted, language), "run: make messages"


@pytest.mark.parametrize("row", ROWS, ids=IDS)
def test_a_translation_has_the_places_of_its_text(row: tuple[str, Path, catalogue.Translations]) -> None:
    places = re.compile(PLACES)
    for message, texts in row[2].items():
        for text, said in zip((message.text, message.plural), texts, strict=False):
            assert not said or set(places.findall(said)) == set(places.findall(text)), text


def test_what_we_compile_is_what_gettext_reads() -> None:
    texts = {
        Message("Task"): ("Aufgabe",),
        Message("open", context="adjective"): ("offen",),
        Message("%(n)s task", plural="%(n)s tasks"): ("%(n)s Aufgabe", "%(n)s Aufgaben"),
        Message("Not yet"): ("",),
    }
    read = gettext.GNUTranslations(BytesIO(catalogue.compiled(texts, "de")))
    assert read.gettext("Task") == "Aufgabe"
    assert read.pgettext("adjective", "open") == "offen"
    assert [read.ngettext("%(n)s task", "%(n)s tasks", n) for n in (1, 2)] == ["%(n)s Aufgabe", "%(n)s Aufgaben"]
    assert read.gettext("Not yet") == "Not yet"


def test_a_catalogue_is_read_as_it_was_written(tmp_path: Path) -> None:
    texts = {Message('A "quoted"\nline \\ of two'): ("Eine „zitierte“\nZeile",), Message("x", "y", "z"): ("a", "b")}
    path = tmp_path / "django.po"
    path.write_text(catalogue.written(texts, "de"))
    assert catalogue.read(path) == texts


def test_a_broken_catalogue_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "django.po"
    path.write_text('msgid "Task"\nmsgstr "Aufgabe\n')
    with pytest.raises(ValueError, match="line 2"):
        catalogue.read(path)


def test_texts_are_found_where_they_stand() -> None:
    python = 'print(_("One"), ngettext("%(n)s two", "%(n)s twos", n), pgettext("verb", "Open"), other("no"))'
    assert set(extract.of_python(python)) == {
        Message("One"),
        Message("%(n)s two", plural="%(n)s twos"),
        Message("Open", "verb"),
    }
    template = (
        '{% translate "Mine" %} {% translate "Open" context "verb" %} {{ x|default:_("none") }}'
        "{% blocktranslate count n=n %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}"
        '{% blocktranslate with who=x %}by {{ who }} (50%){% endblocktranslate %}{% include "a" with t=_("b (c)") %}'
    )
    assert {message.text for message in extract.of_template(template)} == {
        "Mine", "Open", "none", "%(n)s row", "by %(who)s (50%%)", "b (c)"
    }  # fmt: skip
    assert [message.text for message in extract.of_script("announce(translated('It\\'s {n}', { n }))")] == ["It's {n}"]
