"""What clients see: lists, documents, downloads, release, questions."""

from django.urls import URLPattern, path

from invoices.views import documents, downloads, lists, questions, release, removed

urlpatterns: list[URLPattern] = [
    path("faturas/", lists.invoices, name="list"),
    path("relatorios/", lists.reports, name="reports"),
    path("documentos/exportar.zip", downloads.export_zip, name="export_zip"),
    path("documentos/exportar.csv", downloads.export_csv, name="export_csv"),
    path("documentos/exportar.xlsx", downloads.export_xlsx, name="export_xlsx"),
    path("documentos/<int:pk>/", documents.document, name="document"),
    path("documentos/<int:pk>/abrir/", downloads.open_inline, name="open"),
    path("documentos/<int:pk>/salvar/", downloads.save, name="save"),
    path("documentos/<int:pk>/assinatura.p7s", downloads.signature, name="signature"),
    path("documentos/<int:pk>/pagina/<int:page>/", downloads.preview, name="preview"),
    path("documentos/<int:pk>/conferir/", documents.check, name="check"),
    path("documentos/<int:pk>/liberar/", release.release, name="release"),
    path("documentos/<int:pk>/contestar/", release.contest, name="contest"),
    path("documentos/<int:pk>/recibo/", release.receipt, name="receipt"),
    path("documentos/removidos/", removed.removed, name="removed"),
    path("documentos/removidos.csv", removed.removed_csv, name="removed_csv"),
    path("documentos/removidos.xlsx", removed.removed_xlsx, name="removed_xlsx"),
    path("duvidas/", questions.questions, name="questions"),
]
