"""The front door. /healthz and /readyz are answered before it: orchestrator/health.py."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path, re_path

from orchestrator import hooks, outbox, sign_in

admin.site.login_form = sign_in.AdminSignInForm
urlpatterns = [
    path("admin/", admin.site.urls),
    path("login/", sign_in.SignIn.as_view(), name="login"),
    path("hooks/<path:path>/", hooks.webhook, name="webhook"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
]
if not settings.EMAIL_URL:
    urlpatterns += [
        path("outbox/", outbox.index, name="outbox"),
        re_path(r"^outbox/(?P<key>\d+-[0-9a-f]{8})/$", outbox.body, name="outbox_body"),
    ]
urlpatterns += [path("", include("tasks_inbox.urls"))]
handler500 = "orchestrator.outage.error"
