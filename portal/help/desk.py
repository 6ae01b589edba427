"""The manuals: what they add to the portal."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal import desks
from portal.accounts.limits import Limit
from portal.help.models import Answer
from portal.help.views import VIEW
from portal.permissions import ADMINISTRATION, HELP_DESK, may_work


def _reads_answers(request: HttpRequest) -> bool:
    return may_work(request, VIEW)


def _is_client(request: HttpRequest) -> bool:
    return not request.user.is_staff


MANUALS = desks.Link(label=_("Manuals"), url_name="help:index", icon="book", order=15)

desks.register(
    desks.Desk(
        name="help",
        label=_("Manuals"),
        order=71,
        urls="portal.help.urls",
        nav=[
            desks.NavItem(_("Manuals"), "help:index", "book", "client", 95, _is_client),
            desks.NavItem(
                _("Manuals"), "help:answers", "book", "staff", 75, _reads_answers,
            ),
        ],
        contact=[MANUALS],
        footer=[MANUALS],
        sitemap=[MANUALS],
        not_found=[MANUALS],
        groups={HELP_DESK: [VIEW], ADMINISTRATION: [VIEW]},
        typed={Answer: ("comment",)},
        limits={"help-answer": Limit(10, 3600)},
    )
)  # fmt: skip
