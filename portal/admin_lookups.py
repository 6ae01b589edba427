"""What a list of the administration may be asked by its address: what it shows as a filter, only.

Django lets any field of the model itself be asked for (``?password__startswith=…``), so that who
may only look at people reads secrets letter by letter from whether somebody is found.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.filters import ListFilter, SimpleListFilter
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.http import HttpRequest

if TYPE_CHECKING:
    AnyModelAdmin = admin.ModelAdmin[Any]
else:
    AnyModelAdmin = admin.ModelAdmin

# What Django's filters add to the name of the field that they were declared for.
_OF_ANY = ("", "__exact", "__isnull", "__isempty", "__in")
_OF_DATES = ("__gte", "__lt")
_OF_HIERARCHY = ("__year", "__month", "__day", *_OF_DATES)


class DeclaredLookups(AnyModelAdmin):
    """Filters by ``list_filter`` and ``date_hierarchy``; all else is refused, but for what a model's
    class names in ``more_lookups``: whole parameters that links of our own pages use."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Also with a value that no database would take, the address is none of ours."""
        more: Iterable[str] = getattr(self, "more_lookups", ())
        offered = {*more, *self._of_filters(request), *self._of_hierarchy()}
        values = request.GET.getlist(lookup) if request is not None else [value]
        return lookup in offered and all(map(_is_sound, values))

    def _of_filters(self, request: HttpRequest | None) -> Iterator[str]:
        declared = self.get_list_filter(request) if request is not None else self.list_filter
        for item in declared:
            if isinstance(item, type) and issubclass(item, ListFilter):
                if issubclass(item, SimpleListFilter):
                    yield str(item.parameter_name)
                continue
            name = str(item[0] if isinstance(item, (list, tuple)) else item)
            yield from _parameters(self.model, name)

    def _of_hierarchy(self) -> Iterator[str]:
        if self.date_hierarchy:
            yield from (f"{self.date_hierarchy}{end}" for end in _OF_HIERARCHY)


def _parameters(model: type[models.Model], name: str) -> Iterator[str]:
    """What the filter of a field may send."""
    yield from (name + end for end in _OF_ANY)
    field = _field(model, name)
    if isinstance(field, models.DateField):
        yield from (name + end for end in _OF_DATES)
    elif target := getattr(field, "related_model", None):
        yield f"{name}__{target._meta.pk.name}__exact"


def _is_sound(value: str) -> bool:
    """Neither with a zero byte nor a number beyond 64 bits, which SQLite and PostgreSQL refuse."""
    number = value.strip().lstrip("+-").replace("_", "")
    return "\0" not in value and not (number.isdecimal() and len(number) > 18)


def _field(model: type[models.Model], name: str) -> Any:
    """The field at the end of ``name``; None where it is none."""
    found: Any = None
    try:
        for part in name.split("__"):
            found = (found.related_model if found else model)._meta.get_field(part)
    except (FieldDoesNotExist, AttributeError):
        return None
    return found
