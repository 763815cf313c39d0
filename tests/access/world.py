"""A small company with one of everything that can be seen, and somebody in every role."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.utils import timezone
from guardian.shortcuts import assign_perm

from orchestrator.models import Document, ProcessDefinition
from orchestrator.runtime import documents
from tasks_inbox import entries, lifecycle, operations
from tasks_inbox.models import Absence, HumanTask, Profile, SavedView, Substitution, TaskAttachment, TaskRole
from tests.inbox import desk

SECRET = "Quagga"  # stands in everything that only some people may see
KEPT = "Okapi"  # stands in a variable that a process may restrict further

#: Role -> what that person is. “Finance” is the group that the tasks are offered to.
ROLES = {
    "anonymous": "nobody has signed in",
    "stranger": "has an account, is in no group",
    "colleague": "works in another group, with tasks of its own",
    "gone": "was in Finance; the account is put out of use, the browser is still open",
    "candidate": "is in Finance",
    "excluded": "is in Finance, and excluded from the tasks",
    "owner": "has claimed one of the tasks",
    "substitute": "acts for the owner, who is away",
    "manager": "is the owner's manager",
    "former": "has completed one of the tasks, and has left Finance",
    "initiator": "has started the cases",
    "stakeholder": "is a stakeholder of the tasks",
    "auditor": "may see the instances of the process",
    "administrator": "administers the process",
    "desk": "may come into the admin, and nothing more",
    "operator": "may come into the admin and see everything of the engine there",
    "root": "is a superuser",
}
PEOPLE = tuple(role for role in ROLES if role not in ("anonymous", "gone"))


@dataclass
class World:
    people: dict[str, User] = field(default_factory=dict)
    tasks: dict[str, HumanTask] = field(default_factory=dict)  # open, claimed, done, elsewhere

    definition: ProcessDefinition = field(init=False)
    view: SavedView = field(init=False)
    absence: Absence = field(init=False)
    attachment: TaskAttachment = field(init=False)  # of the claimed task, by its owner
    document: Document = field(init=False)  # of its case

    def client(self, role: str) -> Client:
        client = Client(raise_request_exception=False)
        if role != "anonymous":
            client.force_login(self.people[role], backend="django.contrib.auth.backends.ModelBackend")
        return client


def build(restricted: str = "") -> World:
    """`restricted` is what the process says of its variables; `salary` is one of them."""
    world = World()
    finance, sales = Group.objects.create(name="Finance"), Group.objects.create(name="Sales")
    for role in ROLES:
        if role != "anonymous":
            world.people[role] = User.objects.create_user(role, f"{role}@example.com", "secret")
    who = world.people
    for role in ("gone", "candidate", "excluded", "owner", "former"):
        who[role].groups.add(finance)
    who["colleague"].groups.add(sales)
    User.objects.filter(pk=who["root"].pk).update(is_superuser=True, is_staff=True)
    User.objects.filter(username__in=["desk", "operator"]).update(is_staff=True)
    who["operator"].user_permissions.set(
        Permission.objects.filter(content_type__app_label="orchestrator", codename__startswith="view_")
    )
    _processes(world, {"restricted": restricted} if restricted else {})
    _relations(world)
    _files(world)
    for role in world.people:
        world.people[role] = User.objects.get(username=role)  # without what was remembered of their permissions
    return world


def _processes(world: World, properties: dict[str, Any]) -> None:
    who = world.people
    task = desk.form_task(outcomes=desk.APPROVE, subject="=&#34;Order of &#34; + supplier", skippable="true")
    form = desk.FORM | {
        "components": [*desk.FORM["components"], {"type": "textfield", "key": "salary", "label": "Pay"}]
    }
    world.definition = desk.deploy_orders(task, form=form, **properties)
    for role in ("initiator", "administrator"):
        desk.may_start(who[role], world.definition)
    assign_perm("orchestrator.see_instances", who["auditor"], world.definition)
    assign_perm("orchestrator.administer_instances", who["administrator"], world.definition)
    for name in ("open", "claimed", "done"):
        key = f"{SECRET}-{name}"
        known = {"supplier": f"Zebra {SECRET} Ltd", "salary": f"4711 {KEPT}"}
        world.tasks[name] = desk.order(world.definition, who["initiator"], key, **known)
    operations.claim(task=world.tasks["claimed"], user=who["owner"])
    operations.complete(task=world.tasks["done"], user=who["former"], data={"amount": 3}, outcome="approve")
    operations.add_comment(task=world.tasks["claimed"], user=who["owner"], text=f"{SECRET} said no")


def _files(world: World) -> None:
    owner, task = world.people["owner"], world.tasks["claimed"]
    picture = b"\x89PNG\r\n\x1a\n" + SECRET.encode()
    world.attachment = operations.add_attachment(task=task, user=owner, name=f"{SECRET}.png", content=picture)
    world.document = documents.store(picture, f"{SECRET}.png", by=owner, instance=task.process_instance)
    documents.keep(documents.reference(world.document), by=owner, instance=task.process_instance)


def _relations(world: World) -> None:
    who, now = world.people, timezone.now()
    for task in world.tasks.values():
        TaskRole.objects.create(task=task, role=lifecycle.EXCLUDED_OWNER, user=who["excluded"])
        TaskRole.objects.create(task=task, role=lifecycle.STAKEHOLDER, user=who["stakeholder"])
    entries.write([task.pk for task in world.tasks.values()])
    who["former"].groups.clear()
    Profile.objects.update_or_create(user=who["owner"], defaults={"manager": who["manager"]})
    world.absence = Absence.objects.create(
        user=who["owner"], starts_at=now - timedelta(days=1), planned_by=who["owner"]
    )
    Substitution.objects.create(absence=world.absence, substitute=who["substitute"])
    world.view = SavedView.objects.create(owner=who["owner"], name=f"{SECRET} view")
    User.objects.filter(username="gone").update(is_active=False)
