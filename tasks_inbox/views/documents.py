"""Documents and attachments as they are served, and other pages within a form.

What people upload is never trusted: its type was read from its bytes, it is saved rather than opened, and what is
shown within a page is shown as exactly that type, without script and without a way out.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header

from orchestrator.models import Document, ProcessInstance
from orchestrator.runtime import permissions, restricted, sniffing
from tasks_inbox import framing
from tasks_inbox.permissions import visible_tasks
from tasks_inbox.views.answers import page
from tasks_inbox.views.http import Request

#: No script, no form, no other address, an origin of its own. Browsers' viewers show a PDF within it all the same.
LOCKED = "default-src 'none'; sandbox; frame-ancestors 'self'"

FRAME_STYLE = "html, body { margin: 0; overflow: hidden } iframe { display: block; width: 100%; border: 0 }"
FRAME_STYLE_HASH = f"sha256-{b64encode(sha256(FRAME_STYLE.encode()).digest()).decode()}"


@page("GET")
def document(request: Request, pk: UUID) -> HttpResponse:
    found = get_document_or_404(request.user, pk)
    return served(bytes(found.content), found.content_type, found.name)


@page("GET")
def document_preview(request: Request, pk: UUID) -> HttpResponse:
    found = get_document_or_404(request.user, pk)
    return previewed(bytes(found.content), found.content_type, found.name)


@page("GET")
def form_frame(request: Request) -> HttpResponse:
    """A page that shows one other page. Its policy lets in that page's origin and nothing else."""
    frame = framing.read(request.user, request.GET.get("page", ""))
    if frame is None:
        raise Http404("There is no such page.")
    response = render(request, "inbox/frame.html", {"frame": frame, "style": FRAME_STYLE})
    policy = f"default-src 'none'; style-src '{FRAME_STYLE_HASH}'; frame-src {frame.origin}; frame-ancestors 'self'"
    response["Content-Security-Policy"] = policy
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


def get_document_or_404(user: User, pk: UUID) -> Document:
    """An upload is its uploader's alone; what a process holds is for whoever may see its case, or a case that it
    called or that called it.
    """
    found = Document.objects.select_related("process_instance").filter(pk=pk).first()
    if found is None or not _may_see(user, found):
        raise Http404("There is no such document.")
    return found


def served(content: bytes, content_type: str, name: str) -> HttpResponse:
    """To be saved, as a file of this name."""
    return _answer(content, content_type, name, saved=True)


def previewed(content: bytes, content_type: str, name: str) -> HttpResponse:
    """To be shown within a page. Raises Http404 for what is not a picture or a PDF."""
    if content_type not in sniffing.PREVIEWED:
        raise Http404("This cannot be shown.")
    return _answer(content, content_type, name, saved=False)


def _answer(content: bytes, content_type: str, name: str, *, saved: bool) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=content_type,
        headers={
            "Content-Disposition": content_disposition_header(saved, name) or "attachment",
            "Content-Security-Policy": LOCKED,
            "Cross-Origin-Resource-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "SAMEORIGIN",
        },
    )


def _may_see(user: User, document: Document) -> bool:
    instance = document.process_instance
    if document.kept_at is None or instance is None:
        return document.uploaded_by_id == user.pk
    if document.variable in restricted.hidden(user, instance.definition_id):
        return False
    root = instance.root_id or instance.pk
    case = ProcessInstance.objects.filter(Q(pk=root) | Q(root=root)).order_by().values("pk")
    tasks = visible_tasks(user).filter(process_instance__in=case).order_by()
    seen = permissions.visible_instances(user, Q(pk__in=tasks.values("process_instance")))
    return seen.filter(pk__in=case).exists()
