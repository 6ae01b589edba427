"""People: found, registered, helped. Passwords and second factors are never shown."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.accounts import services
from portal.accounts.admin.audited import AuditedAdmin
from portal.accounts.admin.in_person import ConfirmsInPerson, can_confirm
from portal.accounts.admin.person_acts import ACTS, Act, PersonActs
from portal.accounts.forms.users import UserAddForm, UserChangeForm
from portal.accounts.models import User
from portal.accounts.scope import scope_of
from portal.accounts.search import people_criteria
from portal.step_up import require_step_up
from portal.ui.admin import BoundedSearch
from portal.ui.search import SearchCriterion

PERSON = ("name", "cpf", "email", "phone", "phone_extension")
ADDRESS = (
    "street_type", "street", "street_number", "no_number", "complement", "district", "city",
    "state", "postal_code", "country",
)  # fmt: skip
STAFF = ("is_staff", "groups", "is_superuser")
PROOFS = ("cpf_standing", "email_standing")
STATE = ("is_active", "last_login", "date_joined", "must_change_password", "provisional_until")
LOGIN = {"cpf", "email"}  # what a person signs in with, and recovers the account by
MANAGES_STAFF = "auth.change_group"


@admin.register(User)
class UserAdmin(AuditedAdmin, PersonActs, ConfirmsInPerson, BoundedSearch):
    form = UserChangeForm
    list_display = ("name", "shown_cpf", "email", "is_staff", "is_active", "last_login")
    list_filter = ("is_active", "is_staff", "groups")
    search_help_text = gettext_lazy("Words of the name, whole CPF, or beginning of the e-mail.")
    readonly_fields = (*PROOFS, *STATE)
    filter_horizontal = ("groups",)
    keyset_order = ("name", "pk")
    actions = ("send_invitation", "end_sessions", "deactivate")
    change_form_template = "admin/accounts/user/change_form.html"
    fieldsets = (
        (None, {"fields": (*PERSON, *PROOFS)}),
        (gettext_lazy("Staff"), {"fields": STAFF}),
        (gettext_lazy("State"), {"fields": STATE}),
        (gettext_lazy("Address"), {"fields": ADDRESS, "classes": ("collapse",)}),
    )
    add_fieldsets = (
        (None, {"fields": (*PERSON, "entry")}),
        (gettext_lazy("Staff"), {"fields": STAFF}),
    )

    def criteria(self, text: str) -> list[SearchCriterion]:
        return people_criteria(text)

    @admin.display(description=gettext_lazy("CPF confirmed"))
    def cpf_standing(self, person: User) -> str:
        return person.cpf_standing or "–"

    @admin.display(description=gettext_lazy("E-mail confirmed"))
    def email_standing(self, person: User) -> str:
        return person.email_standing or "–"

    @admin.display(description="CPF")
    def shown_cpf(self, person: User) -> str:
        return person.masked_cpf

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """People are deactivated, or erased at their own request."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Clients: whoever may change people. Staff: who manages staff. Superusers: superusers."""
        if not super().has_change_permission(request, obj):
            return False
        if obj is None or request.user.is_superuser:
            return True
        return not obj.is_superuser and (not obj.is_staff or request.user.has_perm(MANAGES_STAFF))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ARG002
        if request.user.is_superuser:
            return (*PROOFS, *STATE)
        if request.user.has_perm(MANAGES_STAFF):
            return (*PROOFS, *STATE, "is_superuser")
        return (*PROOFS, *STATE, *STAFF)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:  # noqa: ARG002
        return self.fieldsets if obj else self.add_fieldsets

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None:
            kwargs["form"] = UserAddForm
        return super().get_form(request, obj, change=change, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        provisional = form.cleaned_data.get("entry") == UserAddForm.PROVISIONAL
        login = set(form.changed_data) & LOGIN
        if provisional or set(STAFF) & set(form.changed_data) or (change and login):
            require_step_up(request)
        if not change:
            obj.set_unusable_password()
        obj.unprove(login)
        super().save_model(request, obj, form, change)
        self._tell_same(request, obj)
        if change and login:
            before, now = form.initial.get("email"), timezone.now()
            by = scope_of(request).user
            services.tell_login_changed(obj, changed=login, before=before, by=by, at=now)

    def _tell_same(self, request: HttpRequest, person: User) -> None:
        """Others in whose registration the same CPF was typed: nobody has proven it yet."""
        others = User.objects.filter(cpf=person.cpf).exclude(cpf=None).exclude(pk=person.pk)
        if names := ", ".join(str(other) for other in others[:5]):
            text = _("The same CPF was typed in another registration: %(names)s.")
            messages.warning(request, text % {"names": names})

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Django's own log keeps names for ever; the audit trail knows the person by number."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """As for an addition."""

    def response_add(
        self, request: HttpRequest, obj: User, post_url_continue: Any = None
    ) -> HttpResponse:
        """The provisional password is in this very page, or the invitation leaves."""
        if request.POST.get("entry") == UserAddForm.PROVISIONAL:
            return self.perform(request, obj, ACTS["senha-provisoria"])
        self.perform(request, obj, ACTS["convite"])
        return super().response_add(request, obj, post_url_continue)

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        person = kwargs.get("obj")
        if person and self.has_change_permission(request, person):
            context["acts"] = [
                (reverse("admin:accounts_user_act", args=[person.pk, name]), act.label)
                for name, act in ACTS.items() if act.possible(person)
            ]  # fmt: skip
            if can_confirm(person) and person != request.user:
                url = reverse("admin:accounts_user_in_person", args=[person.pk])
                context["acts"].append((url, gettext_lazy("Confirm the CPF in person")))
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.action(description=gettext_lazy("Send invitation"), permissions=["change"])
    def send_invitation(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._for_each(request, queryset, ACTS["convite"])

    @admin.action(description=gettext_lazy("End sessions"), permissions=["change"])
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._for_each(request, queryset, ACTS["encerrar-sessoes"])

    @admin.action(description=gettext_lazy("Deactivate"), permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        self._for_each(request, queryset, ACTS["desativar"])

    def _for_each(self, request: HttpRequest, people: QuerySet[User], act: Act) -> None:
        """For those for whom it may and can be done; who is left out is counted, oneself too."""
        me, done, left = scope_of(request).user, 0, 0
        for person in people:
            allowed = self.has_change_permission(request, person) and person != me
            if allowed and act.possible(person):
                act.run(person, me, request)
                done += 1
            else:
                left += 1
        messages.success(
            request,
            ngettext("Done for %(n)d person.", "Done for %(n)d people.", done) % {"n": done},
        )
        if left:
            text = ngettext("%(n)d person was left out.", "%(n)d people were left out.", left)
            messages.warning(
                request, text % {"n": left} + " " + _("It is not possible or not allowed for them.")
            )
