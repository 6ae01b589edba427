"""The provider and its public pages: what they add to the portal."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal import desks
from portal.permissions import ADMINISTRATION, all_of, may_work
from portal.provider.first_steps import steps_left
from portal.provider.models import ContactDesk

ALL_DONE = "first_steps_done"


def _has_steps_left(request: HttpRequest) -> bool:
    """For who may take the steps, until all are done. A session asks until then, and no more."""
    if not may_work(request, "provider.change_provider") or request.session.get(ALL_DONE):
        return False
    if steps_left():
        return True
    request.session[ALL_DONE] = True
    return False


desks.register(
    desks.Desk(
        name="provider",
        label=_("Provider"),
        order=1,
        urls="portal.provider.urls",
        nav=[
            desks.NavItem(
                _("First steps"), "site:first_steps", "check-circle", "staff", 1, _has_steps_left
            ),
        ],
        footer=[
            desks.Link(label=_("Contact us"), url_name="site:contact", order=10),
            desks.Link(label=_("Accessibility"), url_name="site:accessibility", order=80),
            desks.Link(label=_("Privacy"), url_name="site:privacy", order=90),
            desks.Link(label=_("Site map"), url_name="site:map", order=95),
        ],
        sitemap=[
            desks.Link(label=_("Front page"), url_name="site:home", order=1),
            desks.Link(
                label=_("First steps"),
                url_name="site:first_steps",
                order=2,
                visible=lambda request: may_work(request, "provider.change_provider"),
            ),
            desks.Link(label=_("Contact us"), url_name="site:contact", order=70),
            desks.Link(label=_("Accessibility"), url_name="site:accessibility", order=80),
            desks.Link(label=_("Privacy"), url_name="site:privacy", order=90),
        ],
        first_steps=[
            desks.FirstStep(
                label=_("Contact desks"),
                order=60,
                text=_("Whom clients ask about access, amounts and other matters."),
                url_name="admin:provider_contactdesk_changelist",
                permission="provider.add_contactdesk",
                is_done=ContactDesk.objects.exists,
            ),
        ],
        kept_on_erasure=[
            _("The provider's own texts and public contacts. It changes them itself."),
        ],
        groups={ADMINISTRATION: all_of("provider", "provider", "contactdesk")},
        audit_words={
            "provider.changed": _("Changed the provider's data"),
            "provider.desk_changed": _("Changed a contact desk"),
            "provider.desk_deleted": _("Deleted a contact desk"),
        },
    )
)
