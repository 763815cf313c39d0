"""The demo's tests stay with its processes and pass where they are drawn on."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from demo.management.commands.demo import deploy_all, keep_tests
from orchestrator.models import ProcessDefinition, ProcessTest


@pytest.mark.django_db
def test_the_tests_of_the_demo_pass_in_the_designer(client: Client) -> None:
    admin = User.objects.create_superuser("admin", password="demo")
    deploy_all(admin)
    keep_tests(admin)
    client.force_login(admin)
    ran = 0
    for definition in ProcessDefinition.objects.select_related("resource"):
        content = SimpleUploadedFile("content", bytes(definition.resource.content))
        answer = client.post("/admin/orchestrator/draft/tests/run/", {"kind": "bpmn", "content": content}).json()
        assert [(test["name"], test["misses"]) for test in answer["tests"] if not test["passed"]] == []
        ran += len(answer["tests"])
    assert ran == ProcessTest.objects.count() >= 20
