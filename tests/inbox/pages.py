"""How tests come to the inbox's pages and read them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tasks_inbox.models import HumanTask

HTMX = {"HTTP_HX_REQUEST": "true"}
Queries = Callable[[int], Any]


def as_user(user: User, **kwargs: Any) -> Client:
    client = Client(**kwargs)
    client.force_login(user)
    return client


def url(name: str, task: HumanTask) -> str:
    return reverse(name, args=[task.pk])


def text(response: Any) -> str:
    return str(response.content.decode())


def address(name: str, task: HumanTask) -> str:
    if name.startswith("start_"):
        return reverse(name, args=["order"])
    if name.startswith("case"):
        return reverse(name, args=[task.process_instance_id])
    return url(name, task) if name.startswith("task") else reverse(name)
