"""The base of every record, and what all kinds of objects share."""

from __future__ import annotations

import msgspec


class Record(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """Base of all records: immutable, compared by value, encoded without default fields.

    A record holds values and other records, never anything that leads back to it, so the garbage collector need not
    walk the hundreds of thousands of them that a large cluster has.
    """


class Owner(Record, frozen=True, kw_only=True):
    """An ownerReference: who created the object and takes it along when deleted."""

    kind: str
    name: str
    group: str = ""
    controller: bool = False


class PlaintextCredential(Record, frozen=True, kw_only=True):
    """A literal that the detector judged to be a credential, without the literal.

    `field` is the path to it, down into a file where it stands in one, such as `data["app.yaml"] db.password`.
    `credential` names its kind ("password", "AWS access key", "connection string with a password"), `masked`
    is a form that may be shown, such as `AKIA…`, or empty.
    """

    field: str
    name: str
    credential: str
    masked: str = ""
