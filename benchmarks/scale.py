"""Size does not slow it: what one step costs beside many siblings, a long history, a large model.

    python -m benchmarks.scale                 10,000 siblings, at once and in turn, 1,000 with a condition each, and
                                               1,000 that can be undone,
                                               50,000 finished elements, a model of 5,000 elements
    python -m benchmarks.scale --siblings 1000

Runs in a PostgreSQL of its own and prints ratios: what is large beside what is small, measured in turns in one run.
The bounds are those of the engine's promise; a ratio beyond its bound makes the exit code 1.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.approval import database


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--siblings", type=int, default=10_000)
    options.add_argument("--watching", type=int, default=1_000)
    options.add_argument("--finished", type=int, default=50_000)
    options.add_argument("--elements", type=int, default=5_000)
    chosen = options.parse_args()
    with database():
        from benchmarks.scale_rounds import run  # Django is configured only now

        return run(chosen.siblings, chosen.watching, chosen.finished, chosen.elements)


if __name__ == "__main__":
    sys.exit(main())
