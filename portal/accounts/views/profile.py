"""My profile, and my e-mail."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from portal import desks
from portal.accounts.forms.profile import EmailForm, ProfileForm
from portal.accounts.limits import limited, too_many
from portal.accounts.models import User
from portal.accounts.scope import scope_of
from portal.accounts.services import certificate_link
from portal.accounts.services import profile as service
from portal.accounts.services.links import LinkOver
from portal.ui.once import Done, once


def profile(request: HttpRequest) -> HttpResponse:
    """What is registered about me, and where to change it."""
    user = scope_of(request).user
    grants = user.grants.in_force(timezone.now()).select_related("company", "unit__company")
    offered = any(way.offered() for way in desks.gather("sign_in"))
    context = {
        "person": user, "grants": grants.order_by("pk"),
        "may_link": offered and certificate_link.may_link(user),
    }  # fmt: skip
    return render(request, "accounts/profile.html", context)


def profile_edit(request: HttpRequest) -> HttpResponse:
    """Name, phone, address."""
    user = scope_of(request).user
    # A copy: a form with errors must not half change the person whom the page shows.
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=user.pk))
    if request.method == "POST" and form.is_valid():
        service.update_profile(form.instance, form.changed_data, request=request)
        messages.success(request, _("Your profile was saved."))
        return redirect("accounts:profile")
    return render(request, "accounts/profile_edit.html", {"form": form, "person": user})


@sensitive_post_parameters("password")
@once
def email_change(request: HttpRequest) -> HttpResponse:
    """Ask for a new e-mail; nothing changes until its link is opened."""
    user = scope_of(request).user
    form = EmailForm(user, request.POST or None)
    if request.method == "POST":
        if limited(request, "email-change", f"user:{user.pk}"):
            return too_many(request, "email-change")
        if form.is_valid():
            service.ask_email_change(
                user, form.cleaned_data["email"], at=timezone.now(), request=request
            )
            text = _("We sent a link to the new e-mail. Open it within 24 hours to confirm.")
            return Done(request, reverse("accounts:profile"), text)
    return render(request, "accounts/email_change.html", {"form": form})


@require_POST
def email_prove(request: HttpRequest) -> HttpResponse:
    """Mail a link to the e-mail that the person has, which nobody has confirmed."""
    user = scope_of(request).user
    if limited(request, "email-change", f"user:{user.pk}"):
        return too_many(request, "email-change")
    if user.email and not user.email_proof:
        service.ask_email_change(user, user.email, at=timezone.now(), request=request)
        messages.success(
            request, _("We sent a link to your e-mail. Open it within 24 hours to confirm.")
        )
    return redirect("accounts:profile")


@never_cache
def email_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link in the mail: GET shows the address, POST makes it mine."""
    user, now = scope_of(request).user, timezone.now()
    try:
        link = service.email_link(user, token, at=now)
        if request.method == "POST":
            service.confirm_email(user, token, at=now, request=request)
            messages.success(request, _("Your e-mail is confirmed."))
            return redirect("accounts:profile")
    except (LinkOver, service.EmailTaken):
        return render(request, "accounts/email_link_over.html", status=410)
    return render(request, "accounts/email_confirm.html", {"email": link.email})
