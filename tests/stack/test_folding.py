"""A folded template says what Django would say, in each language, and asks less for it."""

from __future__ import annotations

from typing import Any

import pytest
from django.template import Context, Engine, Template, TemplateDoesNotExist
from django.template.base import TextNode
from django.urls import set_script_prefix
from django.utils import translation

from orchestrator import folding

HEAD = "{% load static i18n %}{% static 'icons.svg' as icons %}"
LIBRARIES = {
    "static": "django.templatetags.static",
    "i18n": "django.templatetags.i18n",
    "partials": "template_partials.templatetags.partials",
}


def engine(**files: str) -> Engine:
    named = {f"{name}.html": text for name, text in files.items()}
    inner = [("django.template.loaders.locmem.Loader", named)]
    loaders = [("template_partials.loader.Loader", [("orchestrator.folding.Loader", inner)])]
    return Engine(loaders=loaders, libraries=LIBRARIES)


def said(made: Engine, name: str = "page.html", **context: Any) -> str:
    return made.get_template(name).render(Context(context))


@pytest.mark.parametrize(
    "text",
    [
        "a {% translate 'Claim' %} b",
        "{% translate 'More & more' %}{% translate word %}{% translate 'Claim' as said %}[{{ said }}]",
        "{% translate '5%% of <b>it</b>' %}{% autoescape off %}{% translate 'Tasks' %}{{ word }}{% endautoescape %}",
        "{% blocktranslate %}Nobody yet{% endblocktranslate %}{% translate 'Tasks' context 'noun' %}",
        "{% url 'inbox' %}?{% url 'task' pk=number %}{% url 'inbox' as a %}{{ a }}{% url 'nowhere' as b %}{{ b }}",
        "{% static 'a b.css' %}{% static word %}{{ icons }}#x{{ icons|upper }}{{ icons.x }}",
        "{% with icons=word %}{{ icons }}{% endwith %}{{ icons }}",
        "{% for icons in many %}{{ icons }}{% empty %}{% translate 'Claim' %}{% endfor %}",
        "{% static 'other.svg' as icons %}{{ icons }}",
        "{% language 'de' %}{% translate 'Claim' %}{% endlanguage %}{% translate 'Claim' %}",
        "{% if number %}{% translate 'Claim' %}{{ icons }}{% elif word %}{{ word }}{% else %}{{ icons }}{% endif %}",
        "{% comment %}x{% endcomment %}{{ word }}{% templatetag openvariable %}{% spaceless %}<b> "
        "{% translate 'Claim' %}</b> "
        "<i></i>{% endspaceless %}{% filter upper %}{% translate 'Claim' %}{% endfilter %}",
    ],
)
@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("number", [0, 7])
def test_it_says_the_same(text: str, language: str, number: int) -> None:
    context = {"word": "<i>&", "number": number, "many": [1, 2] if number else []}
    plain = Template(HEAD + text, engine=Engine(libraries=LIBRARIES))
    with translation.override(language):
        expected = plain.render(Context(context))
        made = engine(page=HEAD + text)
        assert [said(made, **context), said(made, **context)] == [expected, expected]


def test_blocks_includes_and_partials_are_folded_too() -> None:
    base = "{% load i18n %}<{% block a %}{% translate 'Claim' %}{% endblock %}|{% block b %}{% endblock %}>"
    page = (
        "{% extends 'base.html' %}{% load i18n partials %}"
        "{% block a %}{{ block.super }}+{% translate 'Tasks' %}{% endblock %}"
        "{% block b %}{% partialdef part inline %}{% translate 'Claim' %}{{ x }}{% endpartialdef %}"
        "{% include 'other.html' with x=8 %}{% endblock %}"
    )
    made = engine(base=base, page=page, other="{% load i18n %}{% translate 'Tasks' %}{{ x }}")
    with translation.override("de"):
        assert said(made, x=1) == "<Übernehmen+Aufgaben|Übernehmen1Aufgaben8>"
        assert said(made, "page.html#part", x=2) == "Übernehmen2"
    assert said(made, x=1) == "<Claim+Tasks|Claim1Tasks8>"


def test_includes_say_what_django_says() -> None:
    pages = {
        "tree": "({{ n }}{% if n %}{% include 'tree.html' with n=m m='' %}{% endif %})",
        "set": "{% load static %}{% static 'a.svg' as a %}{{ a }}{{ n }}",
        "whole": "{% extends 'base.html' %}{% block a %}{{ n }}{% endblock %}",
        "base": "<{% block a %}{% endblock %}>",
        "page": "{% include 'tree.html' with n=1 m=2 %}{% include 'set.html' %}[{{ a }}]{% include which %}"
        "{% include 'set.html' only %}{% include 'set.html' with n=3 only %}{% include 'whole.html' with n=4 %}",
    }
    context = {"n": 7, "which": "set.html"}
    assert said(engine(**pages), **context) == "(1(2()))/static/a.svg7[]/static/a.svg7/static/a.svg/static/a.svg3<4>"
    with pytest.raises(TemplateDoesNotExist):
        said(engine(page="{% include 'nowhere.html' %}"))


def test_what_never_differs_is_one_text() -> None:
    made = engine(
        page=HEAD + "<a href='{% url 'inbox' %}'>{% translate 'Claim' %}</a><use href='{{ icons }}#x'/>{{ word }}"
    )
    with translation.override("de"):
        first, *_ = nodes = [node for node in made.get_template("page.html").nodelist if isinstance(node, TextNode)]
    assert len(nodes) == 1
    assert "<a href='/'>Übernehmen</a>" in first.s


def test_addresses_are_those_of_the_path_below_which_the_product_lives() -> None:
    made = engine(page="{% url 'inbox' %}")
    assert said(made) == "/"
    set_script_prefix("/baton/")
    try:
        assert said(made) == "/baton/"
    finally:
        set_script_prefix("/")


def test_an_unknown_address_is_told_when_the_page_is_made() -> None:
    made = engine(page="{% if x %}{% url 'nowhere' %}{% endif %}ok")
    assert said(made, x=False) == "ok"
    with pytest.raises(Exception, match="nowhere"):
        said(made, x=True)


def test_the_product_uses_it() -> None:
    from django.template import engines

    loaders = [inner for outer in engines["django"].engine.template_loaders for inner in outer.loaders]
    assert any(isinstance(one, folding.Loader) for one in loaders)
