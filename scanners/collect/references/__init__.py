"""Which objects, other than Pod templates, name Secrets, and where: tables of facts with their sources.

A new kind is a new row in one of the tables. What has no row is not looked at: Secrets that a program reads
through the API by name or label (Argo CD's repositories and clusters, by `argocd.argoproj.io/secret-type`;
Grafana's sidecars), and the resources of other operators.
"""

from __future__ import annotations

from scanners.collect.references import argo, builtin, flux, gateways, operators
from scanners.collect.references.table import ReferringKind

REFERRING_KINDS: tuple[ReferringKind, ...] = (
    *builtin.KINDS,
    *gateways.KINDS,
    *flux.KINDS,
    *argo.KINDS,
    *operators.KINDS,
)

__all__ = ["REFERRING_KINDS", "ReferringKind"]
