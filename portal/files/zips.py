"""Zip files from strangers: what they claim is checked first, what they hold while it is read.

Both in the sandbox. What has the zip open outside knows names, sizes and places, and no parser.
"""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from portal.sandbox import answered

_END = b"PK\x05\x06"
_END64_LOCATOR = b"PK\x06\x07"
_MEMBER = b"PK\x03\x04"
_ENTRY_BYTES = 400  # more than a central directory's entry needs: 46, a name and a few extras
_ARCHIVES = (".zip", ".jar", ".7z", ".rar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".tar")
_OFFICE = (".xlsx", ".docx", ".ods", ".odt", ".pptx")
# BZIP2 and LZMA may claim gigabytes of memory; nobody's system packs that way by itself.
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
UTF8 = 0x800  # the flag that says so of a name
_PLACE = struct.Struct("<QQQLHH")  # the fields of Place
_LOCAL_HEADER = 30  # bytes, then the name and the extras, whose lengths are its last two fields
_SMALL = 1024**2  # below this a high ratio is no bomb
_UNSAFE_NAME = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')


class Place(NamedTuple):
    """Where the bytes of a member begin (its local header), and what they are."""

    offset: int
    packed: int
    size: int
    crc: int
    method: int
    flags: int


@dataclass(frozen=True)
class Listing:
    """The members that are no folders: their names, and their places (see ``pack_places``)."""

    names: list[str]
    packed_places: bytes


def pack_places(places: Iterable[Place]) -> bytes:
    """As they cross into the sandbox and out of it: a zip may have 100,000."""
    return b"".join(_PLACE.pack(*place) for place in places)


def places_in(packed: bytes) -> list[Place]:
    """Raises struct.error for what is not made of places."""
    return [Place._make(fields) for fields in _PLACE.iter_unpack(packed)]


def check(file: BinaryIO, max_members: int, max_total: int, max_ratio: int) -> Listing:
    """What is in it; ValidationError for a zip that is not safe to read. Runs in the sandbox.

    ``max_total`` is in bytes, unpacked; ``max_ratio`` is unpacked over packed size. Refused:
    more members or bytes than allowed, encrypted members, links, names that lead outside,
    the same name twice, archives inside.
    """
    with answered(broken), zipfile.ZipFile(file) as archive:
        infos = files_in(archive)
        _check_claims(file, infos, max_members, max_total, max_ratio)
        for info in infos:
            with answered(partial(broken, info.filename)):
                _check_member(archive, info)
        return _listing(infos)


def unpack(file: BinaryIO, packed_places: bytes) -> list[bytes | None]:
    """The bytes of members that ``check`` has accepted; None for one that is damaged.

    Runs in the sandbox. The caller limits the sizes: no more than they say is unpacked.
    """
    return [_unpacked(file, place) for place in places_in(packed_places)]


def _unpacked(file: BinaryIO, place: Place) -> bytes | None:
    most = place.size + place.size // 100 + 1024  # deflate adds a little to what it cannot pack
    file.seek(place.offset)
    header = file.read(_LOCAL_HEADER)
    if place.packed > most or len(header) < _LOCAL_HEADER or not header.startswith(_MEMBER):
        return None
    file.seek(sum(struct.unpack("<HH", header[-4:])), io.SEEK_CUR)
    data = file.read(place.packed)
    if place.method != zipfile.ZIP_STORED:
        try:
            data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, place.size + 1)
        except zlib.error:
            return None
    is_whole = len(data) == place.size and zlib.crc32(data) == place.crc
    return data if is_whole else None


def _listing(infos: list[zipfile.ZipInfo]) -> Listing:
    places = (
        Place(info.header_offset, info.compress_size, info.file_size, info.CRC,
              info.compress_type, info.flag_bits)
        for info in infos
    )  # fmt: skip
    return Listing([info.filename for info in infos], pack_places(places))


def files_in(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The members that are no folders."""
    return [info for info in archive.infolist() if not info.filename.endswith("/")]


def has_more_members(file: BinaryIO, limit: int) -> bool:
    """Whether the zip's own directory is larger than ``limit`` members need; reads 64 KB at most.

    Asked before ``zipfile`` loads that directory, which takes memory for every entry.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 65_557))
    tail = file.read()
    file.seek(0)
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        return False
    members, directory = struct.unpack("<HL", tail[at + 10 : at + 16])
    locator = tail.rfind(_END64_LOCATOR, 0, at)
    if locator >= 0:
        offset = struct.unpack("<Q", tail[locator + 8 : locator + 16])[0]
        if offset + 56 > size:
            return True
        file.seek(offset)
        record = file.read(56)
        file.seek(0)
        members, directory = struct.unpack("<QQ", record[32:48])
    return bool(members > limit or directory > limit * _ENTRY_BYTES + 65_536)


def directory_of(file: BinaryIO, limit: int) -> bytes:
    """The bytes that list the members of a zip, not parsed; none when there are more of them."""
    size = file.seek(0, io.SEEK_END)
    start = max(0, size - 65_557)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        return b""
    (length,) = struct.unpack("<L", tail[at + 12 : at + 16])
    if length > min(limit, start + at):
        return b""
    file.seek(start + at - length)
    return file.read(length)


def _check_claims(
    file: BinaryIO, infos: list[zipfile.ZipInfo], max_members: int, max_total: int, max_ratio: int
) -> None:
    if len(infos) > max_members:
        raise too_many_members(max_members)
    if sum(info.file_size for info in infos) > max_total:
        raise _refusal(
            _("Unpacked, the zip is larger than %(limit)s MB."), limit=max_total // 1024**2
        )
    # Members that share their bytes are the trick of the densest bombs.
    if sum(info.compress_size for info in infos) > file.seek(0, io.SEEK_END):
        raise broken()
    for info in infos:
        if info.file_size > max(_SMALL, info.compress_size * max_ratio):
            raise _refusal(_("“%(name)s” is packed suspiciously tightly."), name=info.filename)
    names = [info.filename.casefold() for info in infos]
    if len(names) != len(set(names)):
        twice = next(name for name in names if names.count(name) > 1)
        raise _refusal(_("“%(name)s” is in the zip more than once."), name=twice)


def _check_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    name = info.filename
    if info.flag_bits & 0x1:
        raise _refusal(_("“%(name)s” is encrypted. Send the zip without a password."), name=name)
    if stat.S_IFMT(info.external_attr >> 16) not in {0, stat.S_IFREG}:
        raise _refusal(_("“%(name)s” is a link or a device, not a file."), name=name)
    if _leads_outside(name) or info.orig_filename != name:
        raise _refusal(_("“%(name)s” is not a safe file name."), name=name)
    if info.compress_type not in _METHODS:
        raise _refusal(_("“%(name)s” is packed in a way that is not supported."), name=name)
    if name.lower().endswith(_ARCHIVES) or _is_archive(archive, info):
        raise _refusal(_("“%(name)s” is an archive inside the zip. Unpack it first."), name=name)


def _leads_outside(name: str) -> bool:
    parts = name.split("/")
    return bool(_UNSAFE_NAME.search(name)) or any(part in {"", ".", ".."} for part in parts)


def _is_archive(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bool:
    with archive.open(info) as member:
        return member.read(4) == _MEMBER and not info.filename.lower().endswith(_OFFICE)


def too_many_members(limit: int) -> ValidationError:
    return _refusal(_("The zip holds more than %(limit)s files."), limit=limit)


def _refusal(message: str, **values: object) -> ValidationError:
    return ValidationError(message, code="zip", params=values)


def broken(name: str = "") -> ValidationError:
    if name:
        return ValidationError(
            _("The zip is damaged: “%(name)s” cannot be read."), code="zip_broken",
            params={"name": name},
        )  # fmt: skip
    return ValidationError(_("The zip is damaged and cannot be read."), code="zip_broken")
