"""Everything a machine can see without running the product: `make check`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parents[1]
PYTHON = sys.executable
STYLE = ["orchestrator", "tasks_inbox", "demo", "tests", "benchmarks", "manage.py"]
PRODUCTION = {
    "ALLOWED_HOSTS": "baton.example.com",
    "BASE_URL": "https://baton.example.com",
    "SECRET_KEY": "check-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ",
    "DATABASE_URL": "postgres://baton@database.example.com/baton",
    "REDIS_URL": "redis://broker.example.com/0",
    "EMAIL_URL": "smtp+tls://baton:secret@mail.example.com:587",
}
CHECKS: dict[str, tuple[list[str], dict[str, str]]] = {
    "Style": ([PYTHON, "-m", "ruff", "check", "--quiet", *STYLE], {}),
    "Format": ([PYTHON, "-m", "ruff", "format", "--check", "--quiet", *STYLE], {}),
    "Types": ([PYTHON, "-m", "mypy"], {}),
    "Directions": ([PYTHON, "-m", "pytest", "-q", "tests/test_architecture.py"], {}),
    "Templates": ([PYTHON, "-m", "tests.check", "templates"], {}),
    "Migrations": ([PYTHON, "-W", "ignore", "manage.py", "makemigrations", "--check", "--dry-run"], {}),
    "Production": ([PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
}


def main() -> int:
    """Runs all of them, whatever fails, and says at the end what did."""
    failed = []
    for name, (command, variables) in CHECKS.items():
        begun = time.monotonic()
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **variables}, capture_output=True, text=True, check=False
        )
        print(f"  {name:<24}{time.monotonic() - begun:6.1f} s  {'failed' if done.returncode else 'ok'}", flush=True)
        if done.returncode:
            failed.append(name)
            print(done.stdout + done.stderr, flush=True)
    if failed:
        print(f"Failed: {', '.join(failed)}")
    return bool(failed)


def templates() -> int:
    """Every template compiles: tags, filters and blocks are known, nothing is left open."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestrator.settings")
    django.setup()
    from django.template import TemplateSyntaxError, engines

    broken = 0
    for path in sorted((ROOT / "templates").rglob("*.*")):
        name = str(path.relative_to(ROOT / "templates"))
        try:
            engines["django"].get_template(name)
        except TemplateSyntaxError as error:
            broken += 1
            print(f"templates/{name}: {error}")
    return broken


if __name__ == "__main__":
    raise SystemExit(templates() if sys.argv[1:] == ["templates"] else main())
