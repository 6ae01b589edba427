"""The forty accesses of the demonstration's office, as data. Everybody and every secret is invented."""

from dataclasses import dataclass

from proxies.demo_agency import CHANGED, NAME, OVER, RIGHT

LOGIN, CODE, CERTIFICATE = "login", "code", "certificate"
ECAC, SIMPLES = "e-CAC (Receita Federal)", "Simples Nacional (PGDAS-D)"
MT, PA, BA, AC, RS = "SEFAZ-MT", "SEFA-PA (eCRC)", "SEFAZ-BA", "SEFAZ-AC", "Receita Estadual-RS"
SP, MG, CITY = "SEFAZ-SP", "SEF-MG", "Prefeitura de São Paulo (Senha Web)"
DEMO = NAME  # the one agency that answers, on this machine
WRONG = "errada"
OFFICE, PERSON, CLIENT = "office", "person", "client"  # whose access it is


@dataclass(frozen=True)
class Plan:
    """``days``: until its end, below 0 past it, None where nobody says. ``age``: of the value.

    ``becomes``: what was done with it: refused, revoked, destroyed or expired by hand.
    ``clients``: which of ``CLIENTS`` it serves. ``holder``: whose number it bears. ``answer``: how
    its password begins, by which ``DEMO`` answers.
    """

    name: str
    agency: str
    kind: str
    days: int | None
    age: int
    becomes: str = ""
    clients: tuple[int, ...] = ()
    holder: str = OFFICE
    answer: str = RIGHT


# Name, body of CNPJ or CPF, days since the contract ended (None: served).
CLIENTS: list[tuple[str, str, int | None]] = [
    ("Padaria Sol Nascente Ltda.", "604817250001", None),
    ("Mercado Boa Vista Ltda.", "613924780001", None),
    ("Oficina do Bairro Ltda.", "622158390001", None),
    ("Clínica Vida Plena S/S", "631470520001", None),
    ("Transportes Serra Azul Ltda.", "640583910001", None),
    ("Livraria Página Um Ltda.", "659216040001", None),
    ("Restaurante Tempero Mineiro Ltda.", "668391470001", 40),
    ("Papelaria Lápis de Cor Ltda.", "677402580001", 12),
    ("Helena Prates", "274905618", None),
    ("Otacílio Ramos", "385016729", None),
]
PLANS = [
    # Valid, with a known end.
    Plan("ACESSO SEFAZ-MT", MT, LOGIN, 78, 13),
    Plan("ACESSO SEFAZ-MT MERCADO", MT, LOGIN, 55, 36, clients=(1,), holder=CLIENT),
    Plan("CÓDIGO E-CAC HELENA", ECAC, CODE, 610, 120, clients=(8,), holder=PERSON),
    # These can be checked: what comes of it is not said here, the agency answers.
    Plan("ACESSO DEMONSTRAÇÃO", DEMO, LOGIN, 76, 15),
    Plan("ACESSO DEMONSTRAÇÃO SENHA ERRADA", DEMO, LOGIN, 74, 17, answer=WRONG),
    Plan("ACESSO DEMONSTRAÇÃO SENHA VENCIDA", DEMO, LOGIN, 70, 21, answer=OVER),
    Plan("ACESSO DEMONSTRAÇÃO PORTAL NOVO", DEMO, LOGIN, 66, 25, answer=CHANGED),
    Plan("CÓDIGO DEMONSTRAÇÃO OTACÍLIO", DEMO, CODE, 60, 31, clients=(9,), holder=PERSON),
    Plan("CERTIFICADO DO ESCRITÓRIO", ECAC, CERTIFICATE, 290, 75, clients=(0, 1, 2)),
    Plan("CERTIFICADO SEFAZ-SP", SP, CERTIFICATE, 180, 185),
    Plan("CERTIFICADO PADARIA", ECAC, CERTIFICATE, 120, 245, clients=(0,), holder=CLIENT),
    # Expiring, one at least at each threshold.
    Plan("ACESSO SEFAZ-MT OFICINA", MT, LOGIN, 45, 46, clients=(2,), holder=CLIENT),
    Plan("CERTIFICADO MERCADO", SP, CERTIFICATE, 44, 321, clients=(1,), holder=CLIENT),
    Plan("ACESSO SEFAZ-MT CLÍNICA", MT, LOGIN, 30, 61, clients=(3,), holder=CLIENT),
    Plan("CÓDIGO E-CAC FILIAL", ECAC, CODE, 29, 700),
    Plan("ACESSO SEFAZ-MT TRANSPORTES", MT, LOGIN, 15, 76, clients=(4,), holder=CLIENT),
    Plan("CERTIFICADO OFICINA", MG, CERTIFICATE, 14, 351, clients=(2,), holder=CLIENT),
    Plan("ACESSO SEFAZ-MT LIVRARIA", MT, LOGIN, 7, 84, clients=(5,), holder=CLIENT),
    Plan("CERTIFICADO PREFEITURA SP", CITY, CERTIFICATE, 6, 359),
    Plan("ACESSO SEFAZ-MT RESERVA", MT, LOGIN, 1, 90),
    Plan("CERTIFICADO CLÍNICA", ECAC, CERTIFICATE, 0, 365, clients=(3,), holder=CLIENT),
    # Expired by the day, and by hand.
    Plan("ACESSO SEFAZ-MT ANTIGO", MT, LOGIN, -3, 94),
    Plan("CÓDIGO E-CAC SÓCIO", ECAC, CODE, -20, 750, clients=(9,), holder=PERSON),
    Plan("CERTIFICADO TRANSPORTES", ECAC, CERTIFICATE, -35, 400, clients=(4,), holder=CLIENT),
    Plan("ACESSO SEF-MG EM TROCA", MG, LOGIN, None, 60, becomes="expired"),
    Plan("CÓDIGO SIMPLES LIVRARIA", SIMPLES, CODE, None, 90, "expired", (5,), CLIENT),
    # Refused by their agencies.
    Plan("ACESSO SEFAZ-BA", BA, LOGIN, None, 80, becomes="refused"),
    Plan("ACESSO SEFA-PA MERCADO", PA, LOGIN, None, 35, "refused", (1,), CLIENT),
    Plan("ACESSO SEFAZ-MT MATRIZ", MT, LOGIN, 20, 71, becomes="refused"),
    # Deactivated, destroyed.
    Plan("ACESSO RECEITA-RS ANTIGO", RS, LOGIN, None, 200, becomes="revoked"),
    Plan("CÓDIGO SIMPLES FILIAL", SIMPLES, CODE, None, 150, becomes="revoked"),
    Plan("ACESSO SEFAZ-AC", AC, LOGIN, None, 300, becomes="destroyed"),
    Plan("CERTIFICADO VENCIDO DE 2025", ECAC, CERTIFICATE, -200, 565, becomes="destroyed"),
    # Nobody says how long: new ones, and old ones to be looked at.
    Plan("ACESSO SEFAZ-SP", SP, LOGIN, None, 20),
    Plan("SENHA WEB SÃO PAULO", CITY, LOGIN, None, 30),
    Plan("SENHA WEB CLÍNICA", CITY, LOGIN, None, 400, clients=(3,), holder=CLIENT),
    Plan("CÓDIGO SIMPLES PADARIA", SIMPLES, CODE, None, 420, clients=(0,), holder=CLIENT),
    Plan("ACESSO SEFAZ-BA LIVRARIA", BA, LOGIN, None, 500, clients=(5,), holder=CLIENT),
    # For former clients alone.
    Plan("CÓDIGO SIMPLES RESTAURANTE", SIMPLES, CODE, None, 210, clients=(6,), holder=CLIENT),
    Plan("ACESSO SEF-MG PAPELARIA", MG, LOGIN, None, 190, clients=(7, 6), holder=CLIENT),
]
# Who saw what: login of the person, name of the access, days ago, act, why.
SEEN = [
    ("carla", "ACESSO SEFAZ-MT", 12, "shown", "Entrega da EFD de outubro"),
    ("carla", "CÓDIGO E-CAC HELENA", 30, "copied", "Declaração de imposto de renda"),
    ("paulo", "ACESSO SEFAZ-SP", 18, "shown", "Consulta de débitos"),
    ("paulo", "ACESSO SEFAZ-MT MERCADO", 25, "copied", "Emissão de guia"),
    ("paulo", "SENHA WEB SÃO PAULO", 20, "shown", "Parcelamento"),
]
# Login, name, body of the CPF, level, whether they left.
USERS = [
    ("marina", "Marina Alves", "410927385", "operate", False),
    ("otavio", "Otávio Reis", "521038496", "consult", False),
    ("paulo", "Paulo Teles", "632149507", "operate", True),
]
REASONS = {
    "refused": "O órgão respondeu: usuário ou senha inválidos.",
    "revoked": "Substituída por outra procuração.",
    "destroyed": "Não é mais usada.",
}
