"""What staff do for one person, each on a page that asks first: a POST does it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from portal.accounts import mfa, services
from portal.accounts.models import Grant, User
from portal.accounts.scope import scope_of
from portal.step_up import require_step_up

if TYPE_CHECKING:
    AnyModelAdmin = admin.ModelAdmin[Any]
else:
    AnyModelAdmin = admin.ModelAdmin


@dataclass(frozen=True)
class Act:
    """One thing done for a person. ``run`` may return a provisional password, to be shown once."""

    label: str | Promise
    question: str | Promise
    done: str | Promise
    possible: Callable[[User], bool]
    run: Callable[[User, User, HttpRequest], str | None]
    step_up: bool = False  # whether who does it proves first who they are


def _provisional(user: User, by: User, request: HttpRequest) -> str | None:
    return services.issue_provisional_password(user, by=by, at=timezone.now(), request=request)


def _invite(user: User, by: User, request: HttpRequest) -> None:
    services.invite(user, by=by, request=request)


def _end_sessions(user: User, by: User, request: HttpRequest) -> None:
    services.end_sessions_of(user, by=by, request=request)


def _deactivate(user: User, by: User, request: HttpRequest) -> None:
    services.deactivate(user, by=by, request=request)


def _activate(user: User, by: User, request: HttpRequest) -> None:
    services.activate(user, by=by, request=request)


def _reset_mfa(user: User, by: User, request: HttpRequest) -> None:
    with transaction.atomic():
        mfa.reset(user, by=by, request=request)
        services.tell_of_reset(user, by=by, at=timezone.now())


def _end_access(user: User, by: User, request: HttpRequest) -> None:
    services.end_every_access(user, at=timezone.now(), by=by, request=request)


def _has_access(user: User) -> bool:
    return Grant.objects.not_ended(timezone.now()).filter(user=user).exists()


def _is_active(user: User) -> bool:
    return user.is_active


ACTS: dict[str, Act] = {
    "convite": Act(
        _("Send invitation"),
        _("Send a link by e-mail by which the person chooses a password? Links sent before stop working."),
        _("The invitation is on its way."), lambda user: user.is_active and bool(user.email), _invite,
    ),
    "senha-provisoria": Act(
        _("Provisional password"),
        _("Replace the password by a provisional one? It is shown once, opens once, and ends the "
          "person's sessions. Make sure that you are talking to the right person."),
        "", _is_active, _provisional, step_up=True,
    ),
    "encerrar-sessoes": Act(
        _("End sessions"), _("Sign the person out on every device?"), _("The sessions were ended."),
        _is_active, _end_sessions,
    ),
    "encerrar-acessos": Act(
        _("End access to companies"),
        _("End every access to companies and units that this person has? It is done before "
          "somebody becomes staff, or when they leave their company."),
        _("The access was ended."), _has_access, _end_access,
    ),
    "segunda-etapa": Act(
        _("Reset two-step verification"),
        _("Take away the app, the passkeys and the recovery codes of somebody who lost them all? "
          "Make sure that you are talking to the right person."),
        _("Two-step verification was switched off."), _is_active, _reset_mfa, step_up=True,
    ),
    "desativar": Act(
        _("Deactivate"), _("Keep the person from signing in, and end the sessions?"),
        _("The person can no longer sign in."), _is_active, _deactivate,
    ),
    "ativar": Act(
        _("Activate"), _("Let the person sign in again?"), _("The person can sign in again."),
        lambda user: not user.is_active and not user.erased_at, _activate,
    ),
}  # fmt: skip


class PersonActs(AnyModelAdmin):
    """The pages of ``ACTS``, for whoever may change the person."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(never_cache(self.act_view))
        return [
            path("<int:pk>/fazer/<slug:name>/", view, name="accounts_user_act"),
            *super().get_urls(),
        ]

    def act_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        user, act = self.get_object(request, str(pk)), ACTS.get(name)
        if user is None or act is None:
            raise Http404
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        if not act.possible(user):
            messages.error(request, _("That cannot be done for this person."))
            return redirect("admin:accounts_user_change", pk)
        if act.step_up:
            require_step_up(request)
        if request.method != "POST":
            return self._page(request, "confirm", user, title=act.label, act=act)
        return self.perform(request, user, act)

    def perform(self, request: HttpRequest, user: User, act: Act) -> HttpResponse:
        """Do it; a provisional password is in this response and nowhere else."""
        if password := act.run(user, scope_of(request).user, request):
            return self.show_once(request, user, password)
        messages.success(request, str(act.done))
        return redirect("admin:accounts_user_change", user.pk)

    def show_once(self, request: HttpRequest, user: User, password: str) -> HttpResponse:
        response = self._page(
            request, "provisional", user, title=_("Provisional password"), password=password
        )
        response["Cache-Control"] = "no-store"
        return response

    def _page(self, request: HttpRequest, name: str, user: User, **context: Any) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "person": user}
        return TemplateResponse(request, f"admin/accounts/user/{name}.html", shared | context)
