"""An older version in force again: deployed once more, as a new version. What runs stays where it is."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser

from orchestrator.models import ProcessDefinition, Resource
from orchestrator.runtime import definitions
from orchestrator.runtime.deployment import Deployed, deploy
from orchestrator.runtime.inspection import references


def deploy_again(resource: Resource, *, by: AbstractBaseUser | None, note: str = "") -> Deployed:
    """Everything that the file defines gets a new version with this content. Files that it is bound to by their
    deployment go with it. Raises DeploymentRefused when it would no longer be taken.
    """
    together = Resource.objects.filter(deployment=resource.deployment_id)
    if not _binds_to_deployment(resource):
        together = together.filter(pk=resource.pk)
    files = {other.name: bytes(other.content) for other in together.order_by("pk")}
    return deploy(files, by=by, note=note)


def _binds_to_deployment(resource: Resource) -> bool:
    processes = ProcessDefinition.objects.filter(resource=resource).values_list("pk", flat=True)
    return any(
        reference.binding.type == "deployment"
        for pk in processes
        for reference in references(definitions.process_of(pk))
    )
