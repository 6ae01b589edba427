"""\"Certificados\": one's own and one's companies', each until its end."""

from dataclasses import replace

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certificates.forms.known import CertificateFilter, UploadForm
from certificates.models import KnownCertificate
from certificates.models.known import SERVICE, may_see_all
from certificates.services import known, listing
from certificates.services.watching import advice
from certificates.trust.revocation import request_check
from certificates.trust.validation import examine
from certificates.trust.verdict import Purpose
from portal.accounts.limits import limited, too_many
from portal.accounts.models import Company
from portal.accounts.scope import scope_of
from portal.ui.lists import Column, list_page
from portal.ui.views import confirmed

COLUMNS = [
    Column("holder", gettext_lazy("Holder")),
    Column("kind", gettext_lazy("Kind and issuer")),
    Column("state", gettext_lazy("State")),
    Column("left", gettext_lazy("Time left"), ("not_after", "pk")),
    Column("use", gettext_lazy("Use")),
]


@require_safe
def certificate_list(request: HttpRequest) -> HttpResponse:
    """What the person may see; staff with the permission search everybody's."""
    user, now = scope_of(request).user, timezone.now()
    sees_all = may_see_all(user)
    companies = (
        None if sees_all else list(Company.objects.visible_to(user, at=now, service=SERVICE))
    )
    chosen = scope_of(request).chosen.company
    form = CertificateFilter(request.GET, companies=companies, chosen=chosen)
    form.is_valid()
    criteria = form.criteria()
    page = list_page(
        request, listing.select(user, criteria, at=now), title=gettext_lazy("Certificates"), columns=COLUMNS,
        order=criteria.order, form=form,
    )  # fmt: skip
    page = replace(page, rows=listing.rows(page.rows, user, at=now))
    context = {
        "page": page, "sees_all": sees_all, "narrowed": criteria != listing.Criteria(),
    }  # fmt: skip
    return render(request, "certificates/list.html", context)


@require_safe
def certificate(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything that one certificate says, its path, and where it is used."""
    user, now = scope_of(request).user, timezone.now()
    found = listing.select(user, listing.Criteria(listing.State.ALL), at=now).defer(None)
    row = get_object_or_404(found, pk=pk)
    verdict = examine(bytes(row.der), purpose=Purpose.WATCH, at=now)
    context = {
        "row": listing.rows([row], user, at=now)[0], "certificate": row, "verdict": verdict,
        # The common name of a person's certificate ends with the CPF.
        "path": [row.name, *verdict.path[1:]], "said": verdict.record, "advice": advice(),
        "manageable": known.manageable_uses(row, user, at=now).exists(),
    }  # fmt: skip
    return render(request, "certificates/known.html", context)


@require_safe
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """The public certificate, as DER."""
    found = KnownCertificate.objects.visible_to(scope_of(request).user)
    row = get_object_or_404(found, pk=pk)
    response = HttpResponse(bytes(row.der), content_type="application/pkix-cert")
    response["Content-Disposition"] = f'attachment; filename="certificado-{row.sha256[:12]}.cer"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Have a public certificate watched."""
    user, now = scope_of(request).user, timezone.now()
    if request.method == "POST" and limited(request, "certificate-upload", f"user:{user.pk}"):
        return too_many(request, "certificate-upload")
    form = UploadForm(
        request.POST or None, request.FILES or None, user=user,
        companies=known.companies_to_watch_for(user, at=now),
        alone=not known.is_company_session(user),
    )  # fmt: skip
    if request.method != "POST" or not form.is_valid():
        return render(request, "certificates/upload.html", {"form": form})
    made = known.upload(form.record, company=form.chosen_company, by=user, at=now, request=request)
    request_check(form.record.der)
    messages.success(request, _("The certificate is watched: you will be told before it expires."))
    for text in form.warnings:
        messages.warning(request, text)
    return redirect(made)


@require_http_methods(["GET", "HEAD", "POST"])
def unwatch(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then stop the reminders."""
    user, now = scope_of(request).user, timezone.now()
    row = get_object_or_404(KnownCertificate.objects.visible_to(user, at=now), pk=pk)
    uses = known.manageable_uses(row, user, at=now)
    if not uses.exists():
        raise PermissionDenied
    kept = uses.exclude(origin=known.Origin.UPLOAD).exists()
    return confirmed(
        request, "certificates/unwatch.html",
        {"certificate": row, "kept": kept, "back": row.get_absolute_url()},
        lambda: known.stop_watching(row, by=user, at=now, request=request),
        done=_("No more reminders of this certificate."), to="certificates:list",
    )  # fmt: skip


@require_POST
def watch_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Reminders again."""
    user, now = scope_of(request).user, timezone.now()
    row = get_object_or_404(KnownCertificate.objects.visible_to(user, at=now), pk=pk)
    if not known.manageable_uses(row, user, at=now).exists():
        raise PermissionDenied
    known.watch_again(row, by=user, at=now, request=request)
    messages.success(request, _("The certificate is watched again."))
    return redirect(row)
