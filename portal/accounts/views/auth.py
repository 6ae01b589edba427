"""Login, change of password, recovery: allauth's pipeline behind our forms."""

from typing import Any

from allauth.account import views as allauth
from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from portal.accounts import limits, services
from portal.accounts.forms.auth import LoginForm, RecoveryForm
from portal.accounts.views.codes import NEW_CODE, typed_so_far
from portal.ui.once import Done, once


class LoginView(allauth.LoginView):  # type: ignore[misc]
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if NEW_CODE in request.POST:
            form = LoginForm(initial=typed_so_far(request), request=request)
            page: HttpResponseBase = self.render_to_response(self.get_context_data(form=form))
            return page
        response: HttpResponseBase = super().post(request, *args, **kwargs)
        return response


class PasswordChangeView(allauth.PasswordChangeView):  # type: ignore[misc]
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if limits.limited(request, "password-change", str(request.user.pk)):
            return limits.too_many(request, "password-change")
        response: HttpResponseBase = super().post(request, *args, **kwargs)
        return response


login = never_cache(sensitive_post_parameters("password")(LoginView.as_view()))
change_password = never_cache(PasswordChangeView.as_view())
set_password = never_cache(allauth.PasswordSetView.as_view())


@login_not_required
@never_cache
@once
def recover(request: HttpRequest) -> HttpResponse:
    """“Esqueci a senha”: the same answer whether or not the person exists."""
    if NEW_CODE in request.POST:
        return _recovery_page(request, RecoveryForm(initial=typed_so_far(request)))
    form = RecoveryForm(request.POST or None)
    if request.method == "POST" and limits.limited(request, "recovery"):
        return limits.too_many(request, "recovery")
    if not form.is_valid():
        return _recovery_page(request, form)
    cpf, email = form.cleaned_data["cpf"], form.cleaned_data["email"].lower()
    if not limits.limited(request, "recovery-mail", cpf, email):
        services.request_recovery(cpf=cpf, email=email, request=request)
    return Done(request, reverse("account_reset_password_done"))


def _recovery_page(request: HttpRequest, form: forms.Form) -> HttpResponse:
    return render(request, "account/password_reset.html", {"form": form})
