"""How allauth meets our people: who they are, what they are told, where they go."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts import limits, services
from portal.accounts.access import client_ip
from portal.accounts.captcha import remember_device
from portal.accounts.mfa import MFAAdapter
from portal.accounts.models import User
from portal.audit.services import record

__all__ = ["AccountAdapter", "MFAAdapter"]
REMEMBER_KEY = "remember_device"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": gettext_lazy(
            "We could not sign you in. Check the CPF or e-mail and the password; capital letters "
            "matter. A provisional password opens only once. If in doubt, use “I forgot my password”."
        ),
        "enter_current_password": gettext_lazy("This is not your current password."),
        "incorrect_password": gettext_lazy("This is not your password."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Nobody signs up: one asks for access, or is invited."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_ip(request) or "0.0.0.0"  # noqa: S104

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Nothing: our login form counts, per address and login, never per login alone."""

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        user = User.objects.by_login(credentials.get("username") or "")
        record("account.login_failed", target=user or "", request=request)

    def login(self, request: HttpRequest, user: User) -> None:
        """The last step, after every stage: here a provisional password is used up."""
        if user.must_change_password and not services.spend_provisional(user, at=timezone.now()):
            messages.error(
                request, _("The provisional password has already been used or has expired.")
            )
            raise ImmediateHttpResponse(redirect("account_login"))
        super().login(request, user)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        record("account.login", target=user, actor=user, request=request)
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if request.session.pop(REMEMBER_KEY, False):
            remember_device(response, user)
        return response

    def set_password(self, user: User, password: str) -> None:
        services.set_password(user, password, at=timezone.now(), request=self.request)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002
        return reverse("ui:dashboard")

    def reauthenticate(self, user: User, password: str) -> bool:
        """Whether this is the password of who is logged in already; counted, so not to be guessed."""
        if limits.limited(self.request, "reauthenticate", str(user.pk)):
            raise limits.TooMany("reauthenticate")
        return user.check_password(password)
