"""Downloads for tests."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from portal.files.services import Stored
from proxies.models import Download, DownloadVersion
from proxies.services.downloads import PREFIX
from tests.factories import next_number


def make_download(title: str = "", **values: Any) -> Download:
    return Download.objects.create(
        title=title or f"Coletor {next_number()}", **{"text": "Para coletar dados.", **values}
    )


def make_version(
    download: Download, version: str = "1.0", *, at: datetime | None = None
) -> DownloadVersion:
    """A version whose file is not in the store."""
    return DownloadVersion.objects.create(
        download=download, version=version, file_key=f"{PREFIX}/00/{next_number():032x}.txt",
        file_name="leia-me.txt", content_type="text/plain", size=7, sha256="ab" * 32,
        published_at=at or timezone.now(),
    )  # fmt: skip


def a_stored_file(key: str) -> Stored:
    return Stored(key=key, size=7, sha256="cd" * 32, content_type="text/plain")
