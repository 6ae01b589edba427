"""How forms look: every field with its label, help and errors tied to it."""

from typing import Any

from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.utils.formats import localize
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe


class BootstrapRenderer(TemplatesSetting):
    """Fields and forms rendered by ``templates/ui/``; ``{{ form }}`` is ready to use.

    The commonest widgets are drawn here, just as Django's own templates for them do: those take
    a template for each option and each list of attributes, half the time of a page with filters.
    """

    form_template_name = "ui/form.html"
    field_template_name = "ui/field.html"

    def render(
        self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None
    ) -> str:
        draw = _DRAWN.get(template_name)
        return draw(context["widget"]) if draw else super().render(template_name, context, request)


def _attributes(attrs: dict[str, Any]) -> SafeString:
    """``attrs.html``: True is an attribute without a value, False is none."""
    drawn = (
        f" {conditional_escape(name)}"
        if value is True
        else f' {conditional_escape(name)}="{conditional_escape(value)}"'
        for name, value in attrs.items()
        if value is not False
    )
    return mark_safe("".join(drawn))  # noqa: S308 - each part is escaped above


def _input(widget: dict[str, Any]) -> SafeString:
    value = {} if widget["value"] is None else {"value": widget["value"]}
    named = {"type": widget["type"], "name": widget["name"], **value}
    return format_html("<input{}{}>", _attributes(named), _attributes(widget["attrs"]))


def _select(widget: dict[str, Any]) -> SafeString:
    named, drawn = _attributes({"name": widget["name"]}), []
    for group, options, _index in widget["optgroups"]:
        within = mark_safe("".join(map(_option, options)))  # noqa: S308 - each is escaped
        drawn.append(
            format_html('<optgroup label="{}">{}</optgroup>', group, within) if group else within
        )
    within = mark_safe("".join(drawn))  # noqa: S308 - each is escaped
    return format_html("<select{}{}>{}</select>", named, _attributes(widget["attrs"]), within)


def _option(option: dict[str, Any]) -> SafeString:
    attrs = {"value": option["value"], **option["attrs"]}
    return format_html("<option{}>{}</option>", _attributes(attrs), localize(option["label"]))


_DRAWN = {
    "django/forms/widgets/select.html": _select,
    **{
        f"django/forms/widgets/{name}.html": _input
        for name in ("date", "email", "hidden", "number", "password", "search", "tel", "text")
    },
}
