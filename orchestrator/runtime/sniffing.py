"""What a file is, by its own bytes; and a name for it that is safe to show and to save. Pure.

What a browser says about a file is what a stranger says. Whatever is not known here is `application/octet-stream`, and
nothing that a browser would run (HTML, SVG, XML, scripts) is ever known.
"""

from __future__ import annotations

import re
import unicodedata
from io import BytesIO
from zipfile import BadZipFile, ZipFile

UNKNOWN = "application/octet-stream"
TEXT = "text/plain"

#: Beginning of the file -> its type.
SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),  # Office before 2007, Outlook messages
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"{\\rtf", "application/rtf"),
)
#: A file within a ZIP archive -> what the archive is.
IN_ARCHIVE = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/presentation.xml": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
MOST_IN_ARCHIVE = 10_000  # names that are looked at

#: What pages show beside its name. Browsers run nothing of these, as long as they are served as exactly this.
IMAGES = frozenset(["image/png", "image/jpeg", "image/gif", "image/webp"])
PREVIEWED = IMAGES | {"application/pdf"}

LONGEST_NAME = 200  # characters
_SEPARATORS = re.compile(r"[/\\]")
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


def content_type(content: bytes) -> str:
    for beginning, found in SIGNATURES:
        if content.startswith(beginning):
            return found
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _archive(content)
    return TEXT if _is_text(content) else UNKNOWN


def file_name(name: str) -> str:
    """The last part of a path, without what steers terminals, file systems and the direction of writing."""
    text = unicodedata.normalize("NFC", name)
    text = _SEPARATORS.split(text.strip())[-1]
    text = "".join(letter for letter in text if unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    text = _FORBIDDEN.sub("_", " ".join(text.split())).strip(". ")
    if not text or _RESERVED.fullmatch(text):
        text = f"file {text}".strip()
    return _shortened(text)


def suffix(name: str) -> str:
    """“.pdf”, in small letters; '' where a name has none."""
    stem, point, end = name.rpartition(".")
    return f".{end.lower()}" if point and stem else ""


def accepted(accept: str, name: str, found: str) -> bool:
    """Does a file pass an `accept` attribute, such as “.pdf, image/*”? Nothing: every file does.

    A type is held against what was found in the file, a suffix against its name.
    """
    wanted = [part.strip().lower() for part in accept.split(",") if part.strip()]
    return not wanted or any(_passes(one, name, found) for one in wanted)


def _passes(wanted: str, name: str, found: str) -> bool:
    if wanted.startswith("."):
        return name.lower().endswith(wanted)
    if wanted.endswith("/*"):
        return wanted == "*/*" or found.startswith(wanted[:-1])
    return found == wanted


def _archive(content: bytes) -> str:
    try:
        with ZipFile(BytesIO(content)) as archive:
            names = archive.namelist()[:MOST_IN_ARCHIVE]
            if names[:1] == ["mimetype"] and archive.getinfo("mimetype").file_size < 100:
                written = archive.read("mimetype").decode("ascii", "replace")
                if re.fullmatch(re.escape(OPEN_DOCUMENT) + r"[a-z-]{1,30}", written):
                    return written
    except (BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError, EOFError):
        return UNKNOWN
    return next((kind for name, kind in IN_ARCHIVE.items() if name in names), "application/zip")


def _is_text(content: bytes) -> bool:
    if b"\x00" in content:
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _shortened(name: str) -> str:
    if len(name) <= LONGEST_NAME:
        return name
    end = suffix(name)[:20]
    return name[: LONGEST_NAME - len(end)] + end
