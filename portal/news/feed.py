"""The notices for everyone as an Atom feed (RFC 4287)."""

from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.contrib.syndication.views import Feed
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _

from portal.news.models import Notice, NoticeQuerySet
from portal.provider.services import current_provider

LENGTH = 20


class LatestNotices(Feed[Notice, None]):
    feed_type = Atom1Feed
    link = reverse_lazy("news:list")

    def title(self) -> str:
        return _("News of %(name)s") % {"name": current_provider().name}

    def items(self) -> NoticeQuerySet:
        visible = Notice.objects.visible_to(AnonymousUser(), at=timezone.now())
        return visible.order_by("-publish_from", "-pk")[:LENGTH]

    def item_title(self, item: Notice) -> str:
        return item.title

    def item_description(self, item: Notice) -> str:
        return item.summary

    def item_pubdate(self, item: Notice) -> datetime:
        return item.publish_from

    def item_updateddate(self, item: Notice) -> datetime:
        return item.publish_from
