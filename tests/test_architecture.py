"""The directions of docs/contributors/architecture.md, read from the import lines."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CORE = {"feel", "dmn", "bpmn", "engine", "working_time"}
STORED = {"models", "connectors", "signals"}

# Room: the rooms it may import. What is not named here, nobody may import across rooms.
ALLOWED: dict[str, set[str]] = {
    "safexml": set(),
    "feel": set(),
    "dmn": {"feel", "safexml"},
    "bpmn": {"feel", "safexml"},
    "working_time": set(),
    "engine": {"feel", "bpmn", "working_time"},
    "process_tests": CORE | {"safexml"},
    "camunda7": {"feel", "bpmn", "safexml"},
    "models": CORE,
    "connectors": {"feel", "models", "runtime"},
    "signals": {"models"},
    "doorbell": {"celery"},
    "runtime": CORE | STORED | {"doorbell", "safexml"},
    "tasks": {"runtime"},
    "admin": CORE | STORED | {"runtime", "doorbell", "process_tests", "camunda7", "safexml"},
    "migrations": {"models"},
    "tasks_inbox": CORE | STORED | {"runtime", "doorbell", "sign_in", "soundness"},
    "demo": CORE | STORED | {"runtime", "tasks_inbox", "process_tests"},
    # The ground floor
    "environment": set(),
    "devstack": set(),
    "settings": {"environment", "devstack"},
    "hooks": {"runtime"},
    "urls": {"hooks", "outbox", "sign_in"},
    "wsgi": set(),
    "celery": {"broker", "eviction", "standby"},
    "broker": set(),
    "formats": set(),
    "language": set(),
    "folding": set(),
    "policy": set(),
    "soundness": set(),
    "standby": set(),
    "eviction": set(),
    "health": {"models", "eviction"},
    "outbox": set(),
    "uploads": set(),
    "outage": set(),
    "sign_in": {"models"},
    "apps": {"eviction"},
    "management": CORE
    | STORED
    | {"runtime", "devstack", "management", "process_tests", "camunda7", "safexml", "soundness"},
}
PURE = {
    *(f"orchestrator/{room}" for room in CORE),
    "orchestrator/process_tests",
    "orchestrator/camunda7",
    "orchestrator/safexml.py",
    "tasks_inbox/lifecycle.py",
}
IMPURE = {"django", "celery", "kombu", "redis", "psycopg", "time", "random", "secrets", "os", "socket", "subprocess"}
IMPURE |= {"threading", "pathlib", "tempfile", "logging", "httpx2", "requests", "urllib.request", "asyncio"}
CLOCKS = {"now", "today", "utcnow"}


def modules() -> list[Path]:
    return sorted(path for top in ("orchestrator", "tasks_inbox", "demo") for path in (ROOT / top).rglob("*.py"))


def pure_modules() -> list[Path]:
    return [path for path in modules() if any(str(path.relative_to(ROOT)).startswith(pure) for pure in PURE)]


def room_of(module: str) -> str | None:
    """orchestrator.feel.lexer is of the room "feel", tasks_inbox.operations of "tasks_inbox"."""
    top, _, rest = module.partition(".")
    if top == "orchestrator":
        return rest.partition(".")[0] or None
    return top if top in ("tasks_inbox", "demo") else None


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively; write the whole name"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_imports_point_one_way(path: Path) -> None:
    here = room_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
    if here in (None, "__init__"):
        return
    assert here in ALLOWED, f"{name_of(path)} stands in a room the table does not know"
    for module in imported(path):
        there = room_of(module)
        assert there in (None, here) or there in ALLOWED[here], f"{name_of(path)} must not import {module}"


@pytest.mark.parametrize("path", pure_modules(), ids=name_of)
def test_pure_rooms_have_no_database_no_clock_and_no_chance(path: Path) -> None:
    for module in imported(path):
        forbidden = [name for name in IMPURE if module == name or module.startswith(f"{name}.")]
        assert not forbidden, f"{name_of(path)} must not import {module}"
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and node.attr in CLOCKS and isinstance(node.value, ast.Name):
            assert node.value.id not in ("datetime", "date"), f"{name_of(path)}:{node.lineno} asks the clock"


def test_the_table_knows_no_room_that_is_gone() -> None:
    rooms = {room_of(".".join(path.relative_to(ROOT).with_suffix("").parts)) for path in modules()}
    assert set(ALLOWED) <= rooms, set(ALLOWED) - rooms
