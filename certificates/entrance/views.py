"""The portal's side of a login with a certificate: the way there, the way back, the self-test.

Nothing here reads a certificate from the request's headers: what comes back is a ticket.
"""

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from certificates.entrance import addresses, nonce, services
from certificates.entrance.examining import examine_for_login
from certificates.entrance.forms import MAX_BYTES, CertificateFileForm
from portal.accounts import limits
from portal.accounts.services.certificate_login import enter_with_certificate
from portal.audit.services import record
from portal.bodies import takes_files
from portal.provider.models import ContactDesk
from portal.provider.services import current_provider
from portal.requests import own_address
from portal.ui.prose import render_markdown


@login_not_required
@never_cache
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """What is needed, what will happen, and the way on. 404 where there is no entrance."""
    way = addresses.begin_url()
    if next_url := own_address(request, request.GET.get("next", "")):
        way += "?" + urlencode({"next": next_url})
    offered = addresses.is_offered()
    return render(request, "entrance/start.html", {"way": way}, status=200 if offered else 404)


@login_not_required
@never_cache
@require_GET
def begin(request: HttpRequest) -> HttpResponse:
    """Begin: a nonce for this browser, and on to the entrance with its hash."""
    if not addresses.is_offered():
        return start(request)
    if limits.limited(request, "certificate-start"):
        return limits.too_many(request, "certificate-start")
    response = HttpResponseRedirect("")
    secret = nonce.begin(response, own_address(request, request.GET.get("next", "")))
    response["Location"] = addresses.entrance_url(services.hashed(secret))
    return response


@login_not_required
@never_cache
@require_GET
def return_from_entrance(request: HttpRequest) -> HttpResponse:
    """Redeem the ticket and open the session, or say why it opens none."""
    if limits.limited(request, "certificate-return"):
        return limits.too_many(request, "certificate-return")
    pending = nonce.pending_login(request)
    ticket = request.GET.get("bilhete", "")
    try:
        identity = services.redeem_ticket(ticket, nonce=pending.nonce, at=timezone.now())
    except services.Refused as refusal:
        return _refused(request, refusal.problem)
    next_url = own_address(request, pending.next)
    response = enter_with_certificate(request, identity, next_url=next_url)
    nonce.clear(response)
    return response


@takes_files(MAX_BYTES)
@login_not_required
@never_cache
def self_test(request: HttpRequest) -> HttpResponse:
    """“Testar meu certificado”: with what the browser sends (at the entrance), or with a file."""
    form = CertificateFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and limits.limited(request, "certificate-test"):
        return limits.too_many(request, "certificate-test")
    context = {"form": form, "door": addresses.entrance_test_url()}
    if request.method == "POST" and form.is_valid():
        found = examine_for_login(form.cleaned_data["file"], at=timezone.now())
        context |= {"found": found, "explanations": found.explanations}
    return render(request, "entrance/self_test.html", context)


@login_not_required
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Questions and answers on the digital certificate, and who helps with what."""
    return render(request, "entrance/help/page.html", {
        "text": render_markdown(current_provider().certificate_help),
        "desk": ContactDesk.objects.filter(topic=ContactDesk.Topic.ACCESS).first(),
    })  # fmt: skip


def _refused(request: HttpRequest, problem: services.Problem) -> HttpResponse:
    record("entrance.ticket_refused", request=request, data={"problem": problem.value})
    return render(request, "entrance/ticket_refused.html", {"problem": problem}, status=403)
