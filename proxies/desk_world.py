"""What life's ends, downloads and the manual add to the desk of accesses: see ``proxies.desk``."""

from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from portal import desks
from portal.permissions import all_of
from proxies.services.forgetting import TYPED, forget_person
from proxies.services.personal import personal_proxies
from proxies.views import former
from proxies.views.downloads import PUBLISH

CARDS = [former.card]
PERSONAL_DATA = {gettext_noop("Accesses held by offices"): personal_proxies}
ON_ERASURE = [forget_person]
TYPED_TEXTS = TYPED
KEPT_ON_ERASURE = [
    _(
        "Accesses that an office held in your name: that they were there, of which kind and agency, "
        "and when; without your name and CPF. Their passwords, codes and certificates are destroyed."
    ),
    _(
        "That an office served a client, without name and CPF; and that somebody registered, "
        "changed or was shown an access of an office, without who."
    ),
]
BEAT = {
    "proxies-left": {
        "task": "proxies.tasks.destroy_left", "schedule": crontab(hour=4, minute=20),
    },
}  # fmt: skip
PERMISSIONS = [
    *all_of("proxies", "download"), PUBLISH, "proxies.view_downloadversion",
    "proxies.view_leftoffice",
]  # fmt: skip
FILES = ("proxies.DownloadVersion.file_key",)


DOWNLOADS = desks.Link(
    label=_("Downloads"), url_name="proxies:downloads", icon="download", order=18
)
AUDIT_WORDS = {
    "download.created": _("Added a download"),
    "download.changed": _("Changed a download"),
    "download.deleted": _("Deleted a download"),
    "download.published": _("Published a file for clients"),
    "download.withdrawn": _("Withdrew a file for clients"),
}
MANUAL = desks.Manual(
    slug="procuracoes", title=_("Accesses of the office: how to register them"),
    text=_("How to register accesses in each sphere, create users of the office, and download files."),
)  # fmt: skip
FRONT = desks.Door(
    title=_("Accesses of the office"),
    text=_("The logins, codes and certificates that an accounting office holds for its clients."),
    icon="key",
    order=40,
    points=[
        _("Sealed, and shown only with a reason that stays on record"),
        _("Told by e-mail before they expire"),
        _("Programs, model spreadsheets and instructions to download"),
    ],
    links=[
        desks.Link(label=_("Offices"), url_name="proxies:offices", icon="building"),
        DOWNLOADS,
    ],
)
