"""Argo's kinds that name Secrets: ApplicationSets of Argo CD, templates of Argo Workflows and Argo Rollouts.

Argo CD's own Secrets, such as those of repositories and clusters, are read through the API by their labels.
"""

from __future__ import annotations

from scanners.collect.references.pointer import Pointer
from scanners.collect.references.table import ReferringKind, any_selector, names, strings

_WORKFLOWS = "https://argo-workflows.readthedocs.io/en/latest/fields/"


def _workflow(kind: str, plural: str, spec: str) -> ReferringKind:
    return ReferringKind(
        group="argoproj.io",
        kind=kind,
        plural=plural,
        versions=("v1alpha1",),
        source=_WORKFLOWS,
        pointers=(
            any_selector(spec),
            *strings(f"{spec}.volumes[].secret.secretName", f"{spec}.templates[].volumes[].secret.secretName"),
            *names(f"{spec}.imagePullSecrets[]", how="image-pull"),
        ),
    )


KINDS = (
    ReferringKind(
        group="argoproj.io",
        kind="ApplicationSet",
        plural="applicationsets",
        versions=("v1alpha1",),
        source="https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators/",
        pointers=(
            # tokenRef, passwordRef and the like: {secretName, key} in generators of any depth.
            Pointer(
                path="spec.generators.**.secretName",
                key="key",
                shape=frozenset({"secretName", "key"}),
                needs=frozenset({"secretName", "key"}),
            ),
        ),
    ),
    _workflow("WorkflowTemplate", "workflowtemplates", "spec"),
    _workflow("CronWorkflow", "cronworkflows", "spec.workflowSpec"),
    ReferringKind(
        group="argoproj.io",
        kind="AnalysisTemplate",
        plural="analysistemplates",
        versions=("v1alpha1",),
        source="https://argo-rollouts.readthedocs.io/en/stable/features/analysis/",
        pointers=(any_selector("spec"),),
    ),
)
