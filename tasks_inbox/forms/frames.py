"""Other pages within a form: the `iframe` of form-js, as a value that a page of ours can show.

Rule of the file: https only, and locked up in a sandbox out of which the modeller lets it name by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from orchestrator.runtime.form_schema import SECURITY
from tasks_inbox.forms.schema import Component

HEIGHT = 300
LONGEST_URL = 2_000


@dataclass(frozen=True, slots=True)
class Frame:
    """`sandbox` and `allow` are attributes of the iframe; `height` is in pixels."""

    url: str
    label: str
    height: int
    sandbox: str
    allow: str

    @property
    def origin(self) -> str:
        """“https://maps.example:8443”: what a Content-Security-Policy lets in."""
        return f"https://{urlsplit(self.url).netloc}"


def frame(component: Component, url: str, label: str) -> Frame | None:
    """None where the address, with people's data in it, is none that may be shown."""
    if not is_safe(url):
        return None
    security = component.get("security")
    granted = [SECURITY[name] for name, value in (security or {}).items() if value is True and name in SECURITY]
    height = component.get("height")
    return Frame(
        url=url,
        label=label,
        height=height if isinstance(height, int) else HEIGHT,
        sandbox=" ".join(word for attribute, word in granted if attribute == "sandbox"),
        allow="; ".join(word for attribute, word in granted if attribute == "allow"),
    )


def is_safe(url: str) -> bool:
    """An https address without a password in it, whose host can stand in a policy."""
    if len(url) > LONGEST_URL or not url.isprintable() or " " in url or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    known = host.isascii() and all(letter.isalnum() or letter in ".-" for letter in host) and "." in host
    return parts.scheme == "https" and known and "@" not in parts.netloc and (port is None or port > 0)
