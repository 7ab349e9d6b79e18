"""The policy of the demo company: owners, environments, rehearsals, and how old a value may be.

The first rule that matches decides: a label that few objects carry stands before those that whole namespaces have.
"""

from __future__ import annotations

POLICY = """\
rotation:
  default_days: 90
  rules:
    - {label: environment=staging, days: 180}
    - {type: kubernetes.io/tls, days: 730}
owners:
  - {label: team=platform, owner: platform}
  - {label: team=storefront, owner: storefront}
  - {label: team=payments, owner: payments}
  - {label: team=identity, owner: identity}
  - {label: team=data, owner: data}
  - {namespace: kube-system, owner: platform}
environments:
  - {label: environment=staging, environment: staging}
  - {label: environment=production, environment: production}
rehearsals:
  - {production: payments, staging: payments-staging}
  - {production: storefront, staging: storefront-staging}
"""
