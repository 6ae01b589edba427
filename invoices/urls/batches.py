"""Publishing, by one and in bulk: staff only."""

from django.urls import URLPattern, path, re_path

from invoices.views import batches, publish_one

urlpatterns: list[URLPattern] = [
    path("equipe/faturas/publicar/", publish_one.publish_one, name="publish_one"),
    path("equipe/faturas/publicar/conferir/", publish_one.publish_confirm, name="publish_confirm"),
    path("equipe/faturas/<int:pk>/publicada/", publish_one.published, name="published"),
    path("equipe/faturas/<int:pk>/retirar/", publish_one.withdraw_document, name="withdraw"),
    path("equipe/lotes/", batches.batches, name="batches"),
    path("equipe/lotes/novo/", batches.batch_new, name="batch_new"),
    re_path(
        r"^equipe/lotes/manifesto\.(?P<extension>csv|xlsx)$",
        batches.batch_template,
        name="batch_template",
    ),
    path("equipe/lotes/<int:pk>/", batches.batch, name="batch"),
    path("equipe/lotes/<int:pk>/andamento/", batches.batch_progress, name="batch_progress"),
    path("equipe/lotes/<int:pk>/linhas/", batches.batch_rows, name="batch_rows"),
    path("equipe/lotes/<int:pk>/erros.csv", batches.batch_errors, name="batch_errors"),
    path("equipe/lotes/<int:pk>/publicar/", batches.batch_publish, name="batch_publish"),
    path("equipe/lotes/<int:pk>/desfazer/", batches.batch_undo, name="batch_undo"),
    path("equipe/lotes/<int:pk>/descartar/", batches.batch_discard, name="batch_discard"),
    path("equipe/lotes/<int:pk>/continuar/", batches.batch_go_on, name="batch_go_on"),
    path("equipe/lotes/<int:pk>/parar/", batches.batch_stop, name="batch_stop"),
]
