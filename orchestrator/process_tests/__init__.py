"""Process tests as files: a modeller says what happens and what should be seen; run on the pure core, in memory.

Pure: texts and models in, outcomes out. No database, no clock, no files.
"""

from orchestrator.process_tests.coverage import Coverage, coverage
from orchestrator.process_tests.fields import InvalidTests, Mistake, Place
from orchestrator.process_tests.models import Models, UnusableModel
from orchestrator.process_tests.models import read as read_models
from orchestrator.process_tests.reading import process_of
from orchestrator.process_tests.reading import read as read_tests
from orchestrator.process_tests.recording import record
from orchestrator.process_tests.running import Miss, Outcome, run
from orchestrator.process_tests.single import split, together
from orchestrator.process_tests.snapshot import snapshot
from orchestrator.process_tests.suite import Suite
from orchestrator.process_tests.trial import Trial, read_run, replay

__all__ = [
    "Coverage",
    "InvalidTests",
    "Miss",
    "Mistake",
    "Models",
    "Outcome",
    "Place",
    "Suite",
    "Trial",
    "UnusableModel",
    "coverage",
    "process_of",
    "read_models",
    "read_run",
    "read_tests",
    "record",
    "replay",
    "run",
    "snapshot",
    "split",
    "together",
]
