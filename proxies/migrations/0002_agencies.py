"""The first agencies of the catalogue. Staff edit them from here on: it is loaded once.

Only addresses that are public and known; a rule that nobody found is "não informado".
"""

from datetime import date

from django.db import migrations

CHECKED_ON = date(2026, 11, 26)
SAO_PAULO = 3550308
PERSONAL = (
    "Não guarde aqui a senha gov.br de ninguém: ela é pessoal. Peça a procuração digital do e-CAC."
)
AGENCIES = [
    {
        "name": "e-CAC (Receita Federal)", "sphere": "federal",
        "address": "https://cav.receita.fazenda.gov.br/", "kinds": ["code", "certificate"],
        "renewal_every": 24, "renewal_source": "Agência Brasil, fevereiro de 2022",
        "notice": PERSONAL,
    },
    {
        "name": "Simples Nacional (PGDAS-D)", "sphere": "federal",
        "address": "https://www8.receita.fazenda.gov.br/SimplesNacional/",
        "kinds": ["code", "certificate"],
        "notice": "O código de acesso do Simples Nacional não é o do e-CAC: são dois códigos.",
    },
    {
        "name": "SEFAZ-MT", "sphere": "state", "state": "MT",
        "address": "https://www.sefaz.mt.gov.br/", "kinds": ["login", "certificate"],
        "renewal_every": 3, "renewal_source": "Manual de procurações do escritório",
    },
    {
        "name": "SEFA-PA (eCRC)", "sphere": "state", "state": "PA",
        "address": "https://www.sefa.pa.gov.br/", "kinds": ["login", "certificate"],
        "notice": "Entra-se com e-CPF, e-CNPJ ou senha (Portaria 414/2017).",
    },
    {
        "name": "SEFAZ-BA", "sphere": "state", "state": "BA",
        "address": "https://www.sefaz.ba.gov.br/", "kinds": ["login"],
        "notice": "A senha é pessoal (Portaria 582/2000).",
    },
    {
        "name": "SEFAZ-AC", "sphere": "state", "state": "AC", "address": "", "kinds": ["login"],
        "notice": "A senha é pessoal (Portaria 542/2012).",
    },
    {
        "name": "Receita Estadual-RS", "sphere": "state", "state": "RS",
        "address": "https://receita.fazenda.rs.gov.br/", "kinds": ["login", "certificate"],
        "notice": (
            "O acesso depende da Autorização Eletrônica de cada empresa ou estabelecimento, que o "
            "escritório aceita no portal."
        ),
    },
    {
        "name": "SEFAZ-SP", "sphere": "state", "state": "SP",
        "address": "https://portal.fazenda.sp.gov.br/", "kinds": ["login", "certificate"],
    },
    {
        "name": "SEF-MG", "sphere": "state", "state": "MG",
        "address": "https://www.fazenda.mg.gov.br/", "kinds": ["login", "certificate"],
    },
    {
        "name": "Prefeitura de São Paulo (Senha Web)", "sphere": "municipal", "state": "SP",
        "municipality_id": SAO_PAULO, "address": "https://prefeitura.sp.gov.br/",
        "kinds": ["login", "certificate"],
        "notice": "Há uma Senha Web para cada raiz de CNPJ (Portaria SF 64/2021).",
    },
]  # fmt: skip


def fill(apps, _schema_editor):
    agencies = apps.get_model("proxies", "Agency")
    for agency in AGENCIES:
        known = {"renewal_checked_on": CHECKED_ON, **agency}
        agencies.objects.get_or_create(name=known.pop("name"), defaults=known)


class Migration(migrations.Migration):
    dependencies = [("proxies", "0001_initial"), ("municipalities", "0002_load")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=False)]
