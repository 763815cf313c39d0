"""The two ways in which a step refuses: the command comes too late, or somebody must help."""

from __future__ import annotations

EXTRACT_VALUE_ERROR = "EXTRACT_VALUE_ERROR"
CONDITION_ERROR = "CONDITION_ERROR"
IO_MAPPING_ERROR = "IO_MAPPING_ERROR"
CALLED_ELEMENT_ERROR = "CALLED_ELEMENT_ERROR"
FORM_NOT_FOUND = "FORM_NOT_FOUND"
RESOURCE_NOT_FOUND = "RESOURCE_NOT_FOUND"
UNHANDLED_ERROR_EVENT = "UNHANDLED_ERROR_EVENT"
RUNAWAY = "RUNAWAY"
UNKNOWN = "UNKNOWN"


class CommandRejected(Exception):
    """The process instance is not where the command believes it to be; str() is for a person."""


class Incident(Exception):
    """The token cannot go on until somebody helps. Raised before anything is changed; `kind` as in RaiseIncident."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
