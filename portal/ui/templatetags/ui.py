"""Template tags of the whole portal, built into every template."""

from datetime import date
from typing import Any

from django import forms, template
from django.forms import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.desks import Link, SignIn, gather, links
from portal.money import format_brl
from portal.periods import format_period
from portal.taxid import format_tax_id
from portal.ui.context import sprite
from portal.ui.pages import query_string

register = template.Library()

BADGE_ICONS = {
    "ok": "check-circle", "wait": "clock", "warn": "exclamation-triangle",
    "bad": "x-circle", "info": "info-circle", "muted": "dash-circle",
}  # fmt: skip

register.filter("brl", format_brl)
register.filter("tax_id", format_tax_id)


@register.filter
def period(value: date) -> str:
    """``mm/aaaa``."""
    return format_period(value)


@register.simple_tag(takes_context=True)
def icon(context: dict[str, Any], name: str, label: str = "") -> SafeString:
    """An icon of the sprite; without a label it is decoration and hidden from screen readers."""
    # Its address is the same a hundred times on a page: ``portal.ui.context`` looks it up once.
    url = f"{context.get('sprite') or sprite()}#{name}"
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, url
        )
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', url)


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


@register.simple_tag(takes_context=True)
def badge(context: dict[str, Any], tone: str, text: str, icon_name: str = "") -> SafeString:
    """A text badge with an icon. Tones: ok, wait, warn, bad, info, muted."""
    drawn = icon(context, icon_name or BADGE_ICONS[tone])
    return format_html('<span class="badge badge-{}">{}{}</span>', tone, drawn, text)


@register.inclusion_tag("ui/about.html", takes_context=True)
def about(context: dict[str, Any], model: str, pk: int) -> dict[str, Any]:
    """What other desks show about this object: ``{% about "app.model" object.pk %}``."""
    request = context["request"]
    found = [make(request, f"{model}:{pk}") for make in gather("about")]
    cards = sorted(filter(None, found), key=lambda card: card.order)
    return {"cards": cards, "request": request, "user": request.user}


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


@register.filter
def has_required(form: forms.Form) -> bool:
    """Whether some field that is seen must be filled in: then the page says what the * means."""
    return any(bound.field.required for bound in form.visible_fields())


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
        # A field that is needed unless another one is filled in says ``is_marked``.
        "required": field.field.required or getattr(field.field, "is_marked", False),
        "errors": errors,
    }


def _style(widget: forms.Widget) -> str:
    if isinstance(widget, forms.CheckboxInput | forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "form-check-input"
    return "form-select" if isinstance(widget, forms.Select) else "form-control"
