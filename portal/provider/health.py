"""Health for load balancers and alarms: names of what is down, and nothing more."""

import logging
import shutil
from collections.abc import Callable, Mapping
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, JsonResponse

from portal import desks

logger = logging.getLogger(__name__)
# Without these no page can be answered; with the others down, the portal does less.
VITAL = {"database", "store"}
DISK_LEFT = 200 * 1024**2  # bytes


@login_not_required
def alive(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """200: this process answers. It asks nothing else, so that nobody restarts it in vain."""
    return JsonResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


@login_not_required
def ready(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """200 with what is down, or 503 when it is the database or the store."""
    down = what_is_down()
    vital = not VITAL.isdisjoint(down)
    state = "down" if vital else "degraded" if down else "ok"
    return JsonResponse(
        {"status": state, "down": down},
        status=HTTPStatus.SERVICE_UNAVAILABLE if vital else HTTPStatus.OK,
        headers={"Cache-Control": "no-store"},
    )


def what_is_down() -> list[str]:
    """Names of what does not do its work now. What needs the database is not asked without it."""
    if not _is_well("database", _database_answers):
        return ["database", *(name for name, check in _OWN.items() if not _is_well(name, check))]
    checks: Mapping[str, Callable[[], bool]] = {**_OWN, **desks.merged("health")}
    return [name for name, check in checks.items() if not _is_well(name, check)]


def _is_well(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - whatever a driver raises, it is down
        logger.warning("Health: %s: %s", name, type(error).__name__)
        return False


def _database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _cache_answers() -> bool:
    ask: Callable[[], bool] = getattr(cache, "answers", lambda: True)
    return ask()


def _disk_has_room() -> bool:
    return shutil.disk_usage(settings.VAR_DIR).free >= DISK_LEFT


_OWN: Mapping[str, Callable[[], bool]] = {"cache": _cache_answers, "disk": _disk_has_room}
