"""Who plays in the demonstration: its provider, people, companies and units. All are invented."""

from dataclasses import dataclass

from portal.taxid import with_check_digits

PASSWORD = "Demonstra2026"  # noqa: S105 - printed for everybody, in a demonstration only
DOMAIN = "demo.balcao.example"
CNPJ = with_check_digits("481930570001")


@dataclass(frozen=True)
class Person:
    """Someone who can log in. ``role`` is shown to whoever tries the demonstration."""

    login: str
    name: str
    role: str
    cpf_body: str
    group: str = ""
    # Whether the CPF was proven by a certificate; else it was only typed when registering.
    has_proven_cpf: bool = True

    @property
    def cpf(self) -> str:
        return with_check_digits(self.cpf_body)

    @property
    def email(self) -> str:
        return f"{self.login}@{DOMAIN}"


CAST = [
    Person("ana", "Ana Souza", "Cliente: recebe as faturas da secretaria", "318604927"),
    Person("bruno", "Bruno Lima", "Cliente: recebe as faturas da empresa", "527190483"),
    Person("carla", "Carla Dias", "Cliente: administra o escritório", "640281759"),
    Person("diego", "Diego Farias", "Cliente: empresa somente com certificado", "419835206"),
    Person(
        "daniel", "Daniel Prado", "Cliente: CPF apenas informado", "263719405",
        has_proven_cpf=False,
    ),
    Person("faturista", "Fábio Rocha", "Equipe: faturamento", "731509264", "Faturamento"),
    Person("atendente", "Teresa Nunes", "Equipe: atendimento", "845267130", "Atendimento"),
    Person("agente", "Artur Melo", "Equipe: agente de registro", "906318472", "Agente de registro"),
    Person("admin", "Alice Campos", "Equipe: administração", "152740938", "Administração"),
]  # fmt: skip
# Kind, name, tax id without check digits (the office's is an alphanumeric CNPJ).
COMPANIES = [
    ("public_body", "Secretaria de Estado de Obras e Logística", "273948610001"),
    ("company", "Aurora Alimentos e Distribuição Ltda.", "394857200001"),
    ("office", "Horizonte Contabilidade", "12ABC345000A"),
    ("company", "Norte Motores Ltda.", "562817340001"),
]
# Issues NF-e, and so opens only for a certificate.
CERTIFICATE_ONLY = with_check_digits("562817340001")
# Company, code, name, tax id without check digits, time zone, state registration (inscrição).
UNITS = [
    (0, "SEC-01", "Sede, Belo Horizonte", "273948610001", "America/Sao_Paulo", ""),
    (0, "SEC-02", "Regional Juiz de Fora", "273948610002", "America/Sao_Paulo", ""),
    (1, "AUR-03", "Matriz, Contagem", "394857200001", "America/Sao_Paulo", "062.394857.00-18"),
    (1, "AUR-04", "Filial Manaus", "394857200002", "America/Manaus", "04.394.857-2"),
    (2, "HOR-05", "Escritório, Betim", "12ABC345000A", "America/Sao_Paulo", ""),
    (3, "NOR-06", "Fábrica, Manaus", "562817340001", "America/Manaus", "04.562.817-3"),
]
# Levels of ``Grant``, whose module may not be imported before Django is ready.
CONSULT, OPERATE, ADMINISTER = "consult", "operate", "administer"
GRANTS = [
    ("ana", "SEC-01", OPERATE),
    ("ana", "SEC-02", OPERATE),
    ("bruno", "AUR-03", OPERATE),
    ("bruno", "AUR-04", OPERATE),
    ("carla", COMPANIES[2][1], ADMINISTER),
    ("carla", "AUR-03", CONSULT),
    ("diego", "NOR-06", OPERATE),
    ("daniel", "SEC-01", CONSULT),
]


def person(login: str) -> Person:
    """The one of that login; KeyError for nobody."""
    return {one.login: one for one in CAST}[login]


def company(number: int) -> tuple[str, str]:
    """Name and CNPJ of a company, by its place in ``COMPANIES``."""
    _kind, name, body = COMPANIES[number]
    return name, with_check_digits(body)
