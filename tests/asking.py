"""What a page reads of a request, and what it writes into the database, while a test asks for it."""

import re
from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.db.models.signals import pre_save
from django.http import QueryDict

_WRITES = re.compile(r'(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM) "(\w+)"')


@dataclass
class Noted:
    """``names`` of parameters that were looked up, in the address or the body; ``tables`` written."""

    names: set[str] = field(default_factory=set)
    tables: set[str] = field(default_factory=set)


@contextmanager
def noting() -> Iterator[Noted]:
    """Notes what is read and written inside."""
    noted, before = Noted(), {}

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        noted.tables.update(_WRITES.findall(sql))
        return execute(sql, *rest)

    def spy(real: Any) -> Any:
        def look_up(self: QueryDict, name: Any, *rest: Any) -> Any:
            noted.names.add(str(name))
            return real(self, name, *rest)

        return look_up

    for method in ("__getitem__", "__contains__", "getlist"):
        before[method] = QueryDict.__dict__.get(method)
        setattr(QueryDict, method, spy(getattr(QueryDict, method)))
    try:
        with connection.execute_wrapper(note):
            yield noted
    finally:
        for method, own in before.items():
            if own is None:
                delattr(QueryDict, method)
            else:
                setattr(QueryDict, method, own)


@contextmanager
def first_keys_are(key: int) -> Iterator[None]:
    """The first row of each model that is saved inside has this key, whatever the model."""
    seen: set[type[models.Model]] = set()

    def give(sender: type[models.Model], instance: models.Model, **_more: Any) -> None:
        if instance.pk is None and sender not in seen:
            seen.add(sender)
            instance.pk = key

    pre_save.connect(give)
    try:
        yield
    finally:
        pre_save.disconnect(give)


def rows_of(key: int, tables: Set[str]) -> dict[str, list[Any]]:
    """In these tables the rows that have this key or name it as another row's."""
    found = {}
    for model in apps.get_models():
        if model._meta.db_table in tables:
            for column in filter(_holds_a_key, model._meta.concrete_fields):
                rows = model._base_manager.filter(**{column.attname: key}).order_by("pk")
                found[f"{model._meta.label}.{column.name}"] = list(rows.values())
    return found


def _holds_a_key(column: Any) -> bool:
    named = column.target_field if column.is_relation else column
    return (column.primary_key or column.is_relation) and isinstance(named, models.BigAutoField)
