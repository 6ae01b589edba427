"""Staff groups: Django's page, audited, with permissions in the reader's language."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group, Permission
from django.db.models import ManyToManyField
from django.http import HttpRequest
from django.utils.translation import gettext as _

from portal import desks
from portal.accounts.admin.audited import AuditedAdmin
from portal.step_up import require_step_up


class PermissionsField(forms.ModelMultipleChoiceField[Permission]):
    """Permissions by the name of their app, of their model, and of what they allow."""

    def label_from_instance(self, permission: Permission) -> str:
        return f"{permission.content_type.app_labeled_name}: {permission_label(permission)}"


def permission_label(permission: Permission) -> str:
    """What a permission allows. Django keeps its name in English, its own ones with the model."""
    action = permission.codename.removesuffix(f"_{permission.content_type.model}")
    own = {"add": _("add"), "change": _("change"), "delete": _("delete"), "view": _("view")}
    return own.get(action) or _(permission.name)


class AuditedGroupAdmin(AuditedAdmin, GroupAdmin):
    """Offers what desks and groups have; sessions, captchas and the like are nobody's to change."""

    def formfield_for_manytomany(
        self, db_field: ManyToManyField[Any, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> Any:
        if db_field.name == "permissions":
            offered = Permission.objects.filter(
                content_type__app_label__in=[*(desk.name for desk in desks.registered()), "auth"]
            )
            kwargs["queryset"] = offered.select_related("content_type")
            kwargs["form_class"] = PermissionsField
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        require_step_up(request)
        super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        require_step_up(request)
        super().delete_model(request, obj)


admin.site.unregister(Group)
admin.site.register(Group, AuditedGroupAdmin)
