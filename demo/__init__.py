"""Brightwater, a company of some thirty people: its processes, its staff and a month of their work."""
