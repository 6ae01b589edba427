"""What a list of the administration may be asked: by its address the filters that it shows, and
its actions for rows that are there.

Django lets any field of the model itself be asked for (``?password__startswith=…``), so that who
may only look at people reads secrets letter by letter from whether somebody is found.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.filters import ListFilter, SimpleListFilter
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    AnyModelAdmin = admin.ModelAdmin[Any]
else:
    AnyModelAdmin = admin.ModelAdmin

# What Django's filters add to the name of the field that they were declared for.
_OF_ANY = ("", "__exact", "__isnull", "__isempty", "__in")
_OF_DATES = ("__gte", "__lt")
_OF_HIERARCHY = ("__year", "__month", "__day", *_OF_DATES)


class GuardedList(AnyModelAdmin):
    """Filters by ``list_filter`` and ``date_hierarchy``; all else is refused, but for what a model's
    class names in ``more_lookups``: whole parameters that links of our own pages use."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Also with a value that no database would take, the address is none of ours."""
        more: Iterable[str] = getattr(self, "more_lookups", ())
        offered = {*more, *self._of_filters(request), *self._of_hierarchy()}
        values = request.GET.getlist(lookup) if request is not None else [value]
        return lookup in offered and all(map(_is_sound, values))

    def response_action(self, request: HttpRequest, queryset: Any, *rest: Any, **more: Any) -> Any:
        """An action for the rows chosen that exist; with none of them it is not begun."""
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if (
            chosen
            and not queryset.filter(pk__in=list(filter(None, map(self._key, chosen)))).exists()
        ):
            messages.warning(request, _("None of those chosen is there any more."))
            return HttpResponseRedirect(request.get_full_path())
        sent = request.POST.copy()
        sent.setlist(ACTION_CHECKBOX_NAME, [word for word in chosen if self._key(word) is not None])
        request.POST = sent  # type: ignore[assignment]
        return super().response_action(request, queryset, *rest, **more)

    def _key(self, word: str) -> Any:
        """A row's key as it was sent; None where it is none."""
        try:
            return self.opts.pk.to_python(word) if _is_sound(word) else None
        except ValidationError:
            return None

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
