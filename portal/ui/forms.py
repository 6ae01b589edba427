"""How forms look: every field with its label, help and errors tied to it."""

from html import escape
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.utils.formats import localize
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


def _text(value: Any) -> str:
    """Escaped, unless it is HTML already."""
    return value if isinstance(value, SafeString) else escape(str(value))


def _attributes(attrs: dict[str, Any]) -> str:
    """``attrs.html``: True is an attribute without a value, False is none."""
    return "".join(
        f" {_text(name)}" if value is True else f' {_text(name)}="{_text(value)}"'
        for name, value in attrs.items()
        if value is not False
    )


# Each part of what follows is escaped by ``_text``.


def _input(widget: dict[str, Any]) -> SafeString:
    value = {} if widget["value"] is None else {"value": widget["value"]}
    named = {"type": widget["type"], "name": widget["name"], **value}
    return mark_safe(f"<input{_attributes(named)}{_attributes(widget['attrs'])}>")  # noqa: S308


def _select(widget: dict[str, Any]) -> SafeString:
    drawn = []
    for group, options, _index in widget["optgroups"]:
        within = "".join(map(_option, options))
        drawn.append(f'<optgroup label="{_text(group)}">{within}</optgroup>' if group else within)
    attrs = _attributes({"name": widget["name"]}) + _attributes(widget["attrs"])
    return mark_safe(f"<select{attrs}>{''.join(drawn)}</select>")  # noqa: S308


def _option(option: dict[str, Any]) -> str:
    attrs = {"value": option["value"], **option["attrs"]}
    return f"<option{_attributes(attrs)}>{_text(localize(option['label']))}</option>"


_DRAWN = {
    "django/forms/widgets/select.html": _select,
    **{
        f"django/forms/widgets/{name}.html": _input
        for name in ("date", "email", "hidden", "number", "password", "search", "tel", "text")
    },
}
