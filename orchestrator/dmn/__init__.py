"""DMN: decisions, decision tables, requirement graphs (DMN 1.5, files from 1.1 on).

Bytes in, definitions out; definitions and variables in, a value and a record for the auditor out. No Django, no clock,
no randomness. Data never raises; what raises is a file that cannot be read (DmnError), a hit policy that the rules
violate (DecisionFailed), and a decision that wants too much (feel.LimitExceeded).
"""

from orchestrator.dmn.asked import Asked, asked
from orchestrator.dmn.evaluation import evaluate, evaluate_bkm, evaluate_service
from orchestrator.dmn.load import Model, load
from orchestrator.dmn.model import (
    BusinessKnowledgeModel,
    Decision,
    DecisionService,
    Definitions,
    InputData,
    ItemDefinition,
)
from orchestrator.dmn.parse import parse, parse_all
from orchestrator.dmn.problems import DecisionFailed, DmnError, Problem
from orchestrator.dmn.result import (
    DecisionResult,
    EvaluatedDecision,
    EvaluatedInput,
    EvaluatedTable,
    MatchedRule,
    Warning,
)
from orchestrator.dmn.validation import advice, problems

__all__ = [
    "Asked",
    "BusinessKnowledgeModel",
    "Decision",
    "DecisionFailed",
    "DecisionResult",
    "DecisionService",
    "Definitions",
    "DmnError",
    "EvaluatedDecision",
    "EvaluatedInput",
    "EvaluatedTable",
    "InputData",
    "ItemDefinition",
    "MatchedRule",
    "Model",
    "Problem",
    "Warning",
    "advice",
    "asked",
    "evaluate",
    "evaluate_bkm",
    "evaluate_service",
    "load",
    "parse",
    "parse_all",
    "problems",
]
