"""What may come in: size, type by content, PDFs without surprises, zips without traps.

PDFs and zips are taken apart in the sandbox: what it cannot finish is refused too.
"""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, TypeVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from portal import sandbox
from portal.files import pdfs, sniffing, zips
from portal.sandbox import Limits

_MB = 1024**2
TOGETHER = 8 * _MB  # of PDFs that one child looks at, or of members that it unpacks
MANY_PDFS = Limits(cpu_seconds=5, wait_seconds=60)
ZIP = Limits(memory=512 * _MB, cpu_seconds=30, wall_seconds=120, wait_seconds=60)
UNPACKING = Limits(cpu_seconds=10, wall_seconds=60, wait_seconds=60)
K = TypeVar("K")


def check_upload(
    file: BinaryIO | File[Any], *, allowed: set[str], max_bytes: int | None = None
) -> str:
    """The content type, found by looking; ValidationError when empty, too large or not allowed.

    ``max_bytes`` is ``settings.UPLOAD_MAX_BYTES`` by default. The file is left at its start.
    """
    limit = settings.UPLOAD_MAX_BYTES if max_bytes is None else max_bytes
    stream: Any = file
    size = stream.seek(0, io.SEEK_END) or stream.tell()
    stream.seek(0)
    if not size:
        raise ValidationError(_("The file is empty."), code="empty")
    if size > limit:
        raise ValidationError(
            _("The file has %(size)s; at most %(limit)s are accepted."), code="too_large",
            params={"size": filesizeformat(size), "limit": filesizeformat(limit)},
        )  # fmt: skip
    found = sniffing.sniff(stream, name=str(getattr(file, "name", "") or ""))
    if found not in allowed and not (found == sniffing.CSV and sniffing.TEXT in allowed):
        names = ", ".join(sorted(sniffing.EXTENSIONS.get(t, t).upper() for t in allowed))
        raise ValidationError(
            _("This kind of file is not accepted here. Accepted: %(types)s."), code="type",
            params={"types": names},
        )  # fmt: skip
    return found


def check_pdf(file: BinaryIO | File[Any]) -> None:
    """ValidationError for a PDF that ``pdfs.check`` refuses. The file is left at its start."""
    try:
        sandbox.run(pdfs.check, file)
    finally:
        file.seek(0)


def check_pdfs(named: Iterable[tuple[K, bytes]]) -> Iterator[tuple[K, ValidationError]]:
    """Those that ``check_pdf`` refuses, and why; one child looks at many small ones.

    Takes them as they come and holds few at a time. Raises Busy.
    """
    for group in _groups((item, len(item[1])) for item in named):
        for name, data in _suspects(group):
            try:
                check_pdf(io.BytesIO(data))
            except sandbox.Busy:
                raise
            except ValidationError as error:
                yield name, error


def _suspects(group: list[tuple[K, bytes]]) -> list[tuple[K, bytes]]:
    """Those that are to be looked at alone: one may spoil the examination of the others."""
    try:
        found = sandbox.run(pdfs.are_sound, [data for _name, data in group], limits=MANY_PDFS)
    except sandbox.Busy:
        raise
    except sandbox.NotExamined:
        return group
    return [item for item, is_sound in zip(group, found, strict=True) if not is_sound]


def _groups(sized: Iterable[tuple[K, int]]) -> Iterator[list[K]]:
    """Items with their bytes, in groups that one child may have."""
    group: list[K] = []
    total = 0
    for item, size in sized:
        group.append(item)
        total += size
        if total >= TOGETHER:
            yield group
            group, total = [], 0
    if group:
        yield group


@dataclass(frozen=True)
class ZipMember:
    """A file in a zip; ``size`` in bytes, unpacked. ``is_utf8``: the zip says so of its name."""

    name: str
    size: int
    is_utf8: bool
    place: zips.Place


def list_zip(
    file: BinaryIO, *, max_members: int, max_total: int, max_ratio: int = 200
) -> list[ZipMember]:
    """The files of a zip that ``zips.check`` accepts; ValidationError for any other.

    Read them with ``read_members``.
    """
    with sandbox.answered(zips.broken):
        if zips.has_more_members(file, max_members):
            raise zips.too_many_members(max_members)
        found = sandbox.run(zips.check, file, max_members, max_total, max_ratio, limits=ZIP)
        return [
            ZipMember(name, place.size, bool(place.flags & zips.UTF8), place)
            for name, place in zip(found.names, zips.places_in(found.packed_places), strict=True)
        ]


def read_members(file: BinaryIO, members: Iterable[ZipMember]) -> Iterator[bytes | None]:
    """The bytes of each, in their order; None for one that is damaged.

    One child unpacks many small ones. The caller has looked at their sizes. Raises Busy.
    """
    for group in _groups((member, member.size) for member in members):
        yield from _unpacked(file, group)


def _unpacked(file: BinaryIO, members: list[ZipMember]) -> list[bytes | None]:
    total = sum(member.size for member in members)
    limits = replace(UNPACKING, memory=4 * total + 64 * _MB, answer=total + _MB)
    try:
        places = zips.pack_places(member.place for member in members)
        found = sandbox.run(zips.unpack, file, places, limits=limits)
    except sandbox.Busy:
        raise
    except sandbox.NotExamined:  # one may have spoiled it for the others
        return [None] if len(members) == 1 else [_unpacked(file, [one])[0] for one in members]
    return found if len(found) == len(members) else [None] * len(members)
