"""What a person is reminded of, and what they dismissed."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import merge
from itertools import islice

from django.core import signing

from portal.accounts.models import User
from portal.reminders.labels import day_text, remaining, tone
from portal.reminders.models import Dismissal
from portal.reminders.registry import THRESHOLDS, ExpiringItem, Watch, watches
from portal.ui.lists import COUNTED, Figures
from portal.ui.pages import PAGE_SIZE, KeysetPage

# What expired is shown for so many days more.
AFTERWARDS = timedelta(days=7)
AHEAD = timedelta(days=max(THRESHOLDS))
# What a calendar shows: a certificate in hardware lives up to five years.
BEFORE_CALENDAR, CALENDAR = timedelta(days=31), timedelta(days=6 * 366)
_SALT = "reminders"
SortKey = tuple[str, str, str]


@dataclass(frozen=True)
class Reminder:
    """An item as one person is reminded of it on a civil day."""

    watch: Watch
    item: ExpiringItem
    days: int
    dismissed: bool = False

    @property
    def sort_key(self) -> SortKey:
        """The order among the items of all watches."""
        return (*self.item.sort_key, self.watch.name)

    @property
    def when(self) -> str:
        return remaining(self.days, is_end=self.item.is_end)

    @property
    def day(self) -> str:
        return day_text(self.item.expires_on)

    @property
    def tone(self) -> str:
        return tone(self.days)


@dataclass(frozen=True)
class Selection:
    """Which reminders a list shows: of one watch or all, ending ``first`` to ``last`` days from now."""

    watch: str = ""
    first: int = -AFTERWARDS.days
    last: int = AHEAD.days


def upcoming(user: User, *, on: date) -> Iterator[Reminder]:
    """What this person may see that ends in the next 60 days or ended in the last 7, and did not
    dismiss; the next to end first, read no further than it is asked for."""
    found = _between(user, on, on - AFTERWARDS, on + AHEAD)
    return (reminder for reminder in found if not reminder.dismissed)


def for_calendar(user: User, *, on: date) -> Iterator[Reminder]:
    """The same of the last month and the next six years: all that a calendar is to show."""
    found = _between(user, on, on - BEFORE_CALENDAR, on + CALENDAR)
    return (reminder for reminder in found if not reminder.dismissed)


def dismissed_reminders(user: User, *, on: date) -> list[Reminder]:
    """What of it the person dismissed, by hand and one by one."""
    keys = {key for _watch, key, _version in dismissed(user)}
    if not keys:
        return []
    found = _between(user, on, on - AFTERWARDS, on + AHEAD, keys=keys)
    return [reminder for reminder in found if reminder.dismissed]


def reminder_page(
    user: User, selection: Selection, *, on: date, cursor: str, size: int = PAGE_SIZE
) -> KeysetPage[Reminder]:
    """The page of what is selected at ``cursor``; the first for one that was tampered with."""
    first, last = _days(selection, on)
    backwards, edge = _read_cursor(cursor)
    if edge and not backwards:
        first = max(first, date.fromisoformat(edge[0]))
    elif edge:
        last = min(last, date.fromisoformat(edge[0]))
    found = _between(user, on, first, last, backwards=backwards, watch=selection.watch)
    beyond = (
        r for r in found
        if not r.dismissed and (not edge or (r.sort_key < edge if backwards else r.sort_key > edge))
    )  # fmt: skip
    rows = list(islice(beyond, size + 1))
    more, rows = len(rows) > size, rows[:size]
    if backwards:
        rows.reverse()
    return KeysetPage(
        rows,
        _cursor(rows[-1], backwards=False) if rows and (more or backwards) else "",
        _cursor(rows[0], backwards=True) if rows and (more if backwards else edge) else "",
    )


def count(user: User, selection: Selection, *, on: date) -> Figures:
    """How many are selected, all pages together."""
    found = _between(user, on, *_days(selection, on), watch=selection.watch)
    counted = sum(1 for _ in islice((r for r in found if not r.dismissed), COUNTED + 1))
    return Figures(counted if counted <= COUNTED else None)


def _days(selection: Selection, on: date) -> tuple[date, date]:
    return on + timedelta(selection.first), on + timedelta(selection.last)


def _read_cursor(cursor: str) -> tuple[bool, SortKey | None]:
    try:
        backwards, edge = signing.loads(cursor, salt=_SALT)
    except signing.BadSignature:
        return False, None
    return backwards, tuple(edge)


def _cursor(reminder: Reminder, *, backwards: bool) -> str:
    return signing.dumps((backwards, reminder.sort_key), salt=_SALT)


def _between(
    user: User, on: date, first: date, last: date, *, keys: Collection[str] | None = None,
    backwards: bool = False, watch: str = "",
) -> Iterator[Reminder]:  # fmt: skip
    """What this person may see of all watches, or of the one named, in one order."""
    known = dismissed(user)
    each = [
        (
            Reminder(
                each_watch, item, (item.expires_on - on).days,
                (each_watch.name, item.key, item.version) in known,
            )
            for item in each_watch.visible_to(user, first, last, keys, backwards=backwards)
        )
        for each_watch in watches().values() if watch in ("", each_watch.name)
    ]  # fmt: skip
    return merge(*each, key=lambda reminder: reminder.sort_key, reverse=backwards)


def dismissed(user: User) -> set[tuple[str, str, str]]:
    """Watch, key and version of what the person wants to hear no more about."""
    rows = Dismissal.objects.filter(user=user)
    return set(rows.values_list("watch", "key", "version"))


def find(user: User, watch: str, key: str, version: str) -> ExpiringItem | None:
    """The item, if the person may see it."""
    if watch not in watches():
        return None
    items = watches()[watch].visible_to(user, date(2000, 1, 1), date(2200, 1, 1), [key])
    return next((item for item in items if item.version == version), None)


def dismiss(user: User, watch: str, item: ExpiringItem, *, at: datetime) -> None:
    """Say no more to this person about this version. Idempotent."""
    Dismissal.objects.get_or_create(
        user=user, watch=watch, key=item.key, version=item.version, defaults={"at": at}
    )


def restore(user: User, watch: str, item: ExpiringItem) -> None:
    """Remind the person again."""
    Dismissal.objects.filter(user=user, watch=watch, key=item.key, version=item.version).delete()
