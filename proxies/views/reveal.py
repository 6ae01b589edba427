"""Showing one secret: the reason first, then the value for half a minute; or its copy, or a code."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts.limits import limited, too_many, too_often
from portal.accounts.scope import scope_of
from portal.step_up import has_stepped_up, step_up
from proxies.forms.reveal import RevealForm
from proxies.models import Disclosure, Proxy, SecretValue, offices_open_to
from proxies.models.offices import VERSIONS
from proxies.services.disclosures import SHOWN_FIELDS, NotShown, disclose, disclose_code
from proxies.services.values import current_values, is_former
from proxies.views.own import OPERATE, proxy_for

LIMIT = "proxy-reveal"
SECONDS = 30  # for which a secret stays on the page
_ASKING = ["GET", "HEAD", "POST"]
RENEWED = _(
    "Somebody set a new one while you were on the page, so nothing was shown. Show it again: it is "
    "the new one that opens the agency's system now."
)


class Renewed(Exception):
    """What the page asks for was in use when it was opened, and is not any more."""


class Unspoken:
    """A secret on its way into a template, whose frames a report of an error would print."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "<secret>"


@never_cache
@require_http_methods(_ASKING)
@step_up
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the reason, then show a value: the one in use, or a former one."""
    proxy = proxy_for(request, pk)
    try:
        return _asked(request, proxy, _wanted(request, proxy))
    except Renewed:
        messages.warning(request, RENEWED)
        return redirect(proxy)


@never_cache
@require_http_methods(_ASKING)
@step_up
def code(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the reason, then show the second factor's code of this moment."""
    proxy = proxy_for(request, pk)
    seed = current_values(proxy).get(SecretValue.Field.SEED)
    if seed is None:
        raise Http404
    return _asked(request, proxy, seed)


@never_cache
@require_POST
@sensitive_variables("said")
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    """A value as plain text, for the script that puts it onto the clipboard unseen.

    It says in a line what is wrong. Without a fresh proof of who asks: 403, and the script leads
    to the page that asks for one, where nothing is put aside to be answered later.
    """
    proxy = proxy_for(request, pk)
    form = RevealForm(request.POST)
    try:
        value = _wanted(request, proxy)
    except Renewed:
        return _line(str(RENEWED), 409)
    if not has_stepped_up(request):
        return HttpResponse(status=403)
    if not form.is_valid():
        return _line(" ".join(map(str, form.errors.get("reason", []))), 400)
    if limited(request, LIMIT, f"user:{request.user.pk}"):
        return _line(too_often(LIMIT), 429)
    try:
        said = disclose(
            value, _act(value, Disclosure.Act.COPIED), reason=form.cleaned_data["reason"],
            by=scope_of(request).user, at=timezone.now(), request=request,
        )  # fmt: skip
    except NotShown as refused:
        return _line(str(refused), 503 if refused.passing else 409)
    return _line(said, 200)


def _line(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, content_type="text/plain; charset=utf-8", status=status)


def _wanted(request: HttpRequest, proxy: Proxy) -> SecretValue:
    """The value that the address or the form names. A former one is for who holds that service,
    and must be asked for as such. Raises Renewed where the form's value is no longer in use."""
    asked = request.POST if request.method == "POST" else request.GET
    name, version = asked.get("field", ""), asked.get("version", "")
    if name not in SHOWN_FIELDS:
        raise Http404
    current = current_values(proxy).get(name)
    if current and version in ("", str(current.version)):
        return current
    if not (version.isascii() and version.isdigit() and len(version) < 9):
        raise Http404
    former = proxy.values.filter(field=name, version=version, sealed__isnull=False)
    value = former.first()
    if value is None:
        raise Http404
    if request.method == "POST" and not asked.get("former"):
        raise Renewed
    if not may_see_former(request, proxy):
        raise PermissionDenied
    return value


def may_see_former(request: HttpRequest, proxy: Proxy) -> bool:
    """Whether the person's grants on the office name the service of former values."""
    offices = offices_open_to(scope_of(request).user, level=OPERATE, service=VERSIONS)
    return offices.filter(pk=proxy.office_id).exists()


def _act(value: SecretValue, act: str) -> str:
    return Disclosure.Act.FORMER if is_former(value) else act


@sensitive_variables("shown")
def _asked(request: HttpRequest, proxy: Proxy, value: SecretValue) -> HttpResponse:
    """The question, or with a reason the answer."""
    former = is_former(value)
    start = {"field": value.field, "version": value.version, "former": former}
    form = RevealForm(request.POST if request.method == "POST" else None, initial=start)
    context: dict[str, Any] = {
        "proxy": proxy, "value": value, "former": former, "form": form, "seconds": SECONDS,
    }  # fmt: skip
    if request.method != "POST" or not form.is_valid():
        return render(request, "proxies/reveal.html", context)
    if limited(request, LIMIT, f"user:{request.user.pk}"):
        return too_many(request, LIMIT)
    try:
        shown = _shown(request, value, form.cleaned_data["reason"])
    except NotShown as refused:
        form.add_error(None, str(refused))
        context["unreadable"] = not refused.passing
        return render(
            request, "proxies/reveal.html", context, status=503 if refused.passing else 409
        )
    return render(request, "proxies/shown.html", {**context, **shown})


@sensitive_variables()
def _shown(request: HttpRequest, value: SecretValue, reason: str) -> dict[str, Any]:
    by, at = scope_of(request).user, timezone.now()
    if value.field == SecretValue.Field.SEED:
        said = disclose_code(value, reason=reason, by=by, at=at, request=request)
        return {"secret": Unspoken(said.text), "seconds": said.seconds_left}
    act = _act(value, Disclosure.Act.SHOWN)
    told = disclose(value, act, reason=reason, by=by, at=at, request=request)
    return {"secret": Unspoken(told)}
