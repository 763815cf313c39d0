"""Embedded PostgreSQL and Valkey, the front end's build, and the supervisor behind `manage.py up`.

Nothing in here imports Django, so that the test plug-in can start the services before the settings are read.
"""
