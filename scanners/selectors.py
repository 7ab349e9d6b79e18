"""Label selectors, as the API server and every controller evaluate them.

https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors and, for the edge cases,
k8s.io/apimachinery, pkg/labels/selector.go: NotIn also matches an object that does not have the label.
"""

from __future__ import annotations

from collections.abc import Mapping

from scanners.inventory import LabelSelector


def matches(selector: LabelSelector, labels: Mapping[str, str]) -> bool:
    """Whether the selector matches; an empty one matches everything.

    An operator that the API does not know matches nothing, as in an object that it would have refused.
    """
    return selects(selector.labels, labels) and all(
        _holds(operator, values, labels.get(key)) for key, operator, values in selector.expressions
    )


def selects(wanted: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether the labels have all those wanted, with these values."""
    return all(labels.get(key) == value for key, value in wanted.items())


def _holds(operator: str, values: tuple[str, ...], found: str | None) -> bool:
    match operator:
        case "In":
            return found in values
        case "NotIn":
            return found not in values
        case "Exists":
            return found is not None
        case "DoesNotExist":
            return found is None
    return False
