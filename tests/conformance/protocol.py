"""What the runner of the outside suite and its drivers tell each other; the runner is not always here."""

from __future__ import annotations

try:
    from run_scenarios import Rejected  # type: ignore[import-not-found]
except ImportError:

    class Rejected(Exception):  # type: ignore[no-redef]
        """A file was refused at deployment; str() says why."""


__all__ = ["Rejected"]
