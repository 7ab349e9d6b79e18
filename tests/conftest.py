"""Fixtures of the whole suite. The real API server's stand in tests/cluster/fixtures.py."""

from __future__ import annotations

from tests.cluster.fixtures import cluster, cluster_factory, identity, namespace

__all__ = ["cluster", "cluster_factory", "identity", "namespace"]
