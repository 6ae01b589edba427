"""What happens to accesses at life's ends, at the same moment; see ``races``."""

from uuid import uuid4

from django.utils import timezone

from portal.accounts.models import Company
from portal.files.models import PendingFile
from proxies.services import downloads, leaving
from tests.factories import Cast
from tests.factories.downloads import a_stored_file, make_download
from tests.factories.proxies import make_proxy
from tests.racing import Race, Work

_S = "proxies.services"


def _notice(cast: Cast) -> Work:
    make_proxy(cast.office)
    Company.objects.filter(pk=cast.office.pk).update(is_active=False)
    return lambda: leaving.follow_left(at=timezone.now())


def _publish(cast: Cast) -> Work:
    download = make_download()

    def work() -> None:
        stored = a_stored_file(f"proxies/downloads/00/{uuid4().hex}.txt")
        PendingFile.objects.create(key=stored.key)
        new = downloads.NewVersion(version="1.0", name="leia-me.txt", stored=stored)
        downloads.publish(download, new, by=cast.admin, at=timezone.now())

    return work


RACES = [
    Race(name="publish-download", prepare=_publish, services={f"{_S}.downloads.publish"},
         told=(downloads.VersionTaken,), leaves={"proxies.DownloadVersion": 1}),
    Race(name="office-left", prepare=_notice, services={f"{_S}.leaving._notice", f"{_S}.leaving._tell_staff"}, told=(),
         leaves={"proxies.LeftOffice": 1}),
]  # fmt: skip
EXCEPTIONS: dict[str, set[str]] = {}
