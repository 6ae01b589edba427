"""Publishing one document, and withdrawing one."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from certificates.services import NoSigner
from certificates.signatures.signing import TimestampFailed
from invoices.forms.publish_one import PublishForm, WithdrawForm
from invoices.models import Document
from invoices.services import proposals
from invoices.services.document_versions import Outcome
from invoices.services.publish_one import ChangedMeanwhile, withdraw
from portal.accounts.scope import scope_of
from portal.permissions import staff_required
from portal.public_codes import group_code
from portal.transitions import IllegalTransition
from portal.ui.views import confirmed

may_publish = staff_required("invoices.publish_document")
get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@get_or_post
@may_publish
def publish_one(request: HttpRequest) -> HttpResponse:
    """The form; what it says is looked over on the next page."""
    user = scope_of(request).user
    form = PublishForm(
        request.POST or None, request.FILES or None, initial=request.GET.dict(), user=user
    )
    if request.method == "POST" and form.is_valid():
        token = proposals.propose(form.cleaned_data, by=user, at=timezone.now())
        return redirect(f"{reverse('invoices:publish_confirm')}?{urlencode({'token': token})}")
    return render(request, "invoices/batches/publish_one.html", {"form": form})


@get_or_post
@may_publish
def publish_confirm(request: HttpRequest) -> HttpResponse:
    """What will happen; POST makes it happen."""
    proposal = proposals.read_proposal(
        request.GET.get("token", ""), by=scope_of(request).user, at=timezone.now()
    )
    if proposal is None:
        messages.error(
            request, _("This preview is no longer valid. Please fill in the form again.")
        )
        return redirect("invoices:publish_one")
    if request.method != "POST":
        context = {
            "proposal": proposal,
            "spec": proposal.spec,
            "outcome": proposal.outcome.value,
        }
        return render(request, "invoices/batches/publish_confirm.html", context)
    return _publish(request, proposal)


def _publish(request: HttpRequest, proposal: proposals.Proposal) -> HttpResponse:
    try:
        document, outcome = proposals.accept(proposal)
    except ChangedMeanwhile:
        messages.error(
            request, _("Someone else published this document meanwhile. Please look again.")
        )
    except FileNotFoundError:
        messages.error(
            request, _("This preview is no longer valid. Please fill in the form again.")
        )
    except (NoSigner, TimestampFailed) as error:
        messages.error(request, str(error))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        if outcome == Outcome.UNCHANGED:
            messages.info(request, _("This very file is already published; nothing was changed."))
        return redirect("invoices:published", document.pk)
    return redirect("invoices:publish_one")


@require_safe
@may_publish
def published(request: HttpRequest, pk: int) -> HttpResponse:
    """What came of it, with the verification code."""
    documents = Document.objects.select_related("unit__company", "type", "replaces")
    document = get_object_or_404(documents.fetchable(at=timezone.now()), pk=pk)
    context = {"document": document, "code": group_code(document.verification_code)}
    return render(request, "invoices/batches/published.html", context)


@get_or_post
@may_publish
def withdraw_document(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the reason, then take the document back."""
    documents = Document.objects.select_related("unit__company", "type")
    document = get_object_or_404(documents.fetchable(at=timezone.now()), pk=pk)
    back = reverse("invoices:published", args=[pk])
    if document.status != Document.Status.PUBLISHED:
        messages.info(request, _("This document is no longer the published version."))
        return redirect(back)
    form = WithdrawForm(request.POST or None)
    return confirmed(
        request, "invoices/batches/withdraw.html", {"document": document, "back": back},
        lambda: _withdraw(request, document, form.cleaned_data["reason"]),
        form=form, to=back, refused=(IllegalTransition,),
    )  # fmt: skip


def _withdraw(request: HttpRequest, document: Document, reason: str) -> str:
    """What is said when it is done. IllegalTransition when something else became of it meanwhile."""
    try:
        told = withdraw(
            document, reason=reason, by=scope_of(request).user, at=timezone.now(), request=request
        )
    except IllegalTransition:
        raise IllegalTransition(_("This document is no longer the published version.")) from None
    text = ngettext(
        "Withdrawn. %(count)s client who had seen it is told by mail.",
        "Withdrawn. %(count)s clients who had seen it are told by mail.",
        told,
    ) % {"count": told}
    return text if told else _("Withdrawn. No client had seen it.")
