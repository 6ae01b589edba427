"""What limits count, and codes that were used, where the cache cannot be relied on."""

from datetime import datetime

from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _


class TryQuerySet(models.QuerySet["Try"]):
    def count_one(self, key: str, *, at: datetime, until: datetime) -> int:
        """Count one more under ``key``; how many there are now."""
        self.first_time(key, at=at, until=until)
        rows = self.filter(key=key)
        rows.update(count=F("count") + 1)
        return rows.values_list("count", flat=True).first() or 1

    def first_time(self, key: str, *, at: datetime, until: datetime) -> bool:
        """Whether ``key`` was not there. It is from now on, until ``until``."""
        self.filter(until__lte=at).delete()
        try:
            with transaction.atomic():
                self.create(key=key, until=until)
        except IntegrityError:
            return False
        return True

    def take_back(self, key: str) -> None:
        self.filter(key=key, count__gt=0).update(count=F("count") - 1)


class Try(models.Model):
    """Some tries of one limit in one window, or a code that was used. Gone after ``until``."""

    key = models.CharField(max_length=160, unique=True)
    count = models.PositiveIntegerField(default=0)
    until = models.DateTimeField(db_index=True)

    objects = TryQuerySet.as_manager()

    class Meta:
        verbose_name = _("try")
        verbose_name_plural = _("tries")
        default_permissions = ()

    def __str__(self) -> str:
        return self.key
