"""BPMN: how a token moves. Pure: no database, no clock, no randomness."""

from orchestrator.engine.commands import Command
from orchestrator.engine.effects import Effect
from orchestrator.engine.environment import Decided, DecisionError, Environment, ResourceNotFound
from orchestrator.engine.errors import CommandRejected
from orchestrator.engine.state import (
    ElementInstance,
    InstancesNotLoaded,
    ItemNotLoaded,
    Left,
    Loop,
    ResultsNotLoaded,
    ScopeNotLoaded,
    State,
    Variables,
)
from orchestrator.engine.step import Step, advance, new_state
from orchestrator.engine.throwing import catches_error, is_interrupted

__all__ = [
    "Command",
    "CommandRejected",
    "Decided",
    "DecisionError",
    "Effect",
    "ElementInstance",
    "Environment",
    "InstancesNotLoaded",
    "ItemNotLoaded",
    "Left",
    "Loop",
    "ResourceNotFound",
    "ResultsNotLoaded",
    "ScopeNotLoaded",
    "State",
    "Step",
    "Variables",
    "advance",
    "catches_error",
    "is_interrupted",
    "new_state",
]
