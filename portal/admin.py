"""The admin site: behind the portal's own login, branded by templates."""

from collections.abc import Iterable
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from portal.admin_lists import GuardedList
from portal.ui.admin import AddedOnce

# Tables of libraries that hold secrets, or that have pages of our own.
HIDDEN = {
    "account.emailaddress",
    "account.emailconfirmation",
    "mfa.authenticator",
    "usersessions.usersession",
}


class PortalAdminSite(admin.AdminSite):
    site_header = _("Administration")
    site_title = _("Administration")
    index_title = _("Administration")
    login_template = None

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Whatever a model's own class says, its list is asked only for what it declares, and its
        form adds once."""
        models = (
            model_or_iterable if isinstance(model_or_iterable, Iterable) else [model_or_iterable]
        )
        shown = [model for model in models if model._meta.label_lower not in HIDDEN]
        own = admin_class or admin.ModelAdmin
        guarded = type(own.__name__, (GuardedList, AddedOnce, own), {"__module__": own.__module__})
        super().register(shown, guarded, **options)

    @method_decorator(login_not_required)
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """To the portal's own login; 403 for somebody signed in who is no staff."""
        response: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return response

    def password_change(  # type: ignore[override]
        self,
        request: HttpRequest,  # noqa: ARG002
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> HttpResponse:
        """One place to change a password, with the portal's rules."""
        return redirect("account_change_password")
