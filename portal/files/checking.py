"""Compares the store with the rows that name its files: what nobody names, what is not there.

In a portal that runs, neither comes about. After a restore both do: files that were stored after
the backup, and rows whose files were removed since.

Both sides are read once, in the order of their keys, and compared as they come: no file is asked
for by itself, and memory grows only with what is found. What then seems unnamed or missing is looked
at again, since the portal goes on meanwhile.
"""

import heapq
import logging
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.apps import apps
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Collate

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
    _compare(found)
    if doom and (many or not found.too_many):
        found.doomed = _doom(found.unnamed, before=at - grace)
    if found.missing or found.unnamed:
        logger.warning(
            "Of %s stored files %s are named by no row (%s doomed); %s that rows name are missing.",
            found.stored, len(found.unnamed), found.doomed, len(found.missing),
        )  # fmt: skip
    return found


def _compare(found: Findings) -> None:
    """Walk along both sides at once. Several rows may name one key."""
    stored, named = _stored(), heapq.merge(*map(_named, desks.gather("files")))
    unnamed: list[str] = []
    missing: list[MissingFile] = []
    key, row, met = next(stored, None), next(named, None), ""
    while key is not None or row is not None:
        if row is not None and (key is None or row[0] <= key):
            found.named += 1
            if row[0] == key:
                met = key
            else:
                missing.append(MissingFile(field=row[1], row=row[2], key=row[0]))
            row = next(named, None)
        elif key is not None:
            found.stored += 1
            if key != met:
                unnamed.append(key)
            key = next(stored, None)
        if len(unnamed) == _CHUNK:
            found.unnamed += _unnamed(unnamed)
            unnamed = []
        if len(missing) == _CHUNK:
            found.missing += _missing(missing)
            missing = []
    found.unnamed += _unnamed(unnamed)
    found.missing += _missing(missing)


def _stored() -> Iterator[str]:
    """The keys in the store, in their order."""
    listed = getattr(default_storage, "listed", None)  # a bucket tells a thousand to a request
    return filter(_KEY.fullmatch, listed() if listed else _on_disk(""))


def _on_disk(folder: str) -> Iterator[str]:
    """The names below a folder as a bucket would order them, one folder held at a time."""
    try:
        with os.scandir(default_storage.path(folder)) as entries:
            names = sorted(entry.name + "/" * entry.is_dir() for entry in entries)
    except FileNotFoundError:  # a store that nothing was put into
        return
    for name in names:
        if name.endswith("/"):
            yield from _on_disk(folder + name)
        else:
            yield folder + name


def _named(name: str) -> Iterator[tuple[str, str, int]]:
    """What the rows of a field name, in the order of the keys: (key, field, row)."""
    rows, column = _rows(name)
    order = Collate(column, "C" if connection.vendor == "postgresql" else "BINARY")
    named = rows.exclude(**{column: ""}).order_by(order, "pk").values_list(column, "pk")
    for key, pk in named.iterator(chunk_size=_CHUNK):
        yield key, name, pk


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


def _missing(suspects: list[MissingFile]) -> list[MissingFile]:
    """Those whose file is not there and whose row still names it."""
    with ThreadPoolExecutor(_THREADS) as pool:
        there = pool.map(default_storage.exists, [one.key for one in suspects])
        absent = [one for one, is_there in zip(suspects, there, strict=True) if not is_there]
    # Removed meanwhile, with its row or by it: the row no longer names it.
    return [one for name in desks.gather("files") for one in _still_named(name, absent)]


def _still_named(name: str, absent: list[MissingFile]) -> list[MissingFile]:
    rows, column = _rows(name)
    mine = [one for one in absent if one.field == name]
    keys = dict(rows.filter(pk__in=[one.row for one in mine]).values_list("pk", column))
    return [one for one in mine if keys.get(one.row) == one.key]


def _rows(name: str) -> tuple[QuerySet, str]:  # type: ignore[type-arg]
    label, _, column = name.rpartition(".")
    return apps.get_model(label)._base_manager.all(), column
