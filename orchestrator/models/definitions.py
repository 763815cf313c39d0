"""What was deployed: files, and the versions of processes, decisions, forms and resources in them. Rows here never
change.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class Deployment(models.Model):
    """Files that were deployed together, in one transaction."""

    deployed_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    deployed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return f"Deployment {self.pk}"


class Resource(models.Model):
    """One file as it was uploaded, byte for byte."""

    class Kind(models.TextChoices):
        BPMN = "bpmn", "BPMN"
        DMN = "dmn", "DMN"
        FORM = "form", "Form"
        FILE = "file", "File"  # any other, for a task to link

    deployment = models.ForeignKey(Deployment, models.PROTECT, related_name="resources")
    name = models.CharField(max_length=255)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["deployment", "name"], name="one_resource_of_a_name_per_deployment"),
            models.CheckConstraint(
                condition=Q(kind__in=["bpmn", "dmn", "form", "file"]), name="resource_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Definition(models.Model):
    """A version of something that a resource defines. `key` is the id in the file, `version` counts from 1 per key."""

    resource = models.ForeignKey(Resource, models.PROTECT, related_name="%(class)ss")
    key = models.CharField(max_length=255)
    version = models.PositiveIntegerField()
    version_tag = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=255, blank=True)
    is_latest = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)

    class Meta:
        abstract = True
        ordering = ["key", "-version"]

    def __str__(self) -> str:
        return f"{self.name or self.key}, version {self.version}"


class ProcessDefinition(Definition):
    """django-guardian guards these: may a person start it, see its instances, administer them?

    Permissions are granted on the first version of a key and hold for every version (see `runtime.permissions`).
    """

    category = models.CharField(max_length=100, blank=True)
    description = models.TextField(blank=True)
    start_form_key = models.CharField(max_length=255, blank=True)
    is_startable = models.BooleanField(default=True)  # has a none start event
    # Variable -> the groups that may read it (`bpmn.restricted`); {}: whoever sees a case reads everything.
    restricted = models.JSONField(default=dict, db_default={}, blank=True)

    class Meta(Definition.Meta):
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="one_process_definition_per_version"),
            models.UniqueConstraint(
                fields=["key"], condition=Q(is_latest=True), name="one_latest_process_definition_per_key"
            ),
        ]
        # What a filter over variables asks first.
        indexes = [models.Index(fields=["id"], condition=~Q(restricted={}), name="definitions_with_secrets")]
        permissions = [
            ("start_processdefinition", "May start instances"),
            ("see_instances", "May see instances"),
            ("administer_instances", "May administer instances"),
        ]


class DecisionDefinition(Definition):
    """`key` is the id of the decision; one DMN file may hold several."""

    class Meta(Definition.Meta):
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="one_decision_definition_per_version"),
            models.UniqueConstraint(
                fields=["key"], condition=Q(is_latest=True), name="one_latest_decision_definition_per_key"
            ),
        ]


class FormDefinition(Definition):
    """A form-js schema; `key` is its id."""

    class Meta(Definition.Meta):
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="one_form_definition_per_version"),
            models.UniqueConstraint(
                fields=["key"], condition=Q(is_latest=True), name="one_latest_form_definition_per_key"
            ),
        ]


class ResourceDefinition(Definition):
    """A file of any other kind, for a task to link; `key` is the id in it, or else its name."""

    class Meta(Definition.Meta):
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="one_resource_definition_per_version"),
            models.UniqueConstraint(
                fields=["key"], condition=Q(is_latest=True), name="one_latest_resource_definition_per_key"
            ),
        ]
