"""The pages that show a list, and who looks at each. ``tests/portal/test_list_pages.py`` misses none."""

LISTS = [
    ("ana", "/faturas/"),
    ("ana", "/relatorios/"),
    ("ana", "/documentos/removidos/"),
    ("ana", "/certificados/"),
    ("ana", "/os/minhas/"),
    ("ana", "/pedidos/"),
    ("ana", "/lembretes/"),
    ("ana", "/noticias/"),
    ("ana", "/conta/sessoes/"),
    ("ana", "/conta/empresa/"),
    ("carla", "/conta/equipe/"),
    ("carla", "/escritorios/"),
    ("admin", "/equipe/procuracoes/"),
    ("faturista", "/faturas/?period=01/2026&until=12/2026"),
    ("faturista", "/documentos/removidos/"),
    ("faturista", "/equipe/lotes/"),
    ("faturista", "/equipe/lotes/1/"),
    ("faturista", "/equipe/lotes/1/linhas/"),
    ("faturista", "/equipe/faturas/rascunhos/"),
    ("faturista", "/equipe/expurgo/"),
    ("faturista", "/equipe/expurgo/1/"),
    ("faturista", "/equipe/notas-fiscais/"),
    ("faturista", "/equipe/notas-fiscais/eventos/"),
    ("faturista", "/equipe/notas-fiscais/importacoes/"),
    ("agente", "/certificados/"),
    ("faturista", "/equipe/cobrancas/"),
    ("faturista", "/equipe/retornos/"),
    ("faturista", "/equipe/retornos/1/"),
    ("faturista", "/equipe/retornos/1/linhas/"),
    ("faturista", "/equipe/diferencas/"),
    ("faturista", "/equipe/remessas/"),
    ("agente", "/equipe/pedidos/"),
    ("admin", "/equipe/pedidos/lotes/"),
    ("atendente", "/equipe/os/"),
    ("atendente", "/equipe/os/?queue=all"),
    ("atendente", "/equipe/os/filas/"),
    ("atendente", "/equipe/os/respostas-prontas/"),
    ("admin", "/equipe/saida/"),
    ("admin", "/equipe/acessos/"),
    ("admin", "/equipe/exclusoes/"),
    ("admin", "/equipe/somente-certificado/"),
    ("admin", "/equipe/os/correio/"),
]
# On a phone the first row of a client's list is in the first screen; not on this page, which asks
# first for whom one works.
CLIENTS = {"ana", "carla"}
ROWS_FURTHER_DOWN = {"/conta/empresa/"}
# Pages that one is led to from one of these: their addresses hold a key.
LED_TO = {
    "accounts:team_of": "/conta/equipe/",
    "proxies:list": "/escritorios/",
    "orders:batch": "/equipe/pedidos/lotes/",
    "orders:batch_rows": "/equipe/pedidos/lotes/",
    "orders:note_batch": "/equipe/notas-fiscais/importacoes/",
    "orders:note_batch_rows": "/equipe/notas-fiscais/importacoes/",
}
