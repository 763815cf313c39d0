"""`make faults`: hurts the running product, and says of each fault what it hit and what it cost.

`make faults ARGS="F03 F17"` picks; `--keep` leaves the folder with the journal and the log.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.faults import broker, database, meetings, races, workers
from tests.faults.bench import Bench, Result, Row

FAULTS: dict[str, tuple[str, Callable[[Bench], Result]]] = {
    "F01": ("workers killed mid-step", workers.killed_mid_step),
    "F02": ("killed at each stop point", workers.killed_at_each_stop_point),
    "F03": ("a zombie past its lease", workers.zombie),
    "F04": ("a child of the pool killed", workers.pool_child_killed),
    "F05": ("steps that kill their worker", workers.poison),
    "F06": ("web killed mid-request", database.web_killed),
    "F07": ("no clock, three, one killed", workers.clocks),
    "F10": ("workers alive and deaf", broker.deaf),
    "F11": ("Valkey down", broker.down),
    "F12": ("Valkey hung", broker.hung),
    "F13": ("Valkey forgets everything", broker.forgets),
    "F14": ("Valkey evicts", broker.evicts),
    "F15": ("repeated rings and rubbish", broker.repeats),
    "F16": ("Valkey forgets while guessing", broker.throttle),
    "F17": ("PostgreSQL crashes", database.postgres_crashes),
    "F19": ("all connections killed", database.connections_killed),
    "F21": ("deadlocks", database.deadlocks),
    "F22": ("conflicts in every fifth step", database.conflicts),
    "F33": ("workers with wrong clocks", workers.skewed),
    "F43": ("several want the same task", races.one_wins),
    "F44": ("branches meet at once", meetings.branches_meet),
    "F48": ("models that never rest", workers.runaway),
    "F50": ("deployed again, timers alive", meetings.deployed_again),
    "F52": ("people leave, groups empty", meetings.people_leave),
    "F53": ("everything killed at a claim", workers.everything_killed_at_the_claim),
}
HEAD = (
    f"{'':5}{'fault':<31}{'bites':>7}{'calls':>7}{'acked':>7}{'missing':>9}{'double':>8}{'p99':>8}{'took':>7}  verdict"
)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("faults", nargs="*", metavar="FAULT", help=f"of {', '.join(FAULTS)}; all, if none is named")
    parser.add_argument("--keep", action="store_true", help="leave the folder with the journal and the log")
    options = parser.parse_args(arguments)
    if unknown := set(options.faults) - set(FAULTS):
        parser.error(f"there is no fault {', '.join(sorted(unknown))}")
    folder = Path(tempfile.mkdtemp(prefix="baton-faults-"))
    bench, rows, begun = Bench(folder), [], time.monotonic()
    try:
        bench.open()
        say(f"  the product is up after {time.monotonic() - begun:.1f} s, in {folder}")
        if bench.slow > 1:
            say(f"  this machine is busy: everything gets {bench.slow:.1f} times its time")
        say(f"\n{HEAD}")
        for fault in options.faults or FAULTS:
            title, inject = FAULTS[fault]
            rows.append(bench.run(fault, title, inject))
            say(line(rows[-1]))
    finally:
        bench.close()
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    held = sum(not row.wrong for row in rows)
    say(f"\n{held} of {len(rows)} faults held, {time.monotonic() - begun:.0f} s")
    return int(held < len(rows))


def line(row: Row) -> str:
    figures = (
        f"{row.result.bites:>7}{len(row.calls):>7}{row.acknowledged:>7}{row.found.missing:>9}{row.found.double:>8}"
    )
    verdict = "broken" if row.wrong else "held"
    text = f"{row.fault:<5}{row.title:<31}{figures}{row.p99:>6.2f} s{row.seconds:>5.0f} s  {verdict}"
    return "\n".join([text, f"       {row.result.what}", *(f"     ! {sentence}" for sentence in row.wrong[:8])])


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
