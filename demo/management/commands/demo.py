"""`manage.py demo`: Brightwater moves in. Only into an empty database: nothing of anybody else's is touched."""

from __future__ import annotations

import threading
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from guardian.shortcuts import assign_perm

from demo import company, history
from demo.credit_service import server
from demo.models import CreditService
from orchestrator import process_tests
from orchestrator.feel.jsonnumbers import dumps
from orchestrator.models import BusinessCalendar, CalendarDay, ProcessDefinition, ProcessTest
from orchestrator.models.mails import Mail
from orchestrator.runtime.deployment import deploy
from tasks_inbox.models import Department, EscalationLevel, EscalationPolicy, Profile

HERE = Path(__file__).parents[2]
Action, After = EscalationLevel.Action, EscalationLevel.RelativeTo

POLICIES: dict[str, list[tuple[timedelta, str, str, dict[str, Any]]]] = {
    "IT account": [
        (timedelta(hours=20), After.CREATED, Action.REMIND, {}),
        (timedelta(hours=24), After.CREATED, Action.RAISE_PRIORITY, {"priority": 90}),
    ],
    "Approval": [
        (timedelta(hours=-4), After.DUE, Action.REMIND, {}),
        (timedelta(0), After.DUE, Action.RAISE_PRIORITY, {"priority": 80}),
        (timedelta(days=1), After.DUE, Action.MAIL_MANAGER, {}),
    ],
    "Credit review": [
        (timedelta(0), After.DUE, Action.MAIL_MANAGER, {"repeat_every": "1 working day", "repeat_times": 3}),
    ],
    "Claims": [
        (timedelta(0), After.DUE, Action.RAISE_PRIORITY, {"priority": 85}),
        (timedelta(days=2), After.DUE, Action.REASSIGN, {"target_group": "Senior Adjusters"}),
    ],
}


class Command(BaseCommand):
    help = "Load the demo company into an empty database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=history.DAYS, help="how many days of history")

    def handle(self, *args: Any, days: int, **options: Any) -> None:
        if User.objects.exists():
            raise CommandError("The demo is loaded into an empty database only; this one has users already.")
        begun = time.monotonic()
        with transaction.atomic():
            users = people()
            policies()
            deploy_all(users["admin"])
            keep_tests(users["admin"])
        grant()
        with credit_service():
            cases = history.play(users, days=days)
        settle_mails()
        self.stdout.write(f"Brightwater: {len(users)} people, {cases} cases, {time.monotonic() - begun:.1f} s")


def people() -> dict[str, User]:
    """Everybody with their groups, departments and managers; the password is hashed once."""
    password = make_password(company.PASSWORD)
    users = {"admin": User(username="admin", email=f"admin@{company.DOMAIN}", password=password)}
    users["admin"].is_staff = users["admin"].is_superuser = True
    for person in company.PEOPLE:
        first, last = person.name.split(" ", 1)
        email = f"{person.username}@{company.DOMAIN}"
        users[person.username] = User(
            username=person.username, first_name=first, last_name=last, email=email, password=password
        )
    User.objects.bulk_create(users.values())
    groups = {name: Group.objects.create(name=name) for name in (*company.GROUPS, company.EVERYONE)}
    departments = {
        name: Department.objects.create(name=name, manager=users[head]) for name, head in company.DEPARTMENTS.items()
    }
    for person in company.PEOPLE:
        user = users[person.username]
        user.groups.set([groups[name] for name in (*person.groups, company.EVERYONE)])
        Profile.objects.create(
            user=user,
            department=departments[person.department],
            title=person.title,
            manager=users[person.manager] if person.manager != person.username else None,
        )
    return users


def office_hours() -> BusinessCalendar:
    """When Brightwater works: in Berlin, with its holidays; short days at the end of the year."""
    calendar = BusinessCalendar.objects.create(
        name="Office hours",
        time_zone="Europe/Berlin",
        country="DE",
        subdivision="BE",
        description="Brightwater, Berlin",
    )
    for day, name in ((date(2026, 12, 24), "Christmas Eve"), (date(2026, 12, 31), "New Year’s Eve")):
        CalendarDay.objects.create(calendar=calendar, first=day, hours="09:00-12:00", name=name, yearly=True)
    return calendar


def policies() -> None:
    calendar = office_hours()
    for name, levels in POLICIES.items():
        policy = EscalationPolicy.objects.create(name=name, calendar=calendar)
        for position, (after, relative_to, action, extra) in enumerate(levels, 1):
            target = (
                {"target_group": Group.objects.get(name=extra["target_group"])} if "target_group" in extra else extra
            )
            EscalationLevel.objects.create(
                policy=policy, position=position, after=after, relative_to=relative_to, action=action, **target
            )


def files() -> dict[str, bytes]:
    """The demo's models as they stand in the repository; the credit service's address is the one in use here."""
    found = [*HERE.glob("processes/*.bpmn"), *HERE.glob("decisions/*.dmn"), *HERE.glob("forms/*.form")]
    address = f"{settings.CREDIT_SERVICE_URL}/check".encode()
    return {path.name: path.read_bytes().replace(b"http://localhost:8001/check", address) for path in sorted(found)}


def deploy_all(by: User) -> None:
    """Through the same door as an administrator's upload."""
    deploy(files(), by=by, note="The demo of Brightwater")


def keep_tests(by: User) -> None:
    """The tests beside the models stay with their processes, for whoever draws them on."""
    for path in sorted(HERE.glob("tests/*.json")):
        text = path.read_text()
        process = process_tests.process_of(text, path.name)
        ProcessTest.objects.bulk_create(
            ProcessTest(process_key=process, name=name, content=dumps(content), updated_by=by)
            for name, content in process_tests.split(text, path.name, process)
        )


def grant() -> None:
    for permission, table in (("start_processdefinition", company.MAY_START), ("see_instances", company.MAY_SEE)):
        for key, names in table.items():
            definition = ProcessDefinition.objects.get(key=key, is_latest=True)
            for group in Group.objects.filter(name__in=names):
                assign_perm(permission, group, definition)


@contextmanager
def credit_service() -> Iterator[None]:
    """The history's credit checks are answered by the demo's own service, for as long as the history is played."""
    CreditService.objects.get_or_create(pk=1)
    service = server(urlsplit(settings.CREDIT_SERVICE_URL).port or 80, lambda: CreditService.Mode.FAST)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        service.shutdown()
        service.server_close()


def settle_mails() -> None:
    """Mails of the past count as sent; those of the last day go out when the product starts."""
    yesterday = timezone.now() - timedelta(days=1)
    Mail.objects.filter(state=Mail.State.DUE, created_at__lt=yesterday).update(
        state=Mail.State.SENT, sent_at=timezone.now() - timedelta(days=1)
    )
