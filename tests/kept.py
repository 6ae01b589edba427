"""What an erasure leaves in columns of text, and why: the tables that each app keeps.

The table of an app is ``KEPT`` in ``tests/<app>/kept.py``: reason -> columns (``app.Model.field``).
A column that an erasure empties stands in no table.
"""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.core.validators import MaxValueValidator
from django.db.models import (
    AutoField,
    CharField,
    Field,
    FileField,
    ForeignKey,
    JSONField,
    Model,
    TextField,
)
from django.utils import timezone

from portal.accounts.models import User
from tests.factories import make_user, next_number

# What a constraint asks for beside the columns that may not be empty.
ALSO: dict[str, dict[str, Any]] = {
    "proxies.SecretValue": {"sealed": b"x"}, "powers.Power": {"means": ""},
}  # fmt: skip
TEXT = (CharField, FileField, JSONField, TextField)


def tables() -> dict[str, str]:
    """Every column that is kept -> why."""
    found: dict[str, str] = {}
    for app in {config.name.split(".")[0] for config in apps.get_app_configs()}:
        if find_spec("tests") and find_spec(f"tests.{app}") and find_spec(f"tests.{app}.kept"):
            for reason, columns in import_module(f"tests.{app}.kept").KEPT.items():
                found |= dict.fromkeys(columns, reason)
    return found


def columns() -> Iterator[tuple[type[Model], Field[Any, Any]]]:
    """Every column that can hold a name: text of any kind without a list of choices."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, TEXT) and not field.choices:
                yield model, field


def name_of(model: type[Model], field: Field[Any, Any]) -> str:
    return f"{model._meta.label}.{field.name}"


def a_row(model: type[Model], **given: Any) -> Model:
    """Any row of this table, with the rows that it needs; made whatever the app's services would say."""
    values = {**ALSO.get(model._meta.label, {}), **given}
    for field in model._meta.concrete_fields:
        if field.name in values or isinstance(field, AutoField):
            continue
        if isinstance(field, ForeignKey) and not field.null:
            other: Any = field.related_model
            first = None if field.unique else other._base_manager.order_by("pk").first()
            values[field.name] = first or (make_user("Alguém") if other is User else a_row(other))
        elif not field.null and not field.has_default():
            values[field.name] = _something(field)
    return model._base_manager.bulk_create([model(**values)])[0]


def _something(field: Field[Any, Any]) -> Any:
    if field.choices:
        return field.choices[0][0]
    kind = field.get_internal_type()
    known = {
        "BooleanField": False, "BinaryField": b"x", "JSONField": {},
        "DateField": timezone.localdate(), "DateTimeField": timezone.now(),
    }  # fmt: skip
    if "Integer" in kind:
        limits = [v.limit_value for v in field.validators if isinstance(v, MaxValueValidator)]
        return min([next_number(), *limits])
    longest = getattr(field, "max_length", None) or 20
    return known[kind] if kind in known else f"{next_number()}"[-longest:]
