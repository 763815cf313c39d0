"""Growth does not slow it: the approval workload (W1) in a long process, and beside a million finished instances.

    python -m benchmarks.growth                        a process with 100 human tasks; 100,000 finished instances
    python -m benchmarks.growth --finished 1000000     some 4 GB in the temporary folder

Runs in a PostgreSQL of its own and prints ratios: what is large beside what is small, measured in turns in one run. The
bounds are for processor time, of the application and of the server together: where others use the machine, the clock
says more about them. A ratio beyond its bound makes the exit code 1. At the end, without a bound: what a completion
costs beside a variable of megabytes.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.approval import database


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tasks", type=int, default=100, help="human tasks of the long process")
    options.add_argument("--finished", type=int, default=100_000, help="instances that the full database holds")
    options.add_argument("--rounds", type=int, default=40)
    chosen = options.parse_args()
    with database():
        from benchmarks.growth_rounds import run  # Django is configured only now

        return run(chosen.tasks, chosen.finished, chosen.rounds)


if __name__ == "__main__":
    sys.exit(main())
