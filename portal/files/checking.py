"""Compares the store with the rows that name its files: what nobody names, what is not there.

In a portal that runs, neither comes about. After a restore both do: files that were stored after
the backup, and rows whose files were removed since.
"""

import logging
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from django.apps import apps
from django.core.files.storage import default_storage
from django.db.models import QuerySet

from portal import desks
from portal.files.models import DoomedFile, PendingFile
from portal.files.services import UNCLAIMED_FOR

logger = logging.getLogger(__name__)
FEW = 100
_CHUNK = 500
# A remote store answers slowly: several are asked at once.
_THREADS = 8
# As ``services`` makes keys; whatever else lies in the store is not ours to judge.
_KEY = re.compile(r"[a-z0-9/-]+/[0-9a-f]{2}/[0-9a-f]{32}\.[a-z0-9]{1,8}")


@dataclass(frozen=True)
class MissingFile:
    """A row whose file is not there."""

    field: str
    row: int
    key: str


@dataclass
class Findings:
    """What a check found. ``doomed``: how many of the unnamed will be removed by the sweep.

    ``too_many``: so many are unnamed that the database may be another than the store's.
    """

    stored: int = 0
    named: int = 0
    unnamed: list[str] = field(default_factory=list)
    doomed: int = 0
    missing: list[MissingFile] = field(default_factory=list)

    @property
    def too_many(self) -> bool:
        return len(self.unnamed) > max(FEW, self.stored // 10)


def check(
    *, at: datetime, doom: bool, grace: timedelta = UNCLAIMED_FOR, many: bool = False
) -> Findings:
    """Look at every file and at every row that names one.

    With ``doom``, files that nobody names and that were stored more than ``grace`` before ``at``
    are doomed: the sweep removes them. Not when there are ``too_many``, unless ``many`` is said:
    a portal that was begun with an empty database must not empty the store.
    """
    found = Findings()
    keys = _stored("")
    while chunk := list(islice(keys, _CHUNK)):
        found.stored += len(chunk)
        found.unnamed += _unnamed(chunk)
    if doom and (many or not found.too_many):
        found.doomed = _doom(found.unnamed, before=at - grace)
    for name in desks.gather("files"):
        _look_for_missing(name, found)
    if found.missing or found.unnamed:
        logger.warning(
            "Of %s stored files %s are named by no row (%s doomed); %s that rows name are missing.",
            found.stored, len(found.unnamed), found.doomed, len(found.missing),
        )  # fmt: skip
    return found


def _stored(folder: str) -> Iterator[str]:
    """The keys in the store, folder by folder."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:  # a store that nothing was put into
        return
    for name in sorted(files):
        key = f"{folder}/{name}"
        if _KEY.fullmatch(key):
            yield key
    for name in sorted(folders):
        yield from _stored(f"{folder}/{name}" if folder else name)


def _unnamed(keys: list[str]) -> list[str]:
    """Those that no row names. Files in flight first: whoever claims one meanwhile is met after."""
    left = set(keys)
    for rows in (PendingFile.objects.all(), DoomedFile.objects.all()):
        left -= set(rows.filter(key__in=left).values_list("key", flat=True))
    for name in desks.gather("files"):
        rows, column = _rows(name)
        left -= set(rows.filter(**{f"{column}__in": left}).values_list(column, flat=True))
    return sorted(left)


def _doom(keys: list[str], *, before: datetime) -> int:
    old = [key for key in keys if _is_older(key, before)]
    rows = [DoomedFile(key=key) for key in old]
    DoomedFile.objects.bulk_create(rows, ignore_conflicts=True, batch_size=_CHUNK)
    return len(rows)


def _is_older(key: str, before: datetime) -> bool:
    try:
        return default_storage.get_modified_time(key) <= before
    except FileNotFoundError:  # removed meanwhile
        return False


def _look_for_missing(name: str, found: Findings) -> None:
    rows, column = _rows(name)
    named = rows.exclude(**{column: ""}).order_by("pk").values_list("pk", column)
    last = 0
    with ThreadPoolExecutor(_THREADS) as pool:
        while chunk := list(named.filter(pk__gt=last)[:_CHUNK]):
            last = chunk[-1][0]
            found.named += len(chunk)
            there = pool.map(default_storage.exists, [key for _pk, key in chunk])
            absent = [row for row, is_there in zip(chunk, there, strict=True) if not is_there]
            # Removed meanwhile, with its row or by it: the row no longer names it.
            still = rows.filter(pk__in=[pk for pk, _key in absent])
            kept = dict(still.values_list("pk", column))
            found.missing += [
                MissingFile(name, pk, key) for pk, key in absent if kept.get(pk) == key
            ]


def _rows(name: str) -> tuple[QuerySet, str]:  # type: ignore[type-arg]
    label, _, column = name.rpartition(".")
    return apps.get_model(label)._base_manager.all(), column
