"""The page for modellers says what the tables say."""

from __future__ import annotations

from pathlib import Path

from orchestrator.bpmn.documentation import page

DOCS = Path(__file__).parents[2] / "docs/modellers/bpmn.md"


def test_the_page_of_supported_elements_is_up_to_date() -> None:
    assert DOCS.read_text() == page(), "run: python -m orchestrator.bpmn.documentation > docs/modellers/bpmn.md"
