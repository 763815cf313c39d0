"""Elements inside, around and behind one another, with the answers that BPMN 2.0 and Zeebe give."""

from __future__ import annotations

from tests.conformance.combinations import (
    ad_hoc,
    calling,
    catching,
    choosing,
    compensating,
    conditions,
    correlation,
    decisions,
    ends,
    errors,
    escalations,
    event_gateways,
    event_subprocesses,
    gateways,
    interrupting,
    items,
    joining,
    listening,
    mappings,
    messages,
    repetition,
    scopes,
    signals,
    timers,
    transactions,
    undoing,
    variables,
)
from tests.conformance.combinations.scenario import Scenario

SUBJECTS = (
    *(ad_hoc, calling, catching, choosing, compensating, conditions, correlation, decisions, ends),
    *(errors, escalations, event_gateways, event_subprocesses, gateways, interrupting, items, joining, listening),
    *(mappings, messages, repetition, scopes, signals, timers, transactions, undoing),
    *(variables,),
)
SCENARIOS: dict[str, Scenario] = {
    name: scenario for subject in SUBJECTS for name, scenario in subject.SCENARIOS.items()
}

assert len(SCENARIOS) == sum(len(subject.SCENARIOS) for subject in SUBJECTS), "two scenarios have one name"
