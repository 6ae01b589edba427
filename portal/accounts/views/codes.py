"""The security code's picture, sound and refresh, open to strangers and limited."""

import json

from captcha import views as simple_captcha
from captcha.models import CaptchaStore
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from portal.accounts import captcha, limits
from portal.requests import client_ip

# Name of the button that asks for another picture without JavaScript.
NEW_CODE = "new_code"
_NEVER_REPEATED = {"csrfmiddlewaretoken", NEW_CODE}


def typed_so_far(request: HttpRequest) -> dict[str, str]:
    """What a form holds already when only a part of it is to change; no password, no old code."""
    return {
        name: value
        for name, value in request.POST.dict().items()
        if name not in _NEVER_REPEATED and "password" not in name and not name.startswith("captcha")
    }  # fmt: skip


@login_not_required
@require_GET
@never_cache
def image(_request: HttpRequest, key: str, scale: int = 1) -> HttpResponseBase:
    """A code that is over is gone (410)."""
    png = captcha.picture(key, scale)
    return HttpResponse(png, content_type="image/png") if png else HttpResponse(status=410)


@login_not_required
@require_GET
@never_cache
def sound(request: HttpRequest, key: str) -> HttpResponseBase:
    """The code, spoken. Running a speech program for strangers is limited per address."""
    if limits.limited(request, "code-sound"):
        return limits.too_many(request, "code-sound")
    store = CaptchaStore.objects.filter(hashkey=key).first()
    if store is None or not captcha.can_speak():
        raise Http404
    wav = captcha.speak(store)
    return HttpResponse(wav, content_type="audio/wav", headers={"Content-Length": str(len(wav))})


@login_not_required
@require_GET
@never_cache
def refresh(request: HttpRequest) -> HttpResponseBase:
    """JSON with a new code's key and addresses, for ``entrance.js``."""
    if limits.limited(request, "code-refresh"):
        return limits.too_many(request, "code-refresh")
    response: HttpResponse = simple_captcha.captcha_refresh(request)
    captcha.bound_codes(json.loads(response.content)["key"], client_ip(request))
    return response
