"""What a file is, whatever it is called and whatever a browser says of it; and which pages a form may show."""

from __future__ import annotations

import io
import zipfile

import pytest

from orchestrator.runtime import sniffing
from tasks_inbox.forms.frames import is_safe

PDF = b"%PDF-1.7\n%%EOF"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
HTML = b"<!doctype html><script>alert(document.domain)</script>"


def archive(*names: str, mimetype: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        if mimetype:
            made.writestr("mimetype", mimetype)
        for name in names:
            made.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (PDF, "application/pdf"),
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a=1;alert(1)", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (archive("word/document.xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (archive("xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (archive(mimetype="application/vnd.oasis.opendocument.text"), "application/vnd.oasis.opendocument.text"),
        (archive(mimetype="text/html"), "application/zip"),
        (archive("a.txt"), "application/zip"),
        (b"PK\x03\x04broken", sniffing.UNKNOWN),
        (b"name;amount\nAda;12\n", "text/plain"),
        (SVG, "text/plain"),
        (HTML, "text/plain"),
        (b"MZ\x90\x00\x03", sniffing.UNKNOWN),
        (b"\xff\xfe<\x00s\x00", sniffing.UNKNOWN),
    ],
)
def test_the_type_of_a_file_is_read_from_its_bytes(content: bytes, found: str) -> None:
    assert sniffing.content_type(content) == found


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("invoice.pdf", "invoice.pdf"),
        ("Rechnung März.pdf", "Rechnung März.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system32\\cmd.exe", "cmd.exe"),
        ("/etc/shadow", "shadow"),
        ("C:\\a\\b.txt", "b.txt"),
        ("..", "file"),
        (".", "file"),
        ("", "file"),
        ("   ", "file"),
        (".htaccess", "htaccess"),
        ("a\x00.pdf", "a.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie_ x=1.pdf"),
        ("a\x1b[31m.pdf", "a[31m.pdf"),
        ("fdp.\u202eexe.pdf", "fdp.exe.pdf"),
        ("a\u200b\ufeff.pdf", "a.pdf"),
        ('a"; filename="b.exe', "a_; filename=_b.exe"),
        ("<script>.pdf", "_script_.pdf"),
        ("CON", "file CON"),
        ("nul.txt", "file nul.txt"),
        ("a.pdf ", "a.pdf"),
        ("a.pdf.", "a.pdf"),
        ("Cafe\u0301.pdf", "Café.pdf"),
        ("%2e%2e%2fa.pdf", "%2e%2e%2fa.pdf"),
        ("a:stream.txt", "a_stream.txt"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
    ],
)
def test_an_evil_name_becomes_a_plain_one(name: str, safe: str) -> None:
    assert sniffing.file_name(name) == safe
    assert "/" not in safe


@pytest.mark.parametrize(
    ("accept", "name", "content_type", "fits"),
    [
        ("", "a.exe", sniffing.UNKNOWN, True),
        (".pdf", "A.PDF", "text/plain", True),
        ("image/*", "a.svg", "text/plain", False),
        ("image/*,.pdf", "a.png", "image/png", True),
        ("application/pdf", "a.pdf", "text/plain", False),
    ],
)
def test_accept_asks_what_was_found_and_not_what_was_said(
    accept: str, name: str, content_type: str, fits: bool
) -> None:
    assert sniffing.accepted(accept, name, content_type) is fits


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://maps.example/a?b=c#d", True),
        ("https://maps.example:8443/", True),
        ("http://maps.example/", False),
        ("javascript:alert(1)", False),
        ("https://user:secret@maps.example/", False),
        ("https://maps.example; script-src *", False),
        ("https://maps.example;script-src/", False),
        ("https://*/", False),
        ("https://localhost/", False),
        ("https:///a", False),
        ("https://maps.example:99999/", False),
        ("https://maps.example\\@evil.example/", False),
        ("//maps.example", False),
        ("", False),
    ],
)
def test_only_plain_https_pages_are_shown(url: str, safe: bool) -> None:
    assert is_safe(url) is safe
