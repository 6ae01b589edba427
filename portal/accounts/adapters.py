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

from portal import hooks
from portal.accounts import limits, services
from portal.accounts.allauth_internals import SECOND_STEP
from portal.accounts.captcha import remember_device
from portal.accounts.mfa import MFAAdapter
from portal.accounts.models import User
from portal.accounts.opening import opening_of
from portal.accounts.scope import begin_session
from portal.accounts.services.certificate_only import tell_at_login
from portal.accounts.stages import opening_to_be
from portal.accounts.switcher import first_page, select_only_unit
from portal.audit.services import record
from portal.requests import client_ip

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
        people = User.objects.by_login(credentials.get("username") or "")
        record("account.login_failed", target=people[0] if people else "", request=request)

    def get_login_stages(self) -> list[str]:
        """allauth's, with what a certificate changes: first the policy, last what it remembers."""
        own = {SECOND_STEP: "portal.accounts.stages.SecondStepStage"}
        stages = [own.get(path, path) for path in super().get_login_stages()]
        here = "portal.accounts.stages"
        return [f"{here}.CertificateOnlyStage", *stages, f"{here}.OpeningStage"]

    def login(self, request: HttpRequest, user: User) -> None:
        """The last step, after every stage: here a provisional password is used up."""
        opening, now = opening_to_be(request), timezone.now()
        provisional = user.must_change_password and not opening.by_certificate
        if provisional and not services.spend_provisional(user, at=now):
            messages.error(
                request, _("The provisional password has already been used or has expired.")
            )
            raise ImmediateHttpResponse(redirect("account_login"))
        super().login(request, user)
        begin_session(request, user, opening)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        opening = opening_to_be(request)
        data = {"means": opening.means.value}
        if opening.by_certificate:
            data["certificate"] = opening.sha256
            hooks.tell(hooks.CertificateShown(sha256=opening.sha256, user=user))
            select_only_unit(request)
            kwargs["redirect_url"] = first_page(request, kwargs.get("redirect_url") or "")
        else:
            tell_at_login(request, user, at=timezone.now())
        record("account.login", target=user, actor=user, request=request, data=data)
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if request.session.pop(REMEMBER_KEY, False):
            remember_device(response, user)
        return response

    def logout(self, request: HttpRequest) -> None:
        """Out of the portal; a certificate stays at hand in the browser, which we say."""
        opening = opening_of(request)
        super().logout(request)
        if opening.by_certificate:
            messages.info(
                request,
                _(
                    "You have left. Remove the token or card and close every window of the browser: "
                    "until then it may use the certificate again without asking."
                ),
            )

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """By which one proves again who one is: the second factor of who has one, else the password."""
        found: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [way for way in found if way["id"] != "reauthenticate"] or found

    def set_password(self, user: User, password: str) -> None:
        services.set_password(user, password, at=timezone.now(), request=self.request)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002
        return reverse("ui:dashboard")

    def reauthenticate(self, user: User, password: str) -> bool:
        """Whether this is the password of who is logged in already; counted, so not to be guessed."""
        if limits.limited(self.request, "reauthenticate", str(user.pk)):
            raise limits.TooMany("reauthenticate")
        return user.check_password(password)
