"""Files in a form: what a file picker takes, and documents as pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _

from orchestrator import feel
from orchestrator.runtime import documents, feelers, sniffing
from tasks_inbox.forms.fill import Spot

MOST = 20  # of one field


@dataclass(frozen=True, slots=True)
class File:
    """`token` stands for it in a request. A document of another store has no addresses here."""

    token: str
    name: str
    size: str = ""
    url: str = ""
    image: str = ""  # the address of a preview
    pdf: str = ""


def accept(spot: Spot, environment: feel.Environment) -> str:
    """Suffixes and types that may be chosen, as the attribute of HTML; '' for every file."""
    rule = spot.component.get("accept")
    return feelers.render(rule, spot.scope, environment).strip() if isinstance(rule, str) else ""


def several(spot: Spot, environment: feel.Environment) -> bool:
    rule = spot.component.get("multiple")
    return (feelers.evaluate(rule, spot.scope, environment) if feelers.is_expression(rule) else rule) is True


def unfit(spot: Spot, environment: feel.Environment, name: str, content_type: str) -> str:
    """Why this file is not for this field; '' if it is."""
    wanted = accept(spot, environment)
    if sniffing.accepted(wanted, name, content_type):
        return ""
    return _("“%(name)s” cannot be sent here. Choose one of: %(kinds)s") % {"name": name, "kinds": wanted}


def sentences(spot: Spot, environment: feel.Environment) -> list[str]:
    """What is wrong with the files of a field."""
    chosen = spot.value if isinstance(spot.value, list) else []
    found = [unfit(spot, environment, _name(one), str(_metadata(one).get("contentType") or "")) for one in chosen]
    if len(chosen) > 1 and not several(spot, environment):
        found.append(_("Choose one file."))
    if len(chosen) > MOST:
        found.append(_("Choose at most %(most)s files.") % {"most": MOST})
    return [sentence for sentence in found if sentence]


def shown(reference: documents.Reference) -> File:
    """A document as a page shows it: by its metadata; what is served is up to the store."""
    pk, metadata = documents.own_id(reference), _metadata(reference)
    size = metadata.get("size")
    kind = metadata.get("contentType")
    preview = reverse("document_preview", args=[pk]) if pk else ""
    return File(
        token=str(reference["documentId"]),
        name=_name(reference),
        size=filesizeformat(int(size)) if isinstance(size, int | Decimal) else "",
        url=reverse("document", args=[pk]) if pk else "",
        image=preview if kind in sniffing.IMAGES else "",
        pdf=preview if kind == "application/pdf" else "",
    )


def shown_all(value: Any) -> tuple[File, ...]:
    return tuple(shown(one) for one in documents.references(value))


def _metadata(reference: Mapping[str, Any]) -> Mapping[str, Any]:
    found = reference.get("metadata")
    return found if isinstance(found, Mapping) else {}


def _name(reference: Mapping[str, Any]) -> str:
    return str(_metadata(reference).get("fileName") or _("Document"))[:255]
