"""Serviços Online without an account: the first page, and its entrance."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from orders.forms.registration import CODE, CPF, EMAIL
from portal.accounts.forms.auth import LoginForm, RecoveryForm

HOME_OF_CLIENTS = "orders:list"


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "orders/home.html")


@login_not_required
@never_cache
@require_safe
def enter(request: HttpRequest) -> HttpResponse:
    """The portal's own login in the words of the manual; it is sent to the portal's login."""
    if request.user.is_authenticated:
        return redirect(HOME_OF_CLIENTS)
    form = LoginForm(request=request)
    fields: dict[str, Any] = form.fields
    for name, label in {"login": CPF, "captcha": CODE}.items():
        if name in fields:  # no code on a device that is remembered
            fields[name].label = label
    return render(request, "orders/enter.html", {"form": form})


@login_not_required
@never_cache
@require_safe
def recover(request: HttpRequest) -> HttpResponse:
    """The portal's own “Esqueci a senha” in the words of the manual; it is sent to the portal's."""
    form = RecoveryForm()
    for name, label in {"cpf": CPF, "email": EMAIL, "captcha": CODE}.items():
        form.fields[name].label = label
    form.fields["cpf"].required, form.fields["cpf"].help_text = True, ""
    return render(request, "orders/recover.html", {"form": form})
