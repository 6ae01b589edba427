"""The invoice desk's addresses."""

from invoices.urls import batches, client, drafts, public, purge

app_name = "invoices"

urlpatterns = [
    *client.urlpatterns, *public.urlpatterns, *batches.urlpatterns, *drafts.urlpatterns,
    *purge.urlpatterns,
]  # fmt: skip
