"""Invoices that the portal generates: drafts, import, publishing."""

from django.urls import URLPattern, path

from invoices.views import drafts

urlpatterns: list[URLPattern] = [
    path("equipe/faturas/rascunhos/", drafts.drafts, name="drafts"),
    path("equipe/faturas/rascunhos/novo/", drafts.draft_new, name="draft_new"),
    path("equipe/faturas/rascunhos/importar/", drafts.draft_import, name="draft_import"),
    path(
        "equipe/faturas/rascunhos/modelo.<str:extension>",
        drafts.draft_template,
        name="draft_template",
    ),
    path("equipe/faturas/rascunhos/<int:pk>/", drafts.draft, name="draft"),
    path("equipe/faturas/rascunhos/<int:pk>/alterar/", drafts.draft_edit, name="draft_edit"),
    path("equipe/faturas/rascunhos/<int:pk>/pdf/", drafts.draft_pdf, name="draft_pdf"),
    path("equipe/faturas/rascunhos/<int:pk>/publicar/", drafts.draft_publish, name="draft_publish"),
    path(
        "equipe/faturas/rascunhos/<int:pk>/descartar/", drafts.draft_discard, name="draft_discard"
    ),
]
