"""Mail from a process: the addresses are checked here, the mail itself is a row and goes out after the commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from email.utils import getaddresses
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string

from orchestrator.connectors.base import ConnectorError, Header, Input, JobRequest, Outcome, OutgoingMail

MAX_RECIPIENTS = 50
MAX_SUBJECT = 500
TEMPLATES = "mail/process"  # a folder of templates; a model names one of them


class EmailConnector:
    name = "email"
    title = "E-mail"
    description = "Sends a mail to one or more people."
    inputs = (
        Input("to", "To", required=True, description="An address, several separated by commas, or a list"),
        Input("cc", "Copy to"),
        Input("subject", "Subject", required=True),
        Input("text", "Text", "text"),
        Input("html", "HTML", "text", description="Without it the text is sent alone"),
        Input("template", "Template", description="Name of a template in templates/mail/process, instead of a text"),
    )
    headers: tuple[Header, ...] = ()

    def call(self, request: JobRequest) -> Outcome:
        return Outcome(mails=(self._mail(request.inputs),))

    def preview(self, request: JobRequest) -> Mapping[str, Any]:
        return asdict(self._mail(request.inputs))

    def _mail(self, given: Mapping[str, Any]) -> OutgoingMail:
        to, cc = _addresses(given.get("to"), "to"), _addresses(given.get("cc"), "cc")
        if not to:
            raise ConnectorError("The mail has no recipient: the input “to” is empty", permanent=True)
        if len(to) + len(cc) > MAX_RECIPIENTS:
            raise ConnectorError(f"The mail has {len(to) + len(cc)} recipients; {MAX_RECIPIENTS} are allowed", True)
        return OutgoingMail(to=to, cc=cc, subject=_subject(given.get("subject")), **_bodies(given))


def _addresses(value: Any, name: str) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    parts = value if isinstance(value, list) else [value]
    if not all(isinstance(part, str) for part in parts):
        raise ConnectorError(f"The input “{name}” is no address and no list of addresses", permanent=True)
    if any(character in part for part in parts for character in "\r\n\x00"):
        raise ConnectorError(f"The input “{name}” has more than one line, which is no address", permanent=True)
    found = [address for _, address in getaddresses([part.replace(";", ",") for part in parts])]
    for address in found:
        try:
            validate_email(address)
        except ValidationError:
            raise ConnectorError(f"The input “{name}” holds {address!r}, which is no address", True) from None
    return tuple(dict.fromkeys(found))


def _subject(value: Any) -> str:
    subject = str(value or "").strip()
    if not subject:
        raise ConnectorError("The mail has no subject", permanent=True)
    if any(character in subject for character in "\r\n\x00"):
        raise ConnectorError("The subject of the mail has more than one line", permanent=True)
    return subject[:MAX_SUBJECT]


def _bodies(given: Mapping[str, Any]) -> dict[str, str]:
    template = given.get("template")
    if not template:
        return {"text": str(given.get("text") or ""), "html": str(given.get("html") or "")}
    if not isinstance(template, str) or not template.replace("-", "").replace("_", "").isalnum():
        raise ConnectorError("The name of a mail template has letters, digits, - and _ only", permanent=True)
    try:
        text = render_to_string(f"{TEMPLATES}/{template}.txt", dict(given))
    except TemplateDoesNotExist:
        raise ConnectorError(f"There is no mail template {template}", permanent=True) from None
    try:
        return {"text": text, "html": render_to_string(f"{TEMPLATES}/{template}.html", dict(given))}
    except TemplateDoesNotExist:
        return {"text": text, "html": ""}
