"""Markdown and HTML from a modeller, with people's data in it, made safe: no script, no style, no remote picture."""

from __future__ import annotations

import re
from html import escape

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table").enable("strikethrough")
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")

_TAGS = {
    *("a", "b", "blockquote", "br", "caption", "code", "dd", "del", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4"),
    *("h5", "h6", "hr", "i", "li", "ol", "p", "pre", "s", "small", "span", "strong", "sub", "sup", "table", "tbody"),
    *("td", "tfoot", "th", "thead", "tr", "u", "ul"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
}


def from_markdown(text: str) -> SafeString:
    return _clean(_MARKDOWN.render(text))


def from_html(text: str) -> SafeString:
    return _clean(text)


def as_markdown_text(value: str) -> str:
    """Data within Markdown: what a person typed is shown and does not format."""
    return _PUNCTUATION.sub(r"\\\1", value).replace("\n", "\\\n")


def as_html_text(value: str) -> str:
    """Data within HTML, likewise."""
    return escape(value)


def _clean(html: str) -> SafeString:
    cleaned = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
    )
    return mark_safe(cleaned)
