"""What a modeller reads after a run."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from orchestrator.feel.jsonnumbers import dumps
from orchestrator.process_tests.coverage import Coverage
from orchestrator.process_tests.running import Miss, Outcome

WIDTH = 110
MAX_WARNINGS = 10
MAX_VALUE = 2_000  # characters of one text


def of_test(outcome: Outcome, milliseconds: float) -> Iterator[str]:
    mark = "ok  " if outcome.passed else "FAIL"
    yield f"  {mark}  {outcome.test}  ({milliseconds:.1f} ms)"
    for miss in outcome.misses:
        yield from _miss(miss)
    if outcome.misses:
        yield from _what_happened(outcome)


def _miss(miss: Miss) -> Iterator[str]:
    step = f"step {miss.place.step}" if miss.place.step is not None else "the end"
    line = f" (line {miss.place.line})" if miss.place.line is not None else ""
    yield f"        at {', '.join(part for part in (step, miss.place.field) if part)}{line}"
    yield from _told("expected", miss.expected)
    yield from _told("happened", miss.happened)


def _what_happened(outcome: Outcome) -> Iterator[str]:
    yield from _told("the path", " > ".join(outcome.path) or "(nothing yet)")
    yield from _told("stands at", ", ".join(outcome.standing) or "(nowhere)")
    for join in outcome.gathered:
        yield from _told("joins at", join)
    yield from _told("state", outcome.state or "not started")
    for incident in outcome.incidents:
        yield from _told("incident", incident)
    for warning in outcome.warnings[:MAX_WARNINGS]:
        yield from _told("FEEL says", warning)
    for index, (name, value) in enumerate(outcome.variables.items()):
        yield from _told("" if index else "variables", f"{name} = {dumps(value)}")


def _told(title: str, text: str) -> Iterator[str]:
    text = text if len(text) <= MAX_VALUE else f"{text[:MAX_VALUE]} ..."
    lines = textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False) or [""]
    yield f"          {title and title + ':':<11}{lines[0]}"
    yield from (f"{'':21}{line}" for line in lines[1:])


def of_coverage(found: Sequence[Coverage]) -> Iterator[str]:
    if not found:
        return
    widest = max(len(each.process) for each in found)
    yield ""
    yield f"Coverage{'':{max(widest - 6, 0)}}    elements      sequence flows"
    for each in found:
        elements = _share(each.of_elements, each.elements, len(each.missing_elements))
        flows = _share(each.of_flows, each.flows, len(each.missing_flows))
        yield f"  {each.process:<{widest}}  {elements}  {flows}"
        yield from _missing("elements not reached", each.missing_elements)
        yield from _missing("sequence flows not taken", each.missing_flows)


def _share(percent: float, all: int, missing: int) -> str:
    share = int(percent) if missing else 100  # 99.6 % is not all of it
    return f"{share:>3} % ({all - missing}/{all})"


def _missing(title: str, ids: Sequence[str]) -> Iterator[str]:
    if ids:
        lines = textwrap.wrap(f"{title}: {', '.join(ids)}", WIDTH, break_long_words=False, break_on_hyphens=False)
        yield from (f"    {line}" for line in lines)


def summary(outcomes: Iterable[Outcome]) -> str:
    results = [outcome.passed for outcome in outcomes]
    failed = results.count(False)
    tests = f"{len(results)} test{'' if len(results) == 1 else 's'}"
    return f"{tests}, all passed" if not failed else f"{tests}, {failed} failed"
