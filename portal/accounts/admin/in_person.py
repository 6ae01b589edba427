"""“Confirmado presencialmente”: an agent has seen the person and a document with the CPF."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from portal.accounts.forms.in_person import InPersonForm
from portal.accounts.models import User
from portal.accounts.scope import scope_of
from portal.accounts.services.proofs import CpfTaken, OtherCpf, prove_cpf
from portal.step_up import require_step_up

if TYPE_CHECKING:
    AnyModelAdmin = admin.ModelAdmin[Any]
else:
    AnyModelAdmin = admin.ModelAdmin


def can_confirm(user: User) -> bool:
    """Whether there is a CPF to confirm."""
    return bool(user.cpf and not user.cpf_proof and user.is_active)


class ConfirmsInPerson(AnyModelAdmin):
    """A page that asks for the document and confirms the CPF; for whoever may change the person."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(never_cache(self.in_person_view))
        return [
            path("<int:pk>/presencial/", view, name="accounts_user_in_person"),
            *super().get_urls(),
        ]

    def in_person_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        person, me = self.get_object(request, str(pk)), scope_of(request).user
        if person is None:
            raise Http404
        if not self.has_change_permission(request, person) or person == me:
            raise PermissionDenied
        if not can_confirm(person):
            messages.error(request, _("That cannot be done for this person."))
            return redirect("admin:accounts_user_change", pk)
        require_step_up(request)  # else a certificate could be led into somebody else's account
        form = InPersonForm(request.POST or None)
        if not form.is_valid():
            return self._ask(request, person, form)
        self._confirm(request, person, me, form.cleaned_data["document"])
        return redirect("admin:accounts_user_change", pk)

    def _ask(self, request: HttpRequest, person: User, form: InPersonForm) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "person": person,
            "form": form, "title": _("Confirm the CPF in person"),
        }  # fmt: skip
        return TemplateResponse(request, "admin/accounts/user/in_person.html", context)

    def _confirm(self, request: HttpRequest, person: User, me: User, document: str) -> None:
        try:
            prove_cpf(
                person, person.cpf or "", User.CpfProof.IN_PERSON, at=timezone.now(), by=me,
                request=request, document=document,
            )  # fmt: skip
            messages.success(request, _("The CPF is confirmed."))
        except CpfTaken:
            owner = User.objects.with_proven_cpf(person.cpf or "")
            text = _(
                "This CPF is confirmed in another registration already: %(name)s. Nothing was changed."
            )
            messages.error(request, text % {"name": owner or ""})
        except OtherCpf:
            messages.error(request, _("The CPF was changed meanwhile. Nothing was confirmed."))
