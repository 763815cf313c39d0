"""DMN files that import each other: which file an import means, before and after deployment.

An import names a namespace. It means a file that is deployed together with the importing one, else the newest file of
that namespace that was deployed before. What it means never changes afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.db.models import Case, IntegerField, QuerySet, Value, When

from orchestrator import dmn, safexml
from orchestrator.models import Resource

Read = dmn.Definitions | dmn.DmnError


def imported_by(resource_id: int, content: bytes) -> dict[str, int]:
    """Namespace -> the file that the import of a deployed file means."""
    wanted = _links(content)[1]
    if not wanted:
        return {}
    resource = Resource.objects.only("deployment").get(pk=resource_id)
    before = Resource.objects.filter(deployment__lte=resource.deployment_id).exclude(pk=resource_id)
    together = Case(
        When(deployment=resource.deployment_id, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    found = {space: _newest(space, before.order_by(together, "-pk")) for space in wanted}
    return {space: id for space, id in found.items() if id is not None}


def read(files: Mapping[str, bytes]) -> dict[str, Read]:
    """Each file as definitions, or why it cannot be read; files import each other in any order, and deployed ones."""
    links = {name: _links(content) for name, content in files.items()}
    spaces = {space for space, _ in links.values()}
    outside = {space for _, imports in links.values() for space in imports} - spaces
    known = dict(_deployed(outside))
    found: dict[str, Read] = {}
    waiting = list(files)
    while waiting:
        missing = {links[name][0] for name in waiting} - known.keys()
        ready = [name for name in waiting if not links[name][1] & missing] or waiting[:1]
        for name in ready:
            found[name] = _parse(files[name], known)
        for name in ready:
            waiting.remove(name)
            read_one = found[name]
            if isinstance(read_one, dmn.Definitions):
                known.setdefault(links[name][0], read_one)
    return found


def are_linked(files: Mapping[str, bytes]) -> bool:
    """Does one of these files import another one of them?"""
    links = [_links(content) for content in files.values()]
    return any(space in imports for space, _ in links for _, imports in links)


def _parse(content: bytes, known: Mapping[str, dmn.Definitions]) -> Read:
    try:
        return dmn.parse(content, imports=known)
    except dmn.DmnError as error:
        return error


def _deployed(spaces: set[str]) -> Iterator[tuple[str, dmn.Definitions]]:
    for space in spaces:
        id = _newest(space, Resource.objects.order_by("-pk"))
        if id is not None:
            yield space, _with_imports(id)


def _with_imports(resource_id: int) -> dmn.Definitions:
    content = bytes(Resource.objects.values_list("content", flat=True).get(pk=resource_id))
    return dmn.parse(content, imports={s: _with_imports(id) for s, id in imported_by(resource_id, content).items()})


def _newest(space: str, resources: QuerySet[Resource]) -> int | None:
    """The first of these files that has this namespace."""
    mentions = resources.filter(kind=Resource.Kind.DMN).extra(  # no lookup of Django's reads binary content
        where=["position(%s::bytea in content) > 0"], params=[space.encode()]
    )
    found = mentions.values_list("pk", "content")
    return next((int(id) for id, content in found if _links(bytes(content))[0] == space), None)


def _links(content: bytes) -> tuple[str, frozenset[str]]:
    """The namespace of a file and those that it imports; what is no XML has neither."""
    try:
        root = safexml.read(content)
    except safexml.XmlRefused:
        return "", frozenset()
    imports = (element for element in root.iterchildren("{*}import"))
    return root.get("namespace", ""), frozenset(element.get("namespace", "") for element in imports)
