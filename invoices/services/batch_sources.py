"""Reads a batch's files by name, from a zip or a folder, each with its manifest."""

import io
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from invoices.models import Batch
from portal.batches.slices import open_upload
from portal.files.checks import ZipMember, list_zip, read_members

MAX_MEMBERS = 120_000
MAX_RATIO = 200
MAX_MANIFEST = 64 * 1024**2
_MANIFESTS = {"manifesto.csv", "manifesto.xlsx", "manifest.csv", "manifest.xlsx"}
_JUNK = {".ds_store", "thumbs.db", "desktop.ini"}


class Source(ABC):
    """Files by name: case, the accents' way of being written and ``\\`` or ``/`` do not matter."""

    def __init__(self, manifest: BinaryIO | None) -> None:
        self._index: dict[str, Any] = {}
        self._manifest = manifest
        self._manifest_name = ""
        self._base = ""

    @abstractmethod
    def _read(self, handle: Any, limit: int) -> bytes: ...

    @abstractmethod
    def _size(self, handle: Any) -> int: ...

    def _find_base(self) -> None:
        """Find the manifest and the folder that its file names start from."""
        if self._manifest is None:
            self._manifest_name = self._find_manifest()
            folder = str(PurePosixPath(self._manifest_name).parent)
        else:
            folders = {name.partition("/")[0] for name in self._index if "/" in name}
            at_top = any("/" not in name for name in self._index)
            folder = folders.pop() if len(folders) == 1 and not at_top else "."
        self._base = "" if folder == "." else f"{folder}/"

    def _find_manifest(self) -> str:
        named = [n for n in self._index if PurePosixPath(n).name in _MANIFESTS]
        if len(named) == 1:
            return named[0]
        if not named:
            depth = min((n.count("/") for n in self._index), default=0)
            tables = [
                n for n in self._index if n.endswith((".csv", ".xlsx")) and n.count("/") == depth
            ]
            if len(tables) == 1:
                return tables[0]
            raise ValidationError(
                _("There is no manifest: put manifesto.csv or manifesto.xlsx beside the files."),
                code="no_manifest",
            )
        raise ValidationError(
            _("There is more than one manifest: %(names)s.")
            % {"names": ", ".join(sorted(named)[:5])}
        )

    def manifest(self) -> BinaryIO:
        """The manifest, from its start. Raises ValidationError when it is absurdly large."""
        if self._manifest is not None:
            self._manifest.seek(0)
            return self._manifest
        return io.BytesIO(self._within(self._index[self._manifest_name], MAX_MANIFEST))

    def resolve(self, name: str) -> str:
        """The file that a manifest means by ``name``; "" when there is none."""
        plain = plain_name(name)
        if plain == self._manifest_name:
            return ""
        return next((n for n in (self._base + plain, plain) if plain and n in self._index), "")

    def read(self, resolved: str) -> bytes:
        """A file's bytes. Raises ValidationError for one that is too large or damaged."""
        return self._within(self._index[resolved], settings.UPLOAD_MAX_BYTES)

    def read_each(self, resolved: Iterable[str]) -> Iterator[bytes | ValidationError]:
        """The bytes of each file, in their order, or what is wrong with it; few are held at a time."""
        for name in resolved:
            try:
                data: bytes | ValidationError = self.read(name)
            except ValidationError as error:
                data = error
            yield data

    def _within(self, handle: Any, limit: int) -> bytes:
        if self._size(handle) <= limit:
            data = self._read(handle, limit + 1)
            if len(data) <= limit:
                return data
        raise _too_large(limit)

    def spare(self, used: Iterable[str]) -> list[str]:
        """The files that nobody asked for."""
        return sorted(self._index.keys() - set(used) - {self._manifest_name})


def _too_large(limit: int) -> ValidationError:
    return ValidationError(
        _("The file is larger than %(megabytes)s MB.") % {"megabytes": limit // 1024**2},
        code="too_large",
    )


def _damaged() -> ValidationError:
    return ValidationError(_("The file is damaged inside the zip."), code="damaged")


def plain_name(name: str) -> str:
    composed = unicodedata.normalize("NFC", name.strip().replace("\\", "/")).casefold()
    return composed.removeprefix("./")


def _is_junk(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return not parts or parts[0] == "__macosx" or parts[-1] in _JUNK or parts[-1].startswith("._")


class ZipSource(Source):
    """Reads member by member, each unpacked in the sandbox."""

    def __init__(self, file: BinaryIO, manifest: BinaryIO | None = None) -> None:
        super().__init__(manifest)
        self._file = file
        members = list_zip(
            file,
            max_members=MAX_MEMBERS,
            max_total=2 * settings.BATCH_MAX_BYTES,
            max_ratio=MAX_RATIO,
        )
        self._aliases: dict[str, str] = {}
        for member in members:
            name = plain_name(member.name)
            if _is_junk(name):
                continue
            if name in self._index:
                raise ValidationError(
                    _("The zip has two files of the same name: %(name)s.") % {"name": member.name}
                )
            self._index[name] = member
            self._aliases.update(dict.fromkeys(_aliases(member), name))
        self._find_base()

    def resolve(self, name: str) -> str:
        found = super().resolve(name)
        plain = plain_name(name)
        return found or self._aliases.get(self._base + plain, "") or self._aliases.get(plain, "")

    def read_each(self, resolved: Iterable[str]) -> Iterator[bytes | ValidationError]:
        members: list[ZipMember] = [self._index[name] for name in resolved]
        limit = settings.UPLOAD_MAX_BYTES
        found = read_members(self._file, (one for one in members if one.size <= limit))
        for member in members:
            data = None if member.size > limit else next(found)
            if data is not None:
                yield data
            else:
                yield _too_large(limit) if member.size > limit else _damaged()

    def _size(self, handle: ZipMember) -> int:
        return handle.size

    def _read(self, handle: ZipMember, limit: int) -> bytes:  # noqa: ARG002 - its size was looked at
        [data] = read_members(self._file, [handle])
        if data is None:
            raise _damaged()
        return data


def _aliases(member: ZipMember) -> Iterator[str]:
    """Other readings of a name that the zip does not mark as UTF-8 (Windows in Brazil: CP850)."""
    if member.is_utf8 or member.name.isascii():
        return
    for encoding in ("cp850", "utf-8", "latin-1"):
        try:
            yield plain_name(member.name.encode("cp437").decode(encoding))
        except UnicodeError:
            continue


class FolderSource(Source):
    """The files of a folder; links that lead out of it are not followed."""

    def __init__(self, folder: Path, manifest: Path | None = None) -> None:
        super().__init__(manifest.open("rb") if manifest else None)
        root = folder.resolve()
        for path in sorted(root.rglob("*")):
            name = plain_name(str(path.relative_to(root)))
            inside = path.is_file() and path.resolve().is_relative_to(root)
            if inside and not _is_junk(name) and not (manifest and path.samefile(manifest)):
                self._index[name] = path
        self._find_base()
        self._base = "" if manifest else self._base

    def _size(self, handle: Path) -> int:
        return handle.stat().st_size

    def _read(self, handle: Path, limit: int) -> bytes:
        with handle.open("rb") as file:
            return file.read(limit)


@contextmanager
def stored_source(batch: Batch) -> Iterator[Source]:
    """The uploaded zip of a batch, with its manifest if that came as a file of its own."""
    with ExitStack() as stack:
        file = stack.enter_context(open_upload(batch))
        manifest = (
            stack.enter_context(open_upload(batch, "manifest_key")) if batch.manifest_key else None
        )
        yield ZipSource(file, manifest)
