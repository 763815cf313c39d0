"""Timers at size (W3): claims and idle polls beside a million that wait, and timers fired by one worker.

    python -m benchmarks.timers                       100,000 waiting
    python -m benchmarks.timers --waiting 1000000

Runs in a PostgreSQL of its own and prints milliseconds beside those of the design. A transaction left open elsewhere
keeps what was done since as dead rows at the head of the index: the figures come without and with one, and for the
first look, which reads past them. Rates of claiming are by processor time, application and server together; the last
line is whole steps by the clock.
"""

from __future__ import annotations

import argparse

from benchmarks.approval import database


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--waiting", type=int, default=100_000, help="timers that are due some day")
    options.add_argument("--done", type=int, default=50_000, help="timers done while the other transaction is open")
    options.add_argument("--instances", type=int, default=1_000, help="process instances whose timers fire")
    chosen = options.parse_args()
    with database():
        from benchmarks.timers_rounds import run  # Django is configured only now

        run(chosen.waiting, chosen.done, chosen.instances)


if __name__ == "__main__":
    main()
