"""django-viewflow doing the approval workload, in an environment and a database of its own.

Run by `benchmarks.approval` with another interpreter; one line in, one number out: `start`, `complete <id>`.
"""

from __future__ import annotations

import sys
from typing import Any

NAME = "benchmarks.approval_viewflow"
VARIABLES = {"amount": 12_500} | {f"variable{i}": f"some value of variable {i}" for i in range(9)}


def configure(host: str, user: str, name: str) -> None:
    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY="benchmark",
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "HOST": host,
                "USER": user,
                "NAME": name,
                "OPTIONS": {"server_side_binding": True, "prepare_threshold": 1},
            }
        },
        INSTALLED_APPS=[
            *("django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"),
            *("viewflow", "viewflow.workflow", "benchmarks"),
        ],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()


def database(host: str, user: str, name: str) -> None:
    import psycopg

    with psycopg.connect(f"host={host} user={user} dbname=postgres", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(f"CREATE DATABASE {name}")


def flow_class() -> Any:
    from viewflow import this
    from viewflow.workflow import flow, lock

    class ApprovalFlow(flow.Flow):  # type: ignore[misc]
        __module__ = NAME  # where its rows look for it
        lock_impl = lock.select_for_update_lock

        start = flow.StartHandle(this.begin).Next(this.prepare)
        prepare = flow.Function(this.calculate).Next(this.large)
        large = flow.If(lambda activation: activation.process.data["amount"] > 1000).Then(this.approve).Else(this.book)
        approve = flow.View(None).Permission("auth.view_group").Next(this.book)
        book = flow.Function(this.enter).Next(this.end)
        end = flow.End()

        def begin(self, activation: Any) -> Any:
            activation.process.data = dict(VARIABLES)
            return activation.process

        def calculate(self, activation: Any) -> None:
            activation.process.data["gross"] = activation.process.data["amount"] * 1.19
            activation.process.save()

        def enter(self, activation: Any) -> None:
            data = activation.process.data
            data["booked"] = data["gross"] if data["approved"] else 0
            activation.process.save()

    here = sys.modules[NAME] = sys.modules["__main__"]
    here.__dict__["ApprovalFlow"] = ApprovalFlow
    return ApprovalFlow


def person() -> Any:
    """Of a group that may approve."""
    from django.contrib.auth.models import Group, Permission, User

    user, _ = User.objects.get_or_create(username="ada")
    group, _ = Group.objects.get_or_create(name="Approvers")
    group.permissions.add(Permission.objects.get(codename="view_group"))
    user.groups.add(group)
    return user


def serve() -> None:
    host, user, name = sys.argv[1:4]
    database(host, user, name)
    configure(host, user, name)
    from django.core.management import call_command
    from django.db import transaction
    from viewflow.workflow.models import Task

    call_command("migrate", verbosity=0)
    approval, approver = flow_class(), person()

    def start() -> int:
        with transaction.atomic():
            return int(approval.start.run().pk)

    def complete(id: str) -> int:
        with transaction.atomic(), approval.lock(int(id)):
            task = Task.objects.select_related("process").get(process_id=id, status="NEW")
            activation = task.flow_task.activation_class(task)
            assert activation.assign.has_perm(approver)
            activation.assign(approver)
            assert activation.start.has_perm(approver)
            activation.start(None)
            activation.process.data |= {"approved": True, "comment": "fine"}
            activation.process.save()
            activation.execute()
        assert activation.process.finished is not None or approval.process_class.objects.get(pk=id).status == "DONE"
        return 1

    acts: dict[str, Any] = {"start": start, "complete": complete}
    for line in sys.stdin:
        act, *arguments = line.split()
        print(acts[act](*arguments), flush=True)


if __name__ == "__main__":
    serve()
