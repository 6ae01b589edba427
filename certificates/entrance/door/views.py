"""Pages of the entrance: log in, and test a certificate. It keeps no session, sets no cookie."""

import re
import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template import loader
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from certificates.entrance import addresses, services
from certificates.entrance.door.peer import peer_of
from certificates.entrance.examining import examine_for_login
from certificates.entrance.explanations import NOT_SENT
from certificates.entrance.identity import identity_of
from certificates.services.known import keep_certificate
from portal.accounts import limits
from portal.audit.services import record

NONCE_HASH = re.compile(r"[0-9a-f]{64}")
PATIENCE, PAUSE = 20, 2  # seconds: how long an authority's answer is waited for, and how often
View = Callable[[HttpRequest], HttpResponse]


def _counted(view: View) -> View:
    """A stranger's request: counted by address, never cached, and of nobody."""

    @wraps(view)
    def counted(request: HttpRequest) -> HttpResponse:
        request.user = AnonymousUser()
        if limits.limited(request, "certificate-entrance"):
            return _page(request, "too_many", status=429)
        return view(request)

    return never_cache(require_GET(counted))


@_counted
def enter(request: HttpRequest) -> HttpResponse:
    """From the certificate to a ticket, and back to the portal with it."""
    nonce_hash, at = request.GET.get("n", ""), timezone.now()
    peer = peer_of(request)
    if not NONCE_HASH.fullmatch(nonce_hash):
        return _page(request, "start_over", status=400)
    if peer is None:
        return _page(request, "refused", status=403, explanations=[NOT_SENT])
    found = examine_for_login(peer.der, at=at, proven=peer.proven)
    if found.ok and found.record:
        keep_certificate(found.record, at=at)
        ticket = services.issue_ticket(identity_of(found.record), nonce_hash=nonce_hash, at=at)
        return HttpResponseRedirect(addresses.return_url(ticket))
    if found.only_revocation_open and (wait := _wait(request)):
        return wait
    record("entrance.refused", request=request, data={"faults": [f.value for f in found.faults]})
    return _page(request, "refused", status=403, found=found, explanations=found.explanations)


@_counted
def self_test(request: HttpRequest) -> HttpResponse:
    """“Testar meu certificado”: what the browser sends, judged and shown; nothing is kept."""
    peer = peer_of(request)
    if peer is None:
        return _page(request, "self_test", explanations=[NOT_SENT])
    found = examine_for_login(peer.der, at=timezone.now(), proven=peer.proven)
    return _page(request, "self_test", found=found, explanations=found.explanations)


def _wait(request: HttpRequest) -> HttpResponse | None:
    """The page that asks again by itself, while there is patience left."""
    now = int(time.time())
    asked = request.GET.get("desde", "")
    since = int(asked) if asked.isdecimal() and len(asked) < 12 else now
    if not 0 <= now - since < PATIENCE:
        return None
    again = urlencode({"n": request.GET["n"], "desde": since})
    return _page(request, "waiting", refresh=f"{PAUSE}; url={request.path}?{again}")


def _page(request: HttpRequest, name: str, *, status: int = 200, **context: Any) -> HttpResponse:
    context |= {
        "portal": settings.BASE_URL, "start": addresses.start_url(),
        "test": addresses.self_test_url(), "help": addresses.help_url(),
    }  # fmt: skip
    return render(request, f"entrance/door/{name}.html", context, status=status)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    return _page(request, "not_found", status=404)


def server_error(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Without context processors: the database may be what failed."""
    page = loader.get_template("entrance/door/server_error.html")
    return HttpResponse(page.render({"portal": settings.BASE_URL}), status=500)
