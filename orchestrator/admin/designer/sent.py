"""What a designer sends. Whatever cannot be used is Refused with a sentence."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest

from orchestrator.admin.designer.access import Refused
from orchestrator.models import Resource
from orchestrator.runtime.drafts import Drawn
from orchestrator.runtime.inspection import MAX_BYTES

NAMES = {Resource.Kind.BPMN: "New process", Resource.Kind.DMN: "New decision", Resource.Kind.FORM: "New form"}
TOO_BIG = f"This is larger than {MAX_BYTES // 1024 // 1024} MB, which is the most that is saved and deployed."


def drawing(request: HttpRequest) -> Drawn:
    """The content travels as a file, so that the limit for forms does not meet it."""
    kind = request.POST.get("kind", "")
    content = text(request, "content")
    if kind not in NAMES:
        raise Refused(400, "It is not known whether this is a process, a decision or a form: reload the page.")
    name = line(request, "name", 255)
    return Drawn(Resource.Kind(kind), name or NAMES[Resource.Kind(kind)], content, base(request, kind))


def process(request: HttpRequest) -> Drawn:
    """A drawing that can run."""
    what = drawing(request)
    if what.kind != Resource.Kind.BPMN:
        raise Refused(400, "Only a process can be tried and tested step by step.")
    return what


def text(request: HttpRequest, name: str, at_most: int = MAX_BYTES) -> str:
    upload = request.FILES.get(name)
    if upload is None:
        raise Refused(400, "Nothing was sent: reload the page.")
    if (upload.size or 0) > at_most:
        raise Refused(413, TOO_BIG if at_most == MAX_BYTES else f"This is larger than {at_most // 1024} kB.")
    try:
        content = str(upload.read(), "utf-8" if name == "content" else "utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(400, "What was sent is no text in UTF-8.") from None
    if "\x00" in content:
        raise Refused(400, "What was sent holds a NUL character, which no file may hold.")
    return content


def line(request: HttpRequest, name: str, at_most: int) -> str:
    """A short text on one line, cut where it is too long."""
    return " ".join(request.POST.get(name, "").replace("\x00", "").split())[:at_most]


def base(request: HttpRequest, kind: str) -> Resource | None:
    given = request.POST.get("base", "")
    if not given:
        return None
    found = Resource.objects.filter(pk=int(given), kind=kind).first() if is_key(given) else None
    if found is None:
        raise Refused(400, "The deployed file that this began with does not exist: reload the page.")
    return found


def is_key(text: str) -> bool:
    """May this be the key of a row?"""
    return text.isascii() and text.isdecimal() and len(text) < 19


def version(request: HttpRequest) -> int:
    given = request.POST.get("version", "")
    if not given.isdecimal() or len(given) > 9:
        raise Refused(400, "The version of the draft was not sent: reload the page.")
    return int(given)


def somebody(request: HttpRequest) -> AbstractBaseUser:
    """Who asks; nobody comes this far without having signed in."""
    assert isinstance(request.user, AbstractBaseUser)
    return request.user
