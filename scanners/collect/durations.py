"""Go's durations, as Kubernetes objects write them: `1h0m0s`, `90s`, `1.5h`, `0`."""

from __future__ import annotations

import re

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")


def go_duration(text: str | None) -> float | None:
    """Seconds of a Go duration (pkg.go.dev/time#ParseDuration); None for what Go refuses, such as `1d`."""
    if not text or len(text) > 64:
        return None
    sign, rest = (-1.0, text[1:]) if text[0] == "-" else (1.0, text.removeprefix("+"))
    if rest == "0":
        return 0.0
    seconds, position = 0.0, 0
    for match in _PART.finditer(rest):
        if match.start() != position:
            return None
        seconds += float(match.group(1)) * _UNITS[match.group(2)]
        position = match.end()
    return sign * seconds if position == len(rest) and position else None
