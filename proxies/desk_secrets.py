"""What the sealed values of accesses add to the portal."""

from django.utils.translation import gettext_lazy as _

from portal.accounts.limits import Limit
from proxies.models import Disclosure
from proxies.views.cards_secrets import left_card
from proxies.views.reveal import LIMIT

AUDIT_WORDS = {
    "proxy.disclosed": _("Asked to see a value of an access"),
    "proxy.unreadable": _("A value of an access could not be opened"),
    "proxy.disclosures_exported": _("Downloaded the list of who saw what"),
}
LIMITS = {LIMIT: Limit(30, 600, strict=True)}
TYPED_TEXTS = {Disclosure: ["reason"]}
CARDS = [left_card]
