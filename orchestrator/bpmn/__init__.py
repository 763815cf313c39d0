"""BPMN 2.0: what a diagram says. Pure: no database, no clock."""

from orchestrator.bpmn.parse import parse
from orchestrator.bpmn.problems import BpmnError, Problem
from orchestrator.bpmn.validation import problems, warnings

__all__ = ["BpmnError", "Problem", "parse", "problems", "warnings"]
