"""The provider and its public pages: what they add to the portal."""

from django.utils.translation import gettext_lazy as _

from portal import desks
from portal.permissions import ADMINISTRATION, all_of, may_work
from portal.provider.models import ContactDesk

desks.register(
    desks.Desk(
        name="provider",
        label=_("Provider"),
        order=1,
        urls="portal.provider.urls",
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
