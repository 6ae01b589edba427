"""Steps of a login: what a certificate changes in them, and what a password no longer opens."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from portal.accounts.allauth_internals import LoginStage, SecondStep
from portal.accounts.opening import JOIN_KEY, STATE_KEY, CertificateIdentity, Opening
from portal.accounts.services import certificate_login, certificate_only
from portal.accounts.services.sessions import make_room
from portal.audit.services import record

_REQUEST_KEY = "_opening"


def opening_to_be(request: HttpRequest) -> Opening:
    """By what the login that is being completed in this very request was begun."""
    return Opening.from_json(getattr(request, _REQUEST_KEY, None))


class CertificateOnlyStage(LoginStage):  # type: ignore[misc]
    """The password was right; but all of this person's companies ask for a certificate."""

    key = "certificate_only"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        user = self.login.user
        if self.login.state.get(STATE_KEY) or user is None or user.is_staff:
            return None, True
        closed = certificate_only.refused_companies(user, at=timezone.now())
        if not closed:
            return None, True
        data = {"reason": "certificate only"}
        record("account.login_refused", target=user, request=self.request, data=data)
        context = {"companies": closed}
        return render(self.request, "account/certificate_only.html", context, status=403), False


class SecondStepStage(SecondStep):
    """An e-CNPJ opens nothing of the person's own, and so asks for no second factor of theirs.

    It does where the certificate is about to be joined to their registration.
    """

    def is_passed_over(self) -> bool:
        limited = Opening.from_json(self.login.state.get(STATE_KEY)).is_limited
        return limited and JOIN_KEY not in self.login.state


class OpeningStage(LoginStage):  # type: ignore[misc]
    """The last: tells the adapter by what the login was begun, and makes room for the session.

    Here, after the second factor, a certificate is joined to who has given their password.
    """

    key = "opening"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        held: Any = self.login.state.get(JOIN_KEY)
        if held and self.login.user is not None:
            identity = CertificateIdentity.from_json(held)
            if not certificate_login.join(self.login.user, identity, request=self.request):
                return certificate_login.not_joined(self.request), False
        state: Any = self.login.state.get(STATE_KEY)
        setattr(self.request, _REQUEST_KEY, state)
        if self.login.user is not None:
            make_room(self.login.user, request=self.request)
        return None, True
