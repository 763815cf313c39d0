"""Templates are folded: what is the same in every answer is text, and only the rest is worked out for each one.

A page has a hundred translated phrases, addresses of other pages and of icons. Django looks each of them up for every
answer. Here a template is compiled once per language and becomes, where nothing depends on the context, one text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.template import Context, Engine, Node, TemplateDoesNotExist
from django.template.base import NodeList, TextNode, Variable, VariableNode
from django.template.defaulttags import ForNode, IfNode, LoadNode, URLNode, WithNode
from django.template.loader_tags import BlockNode, ExtendsNode, IncludeNode
from django.template.loaders import base, cached
from django.templatetags.i18n import LanguageNode, TranslateNode
from django.templatetags.static import StaticNode
from django.urls import NoReverseMatch, get_script_prefix
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language


class _Folding(base.Loader):
    """Folds before anybody sees the template: nothing changes in one that is rendered."""

    def get_template(self, template_name: str, skip: list[Any] | None = None) -> Any:
        template = super().get_template(template_name, skip)
        _including.append(template_name)
        try:
            fold(template.nodelist, engine=self.engine)
        finally:
            _including.remove(template_name)
        return template


class Loader(cached.Loader, _Folding):
    """Keeps one template for each language, and each path below which the product lives."""

    def cache_key(self, template_name: str, skip: list[Any] | None = None) -> str:
        return f"{get_language()} {get_script_prefix()} {super().cache_key(template_name, skip)}"


def fold(nodes: NodeList, known: dict[str, str] | None = None, engine: Engine | None = None) -> None:
    """In place, for the language of this moment. `known`: variables that are the same in every answer. `engine`: knows
    the templates that are included.
    """
    known = _constants(nodes) if known is None else known
    folded: list[Node] = []
    for node in nodes:
        text = node.s if isinstance(node, TextNode) else _text(node, known)
        if text is None:
            for inner in _inside(node):
                fold(inner, known, engine)
            folded.append(_assigned(node) or _included(node, engine) or node)
        elif folded and isinstance(folded[-1], TextNode):
            folded[-1] = TextNode(folded[-1].s + text)
        elif text:
            folded.append(TextNode(text))
    nodes[:] = folded


def _text(node: Node, known: dict[str, str]) -> str | None:
    """What the node says in every answer; None: that depends."""
    if isinstance(node, LoadNode):
        return ""
    if isinstance(node, VariableNode):
        return known.get(_name(node.filter_expression))
    if isinstance(node, TranslateNode):
        plain = node.asvar is None and node.message_context is None and _literal(node.filter_expression)
        return str(node.render(_NOTHING)) if plain else None
    if isinstance(node, StaticNode):
        return _address(node) if node.varname is None and _literal(node.path) else None
    if isinstance(node, URLNode) and not (node.asvar or node.args or node.kwargs) and _literal(node.view_name):
        try:
            return _plain(node.render(_NOTHING))
        except NoReverseMatch:
            return None  # it is said where the template is rendered
    return None


class Assigned(Node):
    """`{% static … as … %}` and the like, found out."""

    child_nodelists = ()

    def __init__(self, name: str, value: str) -> None:
        self.name, self.value = name, value

    def render(self, context: Context) -> SafeString:
        context[self.name] = self.value
        return mark_safe("")


def _assigned(node: Node) -> Assigned | None:
    if isinstance(node, StaticNode) and node.varname and _literal(node.path) and (text := _address(node)) is not None:
        return Assigned(node.varname, mark_safe(text))
    return None


class Included(Node):
    """`{% include … %}` of a template that is known."""

    def __init__(self, nodelist: NodeList, extra_context: dict[str, Any]) -> None:
        self.nodelist, self.extra_context = nodelist, extra_context

    def render(self, context: Context) -> SafeString:
        with context.push(**{name: value.resolve(context) for name, value in self.extra_context.items()}):
            return self.nodelist.render(context)


_including: list[str] = []  # names of the templates that are being folded: none is put into itself


def _included(node: Node, engine: Engine | None) -> Included | None:
    if engine is None or not isinstance(node, IncludeNode) or node.isolated_context or not _literal(node.template):
        return None
    name = str(node.template.var)
    if name in _including or name.startswith("."):
        return None
    try:
        nodelist = engine.get_template(name).nodelist
    except TemplateDoesNotExist:
        return None  # it is said where the template is rendered
    if any(isinstance(inner, ExtendsNode | BlockNode) for inner in nodelist.get_nodes_by_type(Node)):
        return None
    return Included(nodelist, node.extra_context)


def _constants(nodes: NodeList) -> dict[str, str]:
    """The variables that `{% static … as … %}` sets, when nothing else does."""
    found: dict[str, str] = {}
    others: set[str] = set()
    for node in _everything(nodes):
        if isinstance(node, StaticNode) and node.varname and _literal(node.path):
            text = _address(node)
            others.update([node.varname] if text is None or found.get(node.varname, text) != text else [])
            found[node.varname] = text or ""
        elif isinstance(node, WithNode):
            others.update(node.extra_context)
        elif isinstance(node, ForNode):
            others.update(node.loopvars)
        elif name := getattr(node, "asvar", None) or getattr(node, "target_var", None):
            others.add(name)
    return {name: text for name, text in found.items() if name not in others}


def _everything(nodes: NodeList) -> Iterator[Node]:
    for node in nodes:
        yield node
        for inner in _inside(node):
            yield from _everything(inner)


def _inside(node: Node) -> list[NodeList]:
    if isinstance(node, LanguageNode):
        return []  # it speaks another one than the rest
    if isinstance(node, IfNode):
        return [inner for _condition, inner in node.conditions_nodelists]
    found = (getattr(node, name, None) for name in node.child_nodelists)
    return [inner for inner in found if isinstance(inner, NodeList)]


def _name(expression: Any) -> str:
    """Of a variable that is printed as it is; '' for everything else."""
    lookups = expression.var.lookups if isinstance(expression.var, Variable) and not expression.filters else None
    return str(lookups[0]) if lookups and len(lookups) == 1 else ""


def _literal(expression: Any) -> bool:
    """A text in quotes, without filters."""
    variable = expression.var
    text = variable if isinstance(variable, str) else getattr(variable, "literal", None)
    return isinstance(text, str) and not expression.filters


def _address(node: StaticNode) -> str | None:
    """Of a file; None before the files are collected, which is said where the template is rendered."""
    try:
        return _plain(node.url(_NOTHING))
    except ValueError:
        return None


def _plain(text: str) -> str | None:
    """Escaped or not, it is the same."""
    return text if escape(text) == text else None


_NOTHING = Context()
