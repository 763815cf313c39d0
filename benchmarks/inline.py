"""An automated step without effect: what it costs beside its neighbours in one transaction, and that nobody is called.

    python -m benchmarks.inline

Starts processes with one such step and with a hundred and one, in turns, in a PostgreSQL of its own; the difference by
a hundred is what a step costs, with its row in the history. By the clock, and by the processor time of the application
and of the server: where others use the machine, only that says something.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.approval import database


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=100)
    chosen = options.parse_args()
    with database():
        from benchmarks.inline_rounds import run  # Django is configured only now

        return run(chosen.rounds)


if __name__ == "__main__":
    sys.exit(main())
