"""What a web server loads."""

from __future__ import annotations

import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orchestrator.settings")
os.environ.setdefault("BATON_PROCESS", "web")

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

application = get_wsgi_application()
_ = get_resolver().url_patterns  # the views, too, before the server forks

# What is loaded stays: to look through all of it for garbage again and again took a twentieth of a page's time, and
# fifty milliseconds at once from whoever it hit.
gc.collect()
gc.freeze()
