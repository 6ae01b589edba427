"""Administration of the mailboxes that service orders come from."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from portal.audit.services import record
from portal.step_up import require_step_up, step_up
from tickets.forms.mailboxes import MailboxForm
from tickets.models import Mailbox
from tickets.services import mailboxes

_STATE = (
    "state", "polled_at", "good_at", "due_at", "error", "tested_at", "test_result",
)  # fmt: skip
_ACTS = {
    "testar": ("test", _("The test was asked for. Load this page again in some seconds.")),
    "pausar": ("pause", _("The mailbox is not asked any more.")),
    "retomar": ("resume", _("The mailbox is asked again, within a minute.")),
}


_PLACE = {"host", "username", "folder"}


@admin.register(Mailbox)
class MailboxAdmin(admin.ModelAdmin[Mailbox]):
    """Whoever changes a mailbox decides where mail comes from: a proof of identity is asked first."""

    form = MailboxForm
    list_display = ("address", "department", "state", "good_at", "due_at", "error")
    list_select_related = ("department__desk",)
    search_fields = ("address", "host", "username")
    readonly_fields = _STATE
    change_form_template = "admin/tickets/mailbox/change_form.html"
    fieldsets = [
        (None, {"fields": ["department", "address", "is_active"]}),
        (_("Server"), {"fields": ["host", "port", "security", "folder"]}),
        (_("Access"), {"fields": [
            "auth", "username", "password", "password_refresh", "client_id", "token_url", "scope",
            "secret_expires_on",
        ]}),
        (_("Incoming mail"), {"fields": ["authserv_id", "arc_sealers", "plus_addresses"]}),
        (_("State"), {"fields": _STATE}),
    ]  # fmt: skip

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        found = super().get_fieldsets(request, obj)
        return found if obj else found[:-1]

    def has_delete_permission(self, request: HttpRequest, obj: Mailbox | None = None) -> bool:
        """Not one from which mail has come: it is paused. Its mails say where they came from."""
        return super().has_delete_permission(request, obj) and not (obj and obj.mails.exists())

    def get_actions(self, request: HttpRequest) -> Any:
        """No deletion of several at once: it would pass by what they have brought."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    @method_decorator(sensitive_post_parameters("password", "password_refresh"))
    @step_up
    def changeform_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().changeform_view(*args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Mailbox, form: Any, change: bool) -> None:
        require_step_up(request)
        form.seal_secrets()
        super().save_model(request, obj, form, change)
        if change:
            mailboxes.try_changed(obj, is_elsewhere=bool(_PLACE & set(form.changed_data)))
        record(
            "mailbox.changed" if change else "mailbox.added", target=obj, request=request,
            data={"fields": form.changed_data},
        )  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        act = self.admin_site.admin_view(require_POST(self.act_view))
        mine = path("<int:pk>/<str:act>/", act, name="tickets_mailbox_act")
        found = super().get_urls()
        return [*found[:-1], mine, found[-1]]  # before the one that takes any address

    def act_view(self, request: HttpRequest, pk: int, act: str) -> HttpResponse:
        """Test, pause or resume."""
        mailbox = self.get_object(request, str(pk))
        if mailbox is None or act not in _ACTS:
            return redirect("admin:tickets_mailbox_changelist")
        if not self.has_change_permission(request, mailbox):
            return redirect("admin:index")
        name, word = _ACTS[act]
        if name == "test":
            mailboxes.ask_for_test(mailbox, at=timezone.now())
        else:
            (mailboxes.pause if name == "pause" else mailboxes.resume)(mailbox)
            record(
                "mailbox.paused" if name == "pause" else "mailbox.resumed", target=mailbox,
                request=request,
            )  # fmt: skip
        messages.success(request, word)
        return redirect(reverse("admin:tickets_mailbox_change", args=[pk]))

    @admin.display(description=_("state"))
    def state(self, obj: Mailbox) -> str:
        return obj.state_text(at=timezone.now())
