"""Secret posture of Kubernetes clusters: collected without values, assessed by pure checks, shown in the browser."""
