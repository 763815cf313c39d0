"""Files drawn for Camunda 7, rewritten into the dialect that Baton executes.

Pure: a file in, a file out, with every change that was made and everything that a person has to look at. Nothing is
dropped in silence: whatever the converter does not know is removed and told.
"""

from orchestrator.camunda7.convert import Conversion, Note, convert, is_camunda7
from orchestrator.camunda7.juel import CannotConvert, to_feel

__all__ = ["CannotConvert", "Conversion", "Note", "convert", "is_camunda7", "to_feel"]
