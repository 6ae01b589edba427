"""Columns that several lists of the administration show."""

from typing import Any

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from portal.money import format_brl


def cents_column(name: str, model: Any) -> Any:
    """An amount in reais."""

    @admin.display(description=model._meta.get_field(name).verbose_name)
    def amount(_admin: Any, row: Any) -> str:
        return format_brl(getattr(row, name))

    return amount


def text_column(name: str, model: Any, label: Any = None) -> Any:
    """What a relation leads to, as text: not everybody who sees this may open that."""

    @admin.display(description=label or model._meta.get_field(name).verbose_name)
    def text(_admin: Any, row: Any) -> str:
        return str(getattr(row, name) or "–")

    return text


@admin.display(description=_("work page"))
def work_column(_admin: Any, row: Any) -> SafeString:
    """Where the row is worked on."""
    return format_html('<a href="{}">{}</a>', row.get_absolute_url(), _("Open"))
