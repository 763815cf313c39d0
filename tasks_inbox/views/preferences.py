"""How a person wants their pages: language, colours, density, the single keys. Kept on the server."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings as product
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _

from tasks_inbox import shortcuts
from tasks_inbox.languages import known
from tasks_inbox.models import Profile
from tasks_inbox.views import languages
from tasks_inbox.views.answers import page
from tasks_inbox.views.appearance import remember
from tasks_inbox.views.http import Request, answer

TEMPLATE = "inbox/preferences.html"


@page("GET", "POST")
def preferences(request: Request) -> HttpResponse:
    if request.method == "POST":
        return _keep(request)
    return _page(request, shortcuts.keys(request.look.keys), {})


def _keep(request: Request) -> HttpResponse:
    sent = request.POST
    if sent.get("only") == "shortcuts":  # the switch in the help
        Profile.objects.update_or_create(user=request.user, defaults={"shortcuts": "shortcuts" in sent})
        return HttpResponse(status=204)
    if "reset" in sent:
        wanted: dict[str, str] = {}
    else:
        wanted = {action.name: sent.get(f"key-{action.name}", action.key)[:5] for action in shortcuts.ACTIONS}
    chosen, problems = shortcuts.checked(wanted)
    theme, density = sent.get("theme", request.look.theme), sent.get("density", request.look.density)
    if theme not in Profile.Theme.values:
        problems["theme"] = _("Choose one of the colours in the list.")
    if density not in Profile.Density.values:
        problems["density"] = _("Choose compact or comfortable.")
    language = sent.get("language", request.look.language)
    if language and not known(language):
        problems["language"] = _("Choose one of the languages in the list.")
    if problems:
        return _page(request, {**shortcuts.keys({}), **wanted}, problems, status=422)
    settings = {"theme": theme, "density": density, "shortcuts": "shortcuts" in sent, "keys": chosen}
    Profile.objects.update_or_create(user=request.user, defaults={**settings, "language": language})
    request.look = replace(request.look, language=language)  # what is remembered after this answer
    with translation.override(language or translation.get_language()):
        messages.success(request, _("Your settings are saved."))
    return languages.keep(remember(redirect("preferences"), theme), language)


def _page(request: Request, keys: dict[str, str], problems: dict[str, str], *, status: int = 200) -> HttpResponse:
    context = {
        "actions": [
            (action, keys.get(action.name, action.key), problems.get(action.name, "")) for action in shortcuts.ACTIONS
        ],
        "themes": Profile.Theme.choices,
        "densities": Profile.Density.choices,
        "languages": product.LANGUAGES,
        "problems": problems,
    }
    return answer(request, TEMPLATE, "", context, status=status)
