"""The only room that speaks to Kubernetes or parses a kubeconfig: read-only, paged, capped, hard to lead astray."""
