"""The news: what they add to the portal."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal import desks
from portal.accounts.scope import RequestScope
from portal.audit.labels import changes_of
from portal.news.forms import NoticeFilter
from portal.news.models import Notice
from portal.news.views import ORDER
from portal.permissions import ADMINISTRATION, HELP_DESK

WRITE = ["news.view_notice", "news.add_notice", "news.change_notice"]


def latest(request: HttpRequest) -> desks.Card | None:
    """One line about the latest notice that this person has not put away; a pinned one higher up."""
    visible = Notice.objects.visible_to(request.user, at=timezone.now()).defer("body")
    notice = visible.not_dismissed_by(request.user).order_by(*ORDER).first()
    if notice is None:
        return None
    order = 12 if notice.is_pinned else 90
    return desks.Card(order, "news/cards/latest.html", {"notice": notice})


def find(scope: RequestScope, text: str, limit: int) -> list[desks.Hit]:
    """The notices that the list of notices finds, the latest first."""
    visible = Notice.objects.visible_to(scope.user, at=timezone.now()).defer("body")
    found = NoticeFilter({"q": text}, years=()).apply(visible).order_by("-publish_from", "-pk")
    return [
        desks.Hit(
            title=notice.title, text=notice.summary, url=notice.get_absolute_url(),
            when=f"{timezone.localdate(notice.publish_from):%d/%m/%Y}",
        )
        for notice in found[:limit]
    ]  # fmt: skip


def list_url(_scope: RequestScope, text: str) -> str:
    return reverse("news:list", query={"q": text})


NEWS = desks.Link(label=_("News"), url_name="news:list", order=20)

desks.register(
    desks.Desk(
        name="news",
        label=_("News"),
        order=70,
        urls="portal.news.urls",
        demo="portal.news.demo",
        cards=[latest],
        footer=[NEWS],
        search=[
            desks.SearchSource(
                label=_("News"), icon="megaphone", order=60, find=find, list_url=list_url
            )
        ],
        sitemap=[NEWS],
        groups={HELP_DESK: WRITE, ADMINISTRATION: [*WRITE, "news.delete_notice"]},
        audit_words=changes_of(Notice),
        typed={Notice: ("title", "summary", "body")},
    )
)
