"""Addresses of bank files, settlements and remessas."""

from django.urls import URLPattern, path, re_path

from portal.payments.views import differences, remittances, returns, statement

urlpatterns: list[URLPattern] = [
    path("equipe/retornos/", returns.bank_files, name="bank_files"),
    path("equipe/retornos/novo/", returns.bank_file_new, name="bank_file_new"),
    path("equipe/retornos/<int:pk>/", returns.bank_file, name="bank_file"),
    path("equipe/retornos/<int:pk>/linhas/", returns.bank_file_rows, name="bank_file_rows"),
    path(
        "equipe/retornos/<int:pk>/andamento/", returns.bank_file_progress,
        name="bank_file_progress",
    ),
    path("equipe/retornos/<int:pk>/lancar/", returns.bank_file_apply, name="bank_file_apply"),
    path("equipe/retornos/<int:pk>/desfazer/", returns.bank_file_undo, name="bank_file_undo"),
    path("equipe/retornos/<int:pk>/descartar/", returns.bank_file_discard, name="bank_file_discard"),
    path("equipe/retornos/<int:pk>/retomar/", returns.bank_file_go_on, name="bank_file_go_on"),
    path("equipe/retornos/<int:pk>/parar/", returns.bank_file_stop, name="bank_file_stop"),
    path("equipe/diferencas/", differences.differences, name="differences"),
    path("equipe/diferencas/<int:pk>/", differences.difference, name="difference"),
    path(
        "equipe/diferencas/<int:pk>/aceitar/", differences.difference_accept,
        name="difference_accept",
    ),
    path(
        "equipe/diferencas/<int:pk>/devolver/", differences.difference_refund,
        name="difference_refund",
    ),
    path(
        "equipe/diferencas/<int:pk>/atribuir/", differences.difference_assign,
        name="difference_assign",
    ),
    path(
        "equipe/diferencas/<int:pk>/estornar/", differences.difference_take_back,
        name="difference_take_back",
    ),
    path(
        "equipe/diferencas/<int:pk>/reabrir/", differences.difference_reopen,
        name="difference_reopen",
    ),
    path("equipe/remessas/", remittances.remittances, name="remittances"),
    path("equipe/remessas/vencimento/", remittances.remittance_due, name="remittance_due"),
    path(
        "equipe/remessas/nova/<int:agreement>/", remittances.remittance_new, name="remittance_new"
    ),
    path(
        "equipe/remessas/no-banco/<int:agreement>/", remittances.remittance_by_hand,
        name="remittance_by_hand",
    ),
    path("equipe/remessas/<int:pk>/", remittances.remittance, name="remittance"),
    path("equipe/remessas/<int:pk>/arquivo/", remittances.remittance_file, name="remittance_file"),
    path("equipe/remessas/<int:pk>/enviada/", remittances.remittance_sent, name="remittance_sent"),
    path(
        "equipe/remessas/<int:pk>/recusada/", remittances.remittance_rejected,
        name="remittance_rejected",
    ),
    path("equipe/extrato/", statement.statement, name="statement"),
    re_path(
        r"^equipe/extrato/extrato\.(?P<extension>csv|xlsx)$", statement.statement_file,
        name="statement_file",
    ),
]  # fmt: skip
