"""A database that is away: people are told to come back, a fault of ours is still a fault."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

TROUBLE = {"lost": OperationalError, "closed": InterfaceError, "ours": ZeroDivisionError}


def fail(request: HttpRequest, kind: str) -> HttpResponse:
    raise TROUBLE[kind]("gone")


urlpatterns = [path("admin/", admin.site.urls), path("<kind>/", fail)]
handler500 = "orchestrator.outage.error"


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("kind", ["lost", "closed"])
@override_settings(ROOT_URLCONF=__name__)
def test_without_its_database_the_answer_is_to_come_back(client: Client, kind: str) -> None:
    answer = client.get(f"/{kind}/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "3")
    assert "A task is never completed twice" in answer.content.decode()
    assert "script-src 'self'" in answer["Content-Security-Policy"]


@override_settings(ROOT_URLCONF=__name__)
def test_a_fault_of_ours_is_one(client: Client) -> None:
    assert client.get("/ours/").status_code == 500


def test_the_product_answers_so() -> None:
    from orchestrator import urls

    assert urls.handler500 == handler500
