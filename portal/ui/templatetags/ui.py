"""Template tags of the whole portal, built into every template."""

from datetime import date
from functools import lru_cache
from itertools import accumulate
from typing import Any
from urllib.parse import urlencode

from django import forms, template
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.forms import BoundField
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from portal.desks import Link, NavItem, SignIn, gather, links
from portal.money import format_brl
from portal.periods import format_period
from portal.taxid import format_tax_id

register = template.Library()

register.filter("brl", format_brl)
register.filter("tax_id", format_tax_id)


@register.filter
def period(value: date) -> str:
    """``mm/aaaa``."""
    return format_period(value)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; without a label it is decoration and hidden from screen readers."""
    return _drawn(name, label, _sprite(str(settings.STORAGES["staticfiles"])))


@lru_cache(maxsize=4)
def _sprite(storage: str) -> str:  # noqa: ARG001 - its address is another in another storage
    return staticfiles_storage.url("icons.svg")


@lru_cache(maxsize=512)
def _drawn(name: str, label: str, sprite: str) -> SafeString:
    url = f"{sprite}#{name}"
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, url
        )
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', url)


# The menu in one line of a window of 1280 pixels: about so wide are a letter, the rest of an entry
# (icon, padding), "More", and the line.
_LETTER, _ENTRY, _MORE, _LINE = 7.4, 45, 100, 1090


@register.simple_tag(takes_context=True)
def nav_entries(context: dict[str, Any], part: str = "") -> SafeString:
    """The main menu's entries, the one of this very page marked.

    ``part``: ``bar`` for as many as fit in one line, ``more`` for the others; all without it.
    """
    path, items = context["request"].path, (*context["nav_client"], *context["nav_staff"])
    return _nav_entries(items, part, path if path in _nav_targets(items) else "", get_language())


@lru_cache(maxsize=128)
def _nav_targets(items: tuple[NavItem, ...]) -> frozenset[str]:
    return frozenset(reverse(item.url_name) for item in items)


@lru_cache(maxsize=512)
def _nav_entries(
    items: tuple[NavItem, ...],
    part: str,
    path: str,
    language: str | None,  # noqa: ARG001
) -> SafeString:
    if part:
        fit = _fitting(items)
        items = items[:fit] if part == "bar" else items[fit:]
    return format_html_join("\n", "{}", ((_nav_entry(item, path),) for item in items))


def _fitting(items: tuple[NavItem, ...]) -> int:
    """How many entries stand in the line, "More" beside them unless all do."""
    ends = list(accumulate(_ENTRY + _LETTER * len(str(item.label)) for item in items))
    if not ends or ends[-1] <= _LINE:
        return len(items)
    return sum(end <= _LINE - _MORE for end in ends)


def _nav_entry(item: NavItem, path: str) -> SafeString:
    target = reverse(item.url_name)
    mark = mark_safe(' aria-current="page"') if path == target else ""
    return format_html(
        '<li><a href="{}"{}>{}{}</a></li>', target, mark, icon(item.icon), item.label
    )


@register.simple_tag(takes_context=True)
def desk_links(context: dict[str, Any], part: str) -> list[Link]:
    """The links that the desks add to a part of the portal: see ``portal.desks.links``."""
    return links(part, context["request"])


@register.simple_tag
def other_sign_ins() -> list[SignIn]:
    """The ways to sign in that the desks add to the password, whether they are offered or not."""
    return list(gather("sign_in"))


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: Any) -> str:
    """The current query string with some values changed; None or "" removes one.

    ``<a href="{% query page=2 %}">`` keeps every filter.
    """
    return query_string(context["request"].GET, **changes)


def query_string(asked: QueryDict, **changes: Any) -> str:
    """What ``{% query %}`` writes."""
    values = dict(asked.lists())
    for name, value in changes.items():
        if value in (None, ""):
            values.pop(name, None)
        else:
            values[name] = [str(value)]
    return f"?{urlencode(values, doseq=True)}"


@register.inclusion_tag("ui/badge.html")
def badge(tone: str, text: str, icon_name: str = "") -> dict[str, str]:
    """A text badge with an icon. Tones: ok, wait, warn, bad, info, muted."""
    icons = {
        "ok": "check-circle", "wait": "clock", "warn": "exclamation-triangle",
        "bad": "x-circle", "info": "info-circle", "muted": "dash-circle",
    }  # fmt: skip
    return {"tone": tone, "text": text, "icon_name": icon_name or icons[tone]}


@register.inclusion_tag("ui/bars.html")
def bars(series: list[dict[str, Any]], caption: str) -> dict[str, Any]:
    """A bar chart drawn on the server, with its figures as a table for those who read.

    ``series``: ``[{"label": "03/2026", "value": 12345, "text": "R$ 123,45", "url": "…"}]``.
    """
    highest = max((row["value"] for row in series), default=0) or 1
    width, gap, height = 48, 16, 160
    drawn = [
        {
            **row,
            "x": i * (width + gap) + gap,
            "middle": i * (width + gap) + gap + width // 2,
            "height": max(2, round(row["value"] * height / highest)) if row["value"] > 0 else 0,
        }
        for i, row in enumerate(series)
    ]
    for row in drawn:
        row["y"] = 20 + height - row["height"]
    return {
        "series": drawn,
        "caption": caption,
        "bar_width": width,
        "total_width": len(series) * (width + gap) + gap,
        "total_height": height + 48,
        "label_y": height + 40,
    }


@register.simple_tag
def field_parts(field: BoundField) -> dict[str, Any]:
    """What a form field is drawn from: its widget has its class, error state and the ids of the
    texts that describe it."""
    widget, errors = field.field.widget, field.errors
    is_check = isinstance(widget, forms.CheckboxInput)
    described = [f"{field.auto_id}_helptext"] if field.help_text else []
    described += [f"{field.auto_id}_error"] if errors else []
    style = f"{_style(widget)} {widget.attrs.get('class', '')}".strip()
    attrs: dict[str, str | bool] = {"class": style}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    return {
        "widget": field.as_widget(attrs=attrs),
        "is_check": is_check,
        "is_group": field.use_fieldset and not is_check,
        "id": field.id_for_label,
        "label": str(field.label),
        "required": field.field.required,
        "errors": errors,
    }


def _style(widget: forms.Widget) -> str:
    if isinstance(widget, forms.CheckboxInput | forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "form-check-input"
    return "form-select" if isinstance(widget, forms.Select) else "form-control"
