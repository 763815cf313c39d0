"""What changed between two versions of a diagram: elements added, removed, changed, by id. Moving is no change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from orchestrator import safexml
from orchestrator.bpmn import support
from orchestrator.bpmn.source import Element, local, namespace

# What a list of changes names; everything else is a part of the nearest of these around it.
ELEMENTS = frozenset(support.FLOW_NODES) | {
    *("process", "sequenceFlow", "participant", "lane", "messageFlow"),
    *("message", "signal", "error", "escalation"),
    *("dataObjectReference", "dataStoreReference", "textAnnotation", "association", "group"),
}
# Said by the sequence flows themselves.
_REPEATED = frozenset({"incoming", "outgoing"})


@dataclass(frozen=True, slots=True)
class Change:
    """An element by its id, its tag, its name or "", and for a changed one the attributes and parts that differ."""

    id: str
    what: str
    name: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    added: tuple[Change, ...] = ()
    removed: tuple[Change, ...] = ()
    changed: tuple[Change, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


# What an element says without the elements inside it: "type", an attribute or a part -> its value.
Said = dict[str, tuple[str, ...]]


def difference(before: bytes, after: bytes, elements: frozenset[str] = ELEMENTS) -> Difference:
    """From one file to the next, in the order of the files. Raises safexml.XmlRefused."""
    old, new = (dict(_elements(safexml.read(content), elements)) for content in (before, after))
    return compare(
        {id: (_change(element), _said(element, elements)) for id, element in old.items()},
        {id: (_change(element), _said(element, elements)) for id, element in new.items()},
    )


def compare(old: Mapping[str, tuple[Change, Said]], new: Mapping[str, tuple[Change, Said]]) -> Difference:
    """Two files as id -> (how to name it, what it says)."""
    both = [(new[id][0], _parts(old[id][1], new[id][1])) for id in new if id in old]
    return Difference(
        added=tuple(change for id, (change, _) in new.items() if id not in old),
        removed=tuple(change for id, (change, _) in old.items() if id not in new),
        changed=tuple(Change(change.id, change.what, change.name, parts) for change, parts in both if parts),
    )


def _parts(old: Said, new: Said) -> tuple[str, ...]:
    return tuple(part for part in sorted(old.keys() | new.keys()) if old.get(part) != new.get(part))


def _elements(root: Element, elements: frozenset[str]) -> Iterator[tuple[str, Element]]:
    for element in root.iter(etree.Element):
        if local(element) in elements and (id := element.get("id")):
            yield id, element


def _change(element: Element) -> Change:
    return Change(element.get("id", ""), local(element), " ".join(element.get("name", "").split()))


def _said(element: Element, elements: frozenset[str]) -> Said:
    said: Said = {"type": (local(element),)}
    for name, value in element.attrib.items():
        if not _only_looks(str(name)):
            said[etree.QName(name).localname] = (str(value),)
    for child in element.iterchildren(etree.Element):
        if local(child) == "extensionElements":
            for extension in child.iterchildren(etree.Element):
                _add(said, extension, elements)
        else:
            _add(said, child, elements)
    return said


def _add(said: Said, child: Element, elements: frozenset[str]) -> None:
    tag = local(child)
    if tag in _REPEATED or tag in elements or namespace(child) in support.LOOKS:
        return
    said[tag] = (*said.get(tag, ()), "".join(_written(child, elements)))


def _written(element: Element, elements: frozenset[str]) -> Iterator[str]:
    """An element as one text that does not depend on how the file is laid out."""
    yield f"<{element.tag!s} {sorted((str(k), str(v)) for k, v in element.attrib.items() if not _only_looks(str(k)))}>"
    yield (element.text or "").strip()
    for child in element.iterchildren(etree.Element):
        if local(child) not in elements:
            yield from _written(child, elements)
            yield (child.tail or "").strip()
    yield "</>"


def _only_looks(name: str) -> bool:
    return etree.QName(name).namespace in support.LOOKS - {support.XSI} or name == "id"
