"""BPMN 2.0: what a diagram says. Pure: no database, no clock."""
