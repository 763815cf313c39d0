"""BPMN: how a token moves. Pure: no database, no clock, no randomness."""
