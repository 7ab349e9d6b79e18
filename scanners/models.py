"""What is kept between scans: clusters, their scans, Secrets and findings with their life.

No column holds a Secret's value. Times are UTC. A cluster is seen only through `Cluster.objects.visible_to`,
and everything below it only through a visible cluster.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from scanners.report import SEVERITIES

if TYPE_CHECKING:
    from secretsui.accounts.models import User


class ClusterQuerySet(models.QuerySet["Cluster"]):
    def visible_to(self, user: User) -> ClusterQuerySet:
        """Clusters this person may see: all for an administrator, else those shared with them or with everyone."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_administrator:
            return self
        return self.filter(Q(shared_with_everyone=True) | Q(viewers=user)).distinct()


class Cluster(models.Model):
    """A source of scans. `credential` is encrypted under the keyring and bound to `id`; it is never shown again.

    `deep` lets a scan read values and reduce them to facts (decision 1). `scan_every_hours` is its schedule, None
    for none; `next_scan_at` is when the scheduler asks for the next scan.
    """

    class Connection(models.TextChoices):
        KUBECONFIG = "kubeconfig", "uploaded kubeconfig"
        CONTEXT = "context", "kubeconfig context of this machine"
        TOKEN = "token", "server and token"
        IN_CLUSTER = "in-cluster", "the cluster secretsui runs in"
        SNAPSHOT = "snapshot", "snapshot file"
        DEMO = "demo", "demo"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100, unique=True)
    connection = models.CharField(max_length=20, choices=Connection)
    server = models.CharField(max_length=300, blank=True)
    context = models.CharField(max_length=300, blank=True)
    credential = models.BinaryField(default=b"")
    credential_fingerprint = models.CharField(max_length=32, blank=True)
    credential_expires_at = models.DateTimeField(null=True, blank=True)
    identity = models.CharField(max_length=300, blank=True)
    permissions = models.JSONField(default=list)
    snapshot = models.BinaryField(default=b"")
    encryption_config = models.JSONField(null=True, blank=True)
    encryption_config_hash = models.CharField(max_length=80, blank=True)
    audit_policy = models.JSONField(null=True, blank=True)
    policy = models.TextField(blank=True)
    deep = models.BooleanField(default=False)
    scan_every_hours = models.PositiveSmallIntegerField(null=True, default=24)
    next_scan_at = models.DateTimeField(null=True, editable=False)
    shared_with_everyone = models.BooleanField(default=False)
    viewers = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="clusters")
    created_at = models.DateTimeField(auto_now_add=True)
    last_scan = models.ForeignKey(
        "Scan", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )

    objects = ClusterQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("cluster", args=[self.id])

    @property
    def is_demo(self) -> bool:
        return self.connection == self.Connection.DEMO

    @property
    def is_live(self) -> bool:
        """Whether a new scan sees anything that the last one did not: a snapshot does not change."""
        return self.connection not in (self.Connection.SNAPSHOT, self.Connection.DEMO)


class Scan(models.Model):
    """One scan. The row holds state, lease and heartbeat (decision 8); tasks carry only its id.

    `attempt` fences: a worker whose lease was taken over finds another attempt here and writes nothing.
    `progress` is {"phase": input, "done": n, "total": n|null, "inputs": {input: n}}.
    `coverage`, `grade`, `checks` and `checklist` are those of the Report. `advice_facts` are the answers to the
    advisor's questions that this scan saw: {"question", "value", "fact", "from"}. `severity_counts` are the active
    findings by severity when it ended, accepted and folded ones apart; while it is the last scan they follow what
    people accept. `encryption_seen` is {"config_hash", "resource_version", "written"}, how Secrets were written by
    then, {} where the API server's metrics could not be read. `scheduled`: nobody asked for it.
    `secrets_read` is {"from", "values", "namespaces"}: since when Secrets were read, whether their values were, and
    the namespaces that were read whole, null for all; {} where none was.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "queued"
        RUNNING = "running", "running"
        DONE = "done", "done"
        PARTIAL = "partial", "done, in part"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"
        INTERRUPTED = "interrupted", "interrupted"

    LIVE = (State.QUEUED, State.RUNNING, State.INTERRUPTED)
    FINISHED = (State.DONE, State.PARTIAL)

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="scans")
    state = models.CharField(max_length=20, choices=State, default=State.QUEUED)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    queued_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)
    progress = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    collected_at = models.DateTimeField(null=True)
    cluster_facts = models.JSONField(default=dict)
    coverage = models.JSONField(default=list)
    grade_letter = models.CharField(max_length=1, blank=True)
    grade_score = models.FloatField(null=True)
    grade_assessed = models.FloatField(null=True)
    checks = models.JSONField(default=list)
    checklist = models.JSONField(default=list)
    severity_counts = models.JSONField(default=dict)
    changes = models.JSONField(default=dict)
    advice_facts = models.JSONField(default=list)
    encryption_seen = models.JSONField(default=dict)
    secrets_read = models.JSONField(default=dict)
    deep = models.BooleanField(default=False)
    scheduled = models.BooleanField(default=False)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["cluster", "-id"]), models.Index(fields=["state"])]
        constraints = [
            models.UniqueConstraint(
                fields=["cluster"],
                condition=Q(state__in=("queued", "running", "interrupted")),
                name="one_live_scan_per_cluster",
            )
        ]

    def __str__(self) -> str:
        return f"scan {self.pk} of {self.cluster}"

    def get_absolute_url(self) -> str:
        return reverse("scan", args=[self.cluster_id, self.pk])

    @property
    def is_live(self) -> bool:
        return self.state in self.LIVE

    @property
    def duration_seconds(self) -> float | None:
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()


class SecretRecord(models.Model):
    """A Secret as the last scan saw it. Nothing here changes while the Secret and its surroundings do not.

    Ages are kept as dates, so that a row need not be written again because a day went by: `changed_after` and
    `changed_before` bound the last change of the value, `certainly_over_at` and `possibly_over_at` say when it
    is, and may be, older than its maximum. `newest_data_write` is the newest ever observed.
    `owner` and `environment` are the policy's. `value_digest` covers the whole value, keyed, as the last deep scan saw
    it, and `value_seen_at` is when this value was first seen. `key_history` tells of each key which values deep scans
    saw, and between when and when each came: {key: [{"digest", "first_seen", "before", "after", "until"}]}, newest
    last (`scanners.observations.Sighting`); `data_hashes` the same of External Secrets' own hash. `chain` leads
    from the store to the Secret: [{"kind", "namespace", "name", "healthy", "detail"}].
    `digest` covers every other column; an unchanged Secret keeps its row untouched.
    """

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="secrets")
    namespace = models.CharField(max_length=253)
    name = models.CharField(max_length=253)
    uid = models.CharField(max_length=64, blank=True)
    type = models.CharField(max_length=253)
    keys = models.JSONField(null=True)
    key_count = models.IntegerField(null=True)
    created_at = models.DateTimeField(null=True)
    newest_data_write = models.DateTimeField(null=True)
    changed_after = models.DateTimeField(null=True)
    changed_before = models.DateTimeField(null=True)
    age_evidence = models.CharField(max_length=20, blank=True)
    maximum_days = models.IntegerField(null=True)
    exempt = models.CharField(max_length=100, blank=True)
    certainly_over_at = models.DateTimeField(null=True)
    possibly_over_at = models.DateTimeField(null=True)
    source_kind = models.CharField(max_length=40)
    source_object = models.CharField(max_length=600, blank=True)
    source_healthy = models.BooleanField(null=True)
    consumers = models.JSONField(default=list)
    consumer_count = models.IntegerField(default=0)
    direct_readers = models.IntegerField(null=True)
    stale_consumers = models.IntegerField(null=True)
    owner = models.CharField(max_length=63, blank=True)
    environment = models.CharField(max_length=63, blank=True)
    certificate_expires_at = models.DateTimeField(null=True)
    value_digest = models.CharField(max_length=64, blank=True)
    value_seen_at = models.DateTimeField(null=True)
    key_history = models.JSONField(default=dict)
    data_hashes = models.JSONField(default=list)
    resource_version = models.CharField(max_length=40, blank=True)
    chain = models.JSONField(default=list)
    finding_count = models.IntegerField(default=0)
    worst_severity = models.PositiveSmallIntegerField(default=len(SEVERITIES))
    digest = models.CharField(max_length=40)

    class Meta:
        ordering = ["namespace", "name"]
        constraints = [
            models.UniqueConstraint(fields=["cluster", "namespace", "name"], name="one_row_per_secret"),
        ]
        indexes = [
            models.Index(fields=["cluster", "certainly_over_at"]),
            models.Index(fields=["cluster", "source_kind"]),
            models.Index(fields=["cluster", "worst_severity", "namespace", "name"]),
            models.Index(fields=["cluster", "owner"]),
            models.Index(fields=["value_digest"]),
        ]

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    def get_absolute_url(self) -> str:
        return reverse("secret", args=[self.cluster_id, self.namespace, self.name])


class FindingRecord(models.Model):
    """A finding and its life. `fingerprint` is the finding's id in the contract, stable across scans.

    A finding stays `open` until a scan that looked at its object and inputs no longer reports it; a partial
    scan never resolves what it did not look at. A resolved finding seen again is `reopened`.

    A person may accept it with a reason until a date: it is then `accepted`, bound to this object and field and to
    what the finding said of them (`accepted_evidence`, the `binding` of that day); when that changes, or the date
    passes, it is reopened.

    `digest` covers what the finding says; a finding that says the same keeps its row untouched. `deep`: the last scan
    that reported it had read values, so that a scan which did not cannot tell that it is gone.
    """

    class State(models.TextChoices):
        NEW = "new", "new"
        OPEN = "open", "open"
        REOPENED = "reopened", "reopened"
        ACCEPTED = "accepted", "accepted"
        RESOLVED = "resolved", "resolved"

    ACTIVE = (State.NEW, State.OPEN, State.REOPENED)

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="findings")
    fingerprint = models.CharField(max_length=24)
    check_id = models.CharField(max_length=60)
    severity = models.CharField(max_length=10)
    rank = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=120)
    namespace = models.CharField(max_length=253, blank=True)
    name = models.CharField(max_length=253)
    field = models.TextField(blank=True)
    message = models.TextField()
    evidence = models.TextField(blank=True)
    remediation = models.TextField(blank=True)
    folded = models.BooleanField(default=False)
    owner = models.CharField(max_length=63, blank=True)
    deep = models.BooleanField(default=False)
    binding = models.CharField(max_length=40, blank=True)
    digest = models.CharField(max_length=32, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    first_seen_at = models.DateTimeField()
    first_scan = models.ForeignKey(Scan, null=True, on_delete=models.SET_NULL, related_name="+")
    changed_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    accepted_at = models.DateTimeField(null=True)
    accepted_until = models.DateTimeField(null=True)
    accepted_reason = models.TextField(blank=True)
    accepted_evidence = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["rank", "check_id", "namespace", "name"]
        constraints = [
            models.UniqueConstraint(fields=["cluster", "fingerprint"], name="one_row_per_finding"),
        ]
        indexes = [
            models.Index(fields=["cluster", "state", "rank"]),
            models.Index(fields=["cluster", "namespace", "name"]),
            models.Index(fields=["cluster", "check_id", "state"]),
            models.Index(fields=["state", "accepted_until"]),
        ]

    def __str__(self) -> str:
        return f"{self.check_id} {self.namespace}/{self.name}"

    def get_absolute_url(self) -> str:
        return reverse("finding", args=[self.cluster_id, self.fingerprint])


class FindingEvent(models.Model):
    """A step in a finding's life: seen, gone, back, accepted, no longer accepted. `by` is a person, or nobody."""

    finding = models.ForeignKey(FindingRecord, on_delete=models.CASCADE, related_name="events")
    state = models.CharField(max_length=10, choices=FindingRecord.State)
    at = models.DateTimeField()
    scan = models.ForeignKey(Scan, null=True, on_delete=models.SET_NULL, related_name="finding_events")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["scan", "state"])]

    def __str__(self) -> str:
        return f"{self.finding_id} {self.state}"


class InstallationPolicy(models.Model):
    """The policy, as YAML, of every cluster that has none of its own. One row at most."""

    yaml = models.TextField(blank=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return "installation policy"


class WorkerBeat(models.Model):
    """A running worker says so every few seconds, so that the pages can tell that none does."""

    name = models.CharField(max_length=200, primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @classmethod
    def any_since(cls, moment: datetime) -> bool:
        return cls.objects.filter(seen_at__gte=moment).exists()
