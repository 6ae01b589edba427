"""Addresses of charges and slips."""

from django.urls import URLPattern, path

from portal.payments.views import charges

urlpatterns: list[URLPattern] = [
    path("equipe/cobrancas/", charges.charges, name="charges"),
    path("equipe/cobrancas/<int:pk>/", charges.charge, name="charge"),
    path("equipe/cobrancas/<int:pk>/retirar/", charges.withdraw, name="withdraw"),
    path("equipe/cobrancas/<int:pk>/receber/", charges.settle, name="settle"),
    path("equipe/cobrancas/<int:pk>/aceitar/", charges.accept, name="accept"),
    path("equipe/cobrancas/<int:pk>/devolver/", charges.refund, name="refund"),
    path("equipe/cobrancas/<int:pk>/novo-boleto/", charges.replace, name="replace"),
    path("equipe/cobrancas/<int:pk>/pagador/", charges.change_payer, name="change_payer"),
    path("equipe/cobrancas/<int:pk>/boletos/<int:slip>/", charges.slip, name="slip"),
]
