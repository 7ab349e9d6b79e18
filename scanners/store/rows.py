"""Rows written in bulk, without the ORM's cost per value.

`bulk_create` asks every field of every row how to write itself, which is more than half of a first scan of a large
cluster. Here each column's way is looked up once. Values are bound, never put into the text of a statement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from django.db import connection, models

Prepare = Callable[[Any], Any]


def insert(rows: Sequence[models.Model], *, unique: Sequence[str] = (), update: Sequence[str] = ()) -> None:
    """Insert rows of one model; the database gives their ids, which the rows are not told.

    Where a row with the same `unique` columns exists, its `update` columns are written instead. All are names
    of fields.
    """
    if not rows:
        return
    fields = [field for field in rows[0]._meta.concrete_fields if not field.primary_key]
    writers = [(field.attname, _prepare(field)) for field in fields]
    with connection.cursor() as cursor:
        cursor.executemany(_statement(rows[0], fields, unique, update), _values(rows, writers))


def _values(rows: Iterable[models.Model], writers: Sequence[tuple[str, Prepare | None]]) -> list[tuple[Any, ...]]:
    held = (row.__dict__ for row in rows)
    return [
        tuple(values[name] if prepare is None else prepare(values[name]) for name, prepare in writers)
        for values in held
    ]


def _prepare(field: models.Field[Any, Any]) -> Prepare | None:
    """How a value of the field is written, None where the driver takes it as it is."""
    if isinstance(field, models.DateTimeField):
        return connection.ops.adapt_datetimefield_value
    if isinstance(field, (models.JSONField, models.BinaryField, models.UUIDField)):
        return partial(field.get_db_prep_save, connection=connection)
    if isinstance(field, models.ForeignKey):
        return _prepare(field.target_field)
    return None


def _statement(
    row: models.Model, fields: Sequence[models.Field[Any, Any]], unique: Sequence[str], update: Sequence[str]
) -> str:
    """Only names of our own tables and columns are in it."""
    quote = connection.ops.quote_name

    def column(name: str) -> str:
        return str(quote(str(getattr(row._meta.get_field(name), "column"))))  # noqa: B009 (a reverse relation has none)

    statement = (
        f"INSERT INTO {quote(row._meta.db_table)} ({', '.join(quote(str(field.column)) for field in fields)}) "  # noqa: S608
        f"VALUES ({', '.join(['%s'] * len(fields))})"
    )
    if not unique:
        return statement
    keys = ", ".join(column(name) for name in unique)
    new = ", ".join(f"{column(name)} = excluded.{column(name)}" for name in update)
    return f"{statement} ON CONFLICT ({keys}) DO UPDATE SET {new}"
