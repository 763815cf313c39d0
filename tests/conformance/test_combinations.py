"""Every combination gives the same answer in memory and over rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.connectors import functions
from tests.conformance import core_driver
from tests.conformance.combinations.playing import Playing
from tests.conformance.combinations.scenarios import SCENARIOS
from tests.engine.memory import World


class Suspicious(core_driver.Driver):
    """Loads as little as the real shell does, and checks every step."""

    def reset(self) -> None:
        super().reset()
        self.world = World(self.decide)


@pytest.mark.parametrize("name", SCENARIOS)
def test_in_memory(name: str, tmp_path: Path) -> None:
    Playing(Suspicious(), SCENARIOS[name], tmp_path).play()


@pytest.fixture
def workers() -> Iterator[None]:
    """The drivers answer for every type of job."""
    kept = dict(functions.workers())
    yield
    functions._WORKERS.clear()
    functions._WORKERS.update(kept)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("workers")
def test_over_rows(tmp_path: Path) -> None:
    """All of them one after the other: emptying the tables takes longer than most of them."""
    from tests.conformance.over_rows import Driver

    wrong = {}
    for name, scenario in SCENARIOS.items():
        try:
            Playing(Driver(), scenario, tmp_path).play()
        except AssertionError as error:
            wrong[name] = str(error)
    assert not wrong
