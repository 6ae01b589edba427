"""What the catalogue, the expiry and the checks add to the desk of accesses."""

from django.utils.translation import gettext_lazy as _

AUDIT_WORDS = {
    "agency.created": _("Added an agency to the catalogue"),
    "agency.changed": _("Changed an agency of the catalogue"),
    "agency.deleted": _("Deleted an agency of the catalogue"),
}
