"""Attacks on the XML reader (promises XA01 to XA05): refused with a sentence and a line."""

from __future__ import annotations

import gzip

import pytest

from orchestrator import safexml

BOMB = b'<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;">]>\n<a>&y;</a>'


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\n<!DOCTYPE a><a/>", "DOCTYPE is not allowed, line 2"),
        (BOMB, "DOCTYPE is not allowed, line 1"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "DOCTYPE is not allowed"),
        (b'<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="x"/></a>', "XInclude is not allowed"),
        (b"", "The file is empty"),
        (b"hello", "not well-formed"),
        (b"<a>\n<b></a>", "line 2"),
        (b"PK\x03\x04rest", "archive"),
        (gzip.compress(b"<a/>", mtime=0), "archive"),
        (b"<a>" * 200 + b"</a>" * 200, "nested deeper than 100"),
        (b"<r>" + b"<a/>" * 20_001 + b"</r>", "more than 20,000 elements"),
        (b'<a id="' + b"x" * 256 + b'"/>', "longer than 255"),
        (b"<a>" + b"x" * (5 * 1024 * 1024) + b"</a>", "at most 5 MB"),
        (b'<?xml version="1.0" encoding="UTF-7"?><a/>', "encoding"),
        (b"<a>\x00</a>", "not well-formed"),
    ],
)
def test_hostile_xml_is_refused(content: bytes, sentence: str) -> None:
    with pytest.raises(safexml.XmlRefused) as refused:
        safexml.read(content)
    assert sentence in str(refused.value)


def test_comments_and_processing_instructions_are_dropped() -> None:
    root = safexml.read(b'<?xml-stylesheet href="x"?><a><!-- c --><?php x?><b/></a>')
    assert [child.tag for child in root] == ["b"]


def test_utf_16_is_read() -> None:
    assert safexml.read('<?xml version="1.0" encoding="UTF-16"?><a n="ü"/>'.encode("utf-16")).get("n") == "ü"
