"""Zip files from strangers: what they claim is checked first, what they hold while it is read."""

import io
import re
import stat
import struct
import zipfile
from functools import partial
from typing import IO, BinaryIO

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
DAMAGE = (Exception,)  # whatever zipfile raises over a stranger's bytes
_SMALL = 1024**2  # below this a high ratio is no bomb
_UNSAFE_NAME = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')


def check(file: BinaryIO, max_members: int, max_total: int, max_ratio: int) -> None:
    """ValidationError for a zip that is not safe to read. Runs in the sandbox.

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


def files_in(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The members that are no folders."""
    return [info for info in archive.infolist() if not info.filename.endswith("/")]


def open_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> BinaryIO:
    """A member as a stream; ValidationError after ``limit`` bytes or when it is broken."""
    with answered(partial(broken, info.filename)):
        return io.BufferedReader(_Limited(archive.open(info), info.filename, limit), 65536)


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


class _Limited(io.RawIOBase):
    """Counts what comes out of a member."""

    def __init__(self, member: IO[bytes], name: str, limit: int) -> None:
        self._member, self._name, self._left = member, name, limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        with answered(partial(broken, self._name)):
            data: bytes = self._member.read(min(len(buffer), self._left + 1))
        self._left -= len(data)
        if self._left < 0:
            raise _refusal(_("“%(name)s” is larger than allowed."), name=self._name)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._member.close()
        super().close()


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
