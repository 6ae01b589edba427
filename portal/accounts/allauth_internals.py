"""The parts of allauth that it does not document, used here and in no other module.

They were read in ``VERSION``. The test of this module fails with any other version: compare each
use below with the new sources, run the tests that it names, then change ``VERSION``.
"""

from typing import Any

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.account.stages import LoginStage
from allauth.core import context
from allauth.mfa.stages import AuthenticateStage
from django.http import HttpRequest, HttpResponse

from portal.accounts.models import User

__all__ = [
    "SECOND_STEP",
    "VERSION",
    "LoginStage",
    "SecondStep",
    "current_request",
    "log_in",
    "log_in_by_form",
    "person_at_stage",
]

VERSION = "65.21.1"
# The stage that ``SecondStep`` stands for in ``get_login_stages``.
SECOND_STEP = "allauth.mfa.stages.AuthenticateStage"


def log_in(
    request: HttpRequest,
    user: User,
    *,
    next_url: str = "",
    state: dict[str, Any] | None = None,
    method: str = "",
    **facts: Any,
) -> HttpResponse:
    """Take the person through every stage of a login, and answer with the first that needs them.

    ``state`` is carried through the stages (``LoginStage.login.state``). A ``method`` counts as a
    proof of who they are, so that they need not confirm it again soon; ``facts`` go with it.
    """
    if method:
        record_authentication(request, user, method=method, **facts)
    login = Login(user=user, redirect_url=next_url or None, state=state or {})
    response: HttpResponse = perform_login(request, login)
    return response


def log_in_by_form(form: Any, request: HttpRequest, next_url: str | None) -> HttpResponse:
    """What allauth's login form does with the right password; the session keeps no login name."""
    response: HttpResponse = form._login_with_password(request, next_url, {})
    return response


def current_request() -> HttpRequest | None:
    """The request that allauth is answering; None outside one."""
    request: HttpRequest | None = context.request
    return request


def person_at_stage(request: HttpRequest | None) -> User | None:
    """Who is at a later stage of a login, and so not signed in yet."""
    stage = getattr(request, "_login_stage", None)
    return stage.login.user if stage is not None else None


class SecondStep(AuthenticateStage):  # type: ignore[misc]
    """allauth's stage of the second factor; a subclass says when it is passed over."""

    def is_passed_over(self) -> bool:
        return False

    def _should_handle(self, request: HttpRequest) -> bool:
        return not self.is_passed_over() and bool(super()._should_handle(request))
