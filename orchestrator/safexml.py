"""XML that a stranger sent: parsed within bounds, or refused with a sentence. No network, no entities, no DTD."""

from __future__ import annotations

from lxml import etree

MAX_BYTES = 5 * 1024 * 1024
MAX_ELEMENTS = 20_000
MAX_DEPTH = 100
MAX_ID = 255
_ENCODINGS = ("utf-8", "utf8", "utf-16", "utf-16le", "utf-16be", "us-ascii", "ascii", "iso-8859-1", "windows-1252")
_XINCLUDE = "{http://www.w3.org/2001/XInclude}"


class XmlRefused(ValueError):
    """Why this is not read; `line` counts from 1, None where no line can be named."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message if line is None else f"{message}, line {line}")
        self.message = message
        self.line = line


def read(content: bytes) -> etree._Element:
    """The root element. Comments and processing instructions are dropped. Raises XmlRefused."""
    if len(content) > MAX_BYTES:
        raise XmlRefused(
            f"The file has {len(content) / 1024 / 1024:.1f} MB; at most {MAX_BYTES // 1024 // 1024} MB are read"
        )
    if content[:2] in (b"PK", b"\x1f\x8b"):
        raise XmlRefused("The file is an archive, not XML: unpack it first")
    try:
        root = etree.fromstring(content, _parser())
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise _refusal(content, error) from None
    _refuse_doctype(root, content)
    _refuse_encoding(root)
    _refuse_size(root)
    return root


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _refusal(content: bytes, error: Exception) -> XmlRefused:
    if b"<!DOCTYPE" in content:
        return XmlRefused("DOCTYPE is not allowed", content[: content.index(b"<!DOCTYPE")].count(b"\n") + 1)
    if not content.strip():
        return XmlRefused("The file is empty")
    line = getattr(error, "lineno", None)
    reason = str(error).split(", line ")[0]
    return XmlRefused(f"The file is not well-formed XML: {reason}", line or None)


def _refuse_doctype(root: etree._Element, content: bytes) -> None:
    info = root.getroottree().docinfo
    if info.internalDTD is None:
        return
    marker = "<!DOCTYPE".encode("utf-16-le" if b"<\0!" in content else "utf-16-be" if b"\0<\0!" in content else "utf-8")
    before = content[: content.find(marker)]
    raise XmlRefused("DOCTYPE is not allowed", before.count(b"\n") + 1)


def _refuse_encoding(root: etree._Element) -> None:
    encoding = root.getroottree().docinfo.encoding
    if encoding and encoding.lower() not in _ENCODINGS:
        raise XmlRefused(f"The encoding {encoding} is not read: save the file as UTF-8")


def _refuse_size(root: etree._Element) -> None:
    depth = 0
    for count, (event, element) in enumerate(etree.iterwalk(root, events=("start", "end"))):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise XmlRefused(f"Elements are nested deeper than {MAX_DEPTH}", element.sourceline)
        if count > 2 * MAX_ELEMENTS:
            raise XmlRefused(f"The file has more than {MAX_ELEMENTS:,} elements")
        if len(element.get("id", "")) > MAX_ID:
            raise XmlRefused(f"An id is longer than {MAX_ID} characters", element.sourceline)
        if isinstance(element.tag, str) and element.tag.startswith(_XINCLUDE):
            raise XmlRefused("XInclude is not allowed", element.sourceline)
