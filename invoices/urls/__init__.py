"""The invoice desk's addresses."""

from invoices.urls import batches, client, drafts, public

app_name = "invoices"

urlpatterns = [*client.urlpatterns, *public.urlpatterns, *batches.urlpatterns, *drafts.urlpatterns]
