"""Marks of views that say who may come in."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from portal.accounts.visits import kept_visit, visit_of

V = TypeVar("V", bound=Callable[..., HttpResponseBase])


def personal(view: V) -> V:
    """Marks a page as the person's own: a session that an e-CNPJ opened has no business there."""
    view.personal = True  # type: ignore[attr-defined]
    return view


def guests_welcome(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Lets guests in beside people who are signed in; everybody else goes to the login.

    The view is called with ``visit``: the guest's, or None for who is signed in. It must start
    from ``visible_to(user, at=…, visit=visit)``.
    """

    @login_not_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        visit = visit_of(request)
        if visit is None and not request.user.is_authenticated:
            if kept_visit(request):
                return render(request, "accounts/guests/visit_over.html", status=403)
            return redirect_to_login(request.get_full_path())
        return view(request, *args, visit=visit, **kwargs)

    return guarded
