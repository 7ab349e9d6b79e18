"""What somebody's acceptance of a finding is bound to, beside its object and field.

An acceptance is somebody's word on a fault as they saw it. It must not cover another fault that takes its place: a
new subject of the accepted binding, another credential in the accepted field, a graver state of the same thing. Nor
may it end because a day went by and a number in a sentence grew.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from scanners.report import SEVERITIES, Severity

_CLOSING_DIGEST = re.compile(r"(?:^|; )([a-z]+ [0-9a-f]{12,64})$")
_MEASURE = re.compile(
    r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:.]+Z?)?\b"  # a date
    r"|(?<![\w./-])[0-9][0-9,]*(?:\.[0-9]+)?(?![\w/-]|\.\w)"  # a number that is no part of a name
)

Essential = Callable[[str, str], str]
"""Message and evidence, reduced to what must stay as it is."""


def _wording(message: str, _: str) -> str:
    """The sentence, which names the things concerned, without its counts, ages and dates."""
    return _MEASURE.sub("#", message)


def _credential(message: str, evidence: str) -> str:
    """Where the credential stands, and its kind and masked form, which open the evidence."""
    return f"{_wording(message, '')}\n{evidence.partition(';')[0]}"


def _whole(message: str, evidence: str) -> str:
    return f"{message}\n{evidence}"


def _nothing_more(_: str, __: str) -> str:
    """The object alone: all else in such a finding changes with the days, or with the source's last error."""
    return ""


ESSENTIALS: tuple[tuple[str, Essential], ...] = (
    ("rbac-", _whole),
    ("plaintext-", _credential),
    ("git-plaintext-", _credential),
    ("rotation-", _nothing_more),
    ("certificate-expiring", _nothing_more),
    ("sync-", _nothing_more),
    ("unused-secret", _nothing_more),
)
"""By check id, or the beginning of several; the first that fits decides, else the wording of the message.

Evidence that closes with a digest (`grant 5f0c…`) is bound to that instead, whatever the check.
"""


def binding(check_id: str, severity: Severity, message: str, evidence: str) -> str:
    """What an acceptance of this finding is bound to: the severity's rank, and a digest of the essentials."""
    closing = _CLOSING_DIGEST.search(evidence)
    if closing is not None:
        essential = closing[1]
    else:
        reduce = next((found for start, found in ESSENTIALS if check_id.startswith(start)), _wording)
        essential = reduce(message, evidence)
    digest = hashlib.blake2b(essential.encode(errors="surrogatepass"), digest_size=16).hexdigest()
    return f"{SEVERITIES.index(severity)}-{digest}"


def still_holds(accepted: str, today: str) -> bool:
    """Whether what was accepted is what is found today: the same fault, and no graver."""
    accepted_rank, _, accepted_digest = accepted.partition("-")
    rank, _, digest = today.partition("-")
    return accepted_digest == digest and rank >= accepted_rank
