"""System checks of ``check --deploy``: what nginx could not read, what a bucket would keep for ever.

Settings that exclude each other are refused at start-up (``portal.contradictions``).
"""

import os
import stat
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Warning, register  # noqa: A004  (Django's level)
from django.core.files.storage import default_storage

_LOOKED_AT = 500  # folders of the private store
_GUIDE = "See docs/deploy.md."


@register("deployment", deploy=True)
def mail_has_a_sender(
    app_configs: Sequence[AppConfig] | None = None,  # noqa: ARG001
    **kwargs: Any,  # noqa: ARG001
) -> list[CheckMessage]:
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2]
    if settings.EMAIL_URL and domain in {"localhost", "localhost.localdomain"}:
        text = "DEFAULT_FROM_EMAIL is of this machine alone: mail servers refuse such a sender."
        return [Warning(text, id="portal.W001", hint=_GUIDE)]
    return []


@register("deployment", deploy=True)
def nginx_can_read(
    app_configs: Sequence[AppConfig] | None = None,  # noqa: ARG001
    **kwargs: Any,  # noqa: ARG001
) -> list[CheckMessage]:
    """With nginx in front: it reads the private files as a group, and the static ones as anybody."""
    if not settings.PRIVATE_ACCEL_PREFIX:
        return []
    found = [*_private_problems(settings.PRIVATE_MEDIA_ROOT), *_static_problems()]
    return [Warning(text, id="portal.W002", hint=_GUIDE) for text in found]


@register("deployment", deploy=True)
def bucket_forgets(
    app_configs: Sequence[AppConfig] | None = None,  # noqa: ARG001
    **kwargs: Any,  # noqa: ARG001
) -> list[CheckMessage]:
    """A versioned bucket keeps what was removed, unless a lifecycle rule ends old versions."""
    if not settings.S3_BUCKET:
        return []
    store: Any = default_storage
    found: list[CheckMessage] = store.problems()
    return found


def _private_problems(root: Path) -> Iterator[str]:
    if not root.is_dir():
        yield f"{root} is not there: nginx sends the private files from it."
        return
    group = root.stat().st_gid
    if os.geteuid() and group not in {os.getegid(), *os.getgroups()}:
        yield (
            f"The portal's user is not in the group of {root}: folders made in it lose that "
            "group, and nginx cannot read them."
        )
    for above in root.parents:
        if not above.stat().st_mode & stat.S_IXOTH:
            yield f"{above} is closed to others: nginx cannot reach {root} (chmod o+x {above})."
    folders = (Path(path) for path, _folders, _files in os.walk(root))
    bad = [path for path in islice(folders, _LOOKED_AT) if not _handed_down(path, group)]
    if bad:
        yield (
            f"{bad[0]} has not the group of {root} with the set-group-ID bit: nginx cannot read "
            f"it. chgrp -R to that group, then: find {root} -type d -exec chmod 2750 {{}} +"
        )


def _handed_down(path: Path, group: int) -> bool:
    found, wanted = path.stat(), stat.S_ISGID | stat.S_IRGRP | stat.S_IXGRP
    return found.st_gid == group and found.st_mode & wanted == wanted


def _static_problems() -> Iterator[str]:
    manifest = settings.STATIC_ROOT / "staticfiles.json"
    if not manifest.exists():
        yield f"{settings.STATIC_ROOT} has no style sheets: run collectstatic."
    elif not manifest.stat().st_mode & stat.S_IROTH:
        yield f"{manifest} is closed to others: nginx cannot read the static files."
