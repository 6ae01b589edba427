"""Publishing files for clients, version by version, and withdrawing them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Prefetch
from django.http import HttpRequest
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.audit.services import record
from portal.files.services import Stored, claim, delete_later
from proxies.models import Download, DownloadVersion

PREFIX = "proxies/downloads"


class VersionTaken(ValidationError):
    """This download has a version of that name; a published file never changes."""

    def __init__(self) -> None:
        super().__init__({"version": _("This version was published already. Give another name.")})


@dataclass(frozen=True, kw_only=True)
class NewVersion:
    """A file that was stored, and what is said of it."""

    version: str
    name: str
    stored: Stored
    notes: str = ""


@dataclass(frozen=True)
class Offer:
    """A download with its versions, the newest first."""

    download: Download
    versions: list[DownloadVersion]

    @property
    def current(self) -> DownloadVersion:
        return self.versions[0]

    @property
    def older(self) -> list[DownloadVersion]:
        return self.versions[1:]


def publish(
    download: Download, new: NewVersion, *, by: User | None, at: datetime,
    request: HttpRequest | None = None,
) -> DownloadVersion:  # fmt: skip
    """Make a stored file the current version. Raises VersionTaken."""
    stored = new.stored
    try:
        with transaction.atomic():
            made = DownloadVersion.objects.create(
                download=download, version=new.version, notes=new.notes, file_key=stored.key,
                file_name=new.name, content_type=stored.content_type, size=stored.size,
                sha256=stored.sha256, published_at=at, published_by=by,
            )  # fmt: skip
            claim(stored.key)
            record(
                "download.published", target=download, actor=by, at=at, request=request,
                data={"version": made.version, "sha256": made.sha256},
            )  # fmt: skip
    except IntegrityError:
        raise VersionTaken from None
    return made


@transaction.atomic
def withdraw(
    version: DownloadVersion, *, by: User, at: datetime, request: HttpRequest | None = None
) -> None:
    """Remove a published file; that it was there stays known. Twice does no harm."""
    there = DownloadVersion.objects.there().select_for_update().filter(pk=version.pk).first()
    if there is None:
        return
    delete_later(there.file_key)
    there.file_key, there.withdrawn_at = "", at
    there.save(update_fields=["file_key", "withdrawn_at"])
    record(
        "download.withdrawn", target=there.download, actor=by, at=at, request=request,
        data={"version": there.version, "sha256": there.sha256},
    )  # fmt: skip


def offers_for(user: Any) -> list[Offer]:
    """What this person may download, in the order of the page; nothing without a version."""
    there = Prefetch("versions", DownloadVersion.objects.there())
    downloads: Iterable[Download] = Download.objects.visible_to(user).prefetch_related(there)
    offers = [Offer(download, list(download.versions.all())) for download in downloads]
    return [offer for offer in offers if offer.versions]


def waiting() -> list[Download]:
    """Those that are offered and have no file yet: staff publish it."""
    there = DownloadVersion.objects.there().filter(download=OuterRef("pk"))
    return list(Download.objects.filter(~Exists(there), is_active=True))
