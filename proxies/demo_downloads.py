"""The demonstration's downloads: those of the provider's manual, with small and honest files."""

import io
from collections.abc import Callable
from datetime import date

from django.utils.translation import gettext as _

from portal.demo.world import World
from portal.files.services import store
from portal.sheets.columns import Column, Kind
from portal.sheets.writing import write_xlsx
from proxies.models import Download
from proxies.services.downloads import PREFIX, NewVersion, publish

AUDIT = [
    Column("chave", label="Chave de acesso"),
    Column("numero", label="Número"),
    Column("serie", label="Série"),
    Column("modelo", label="Modelo"),
    Column("emissao", label="Emissão", kind=Kind.DAY),
    Column("entrada", label="Entrada", kind=Kind.DAY),
    Column("cnpj", label="CNPJ do fornecedor ou cliente"),
    Column("nome", label="Fornecedor ou cliente"),
    Column("uf", label="UF"),
    Column("cfop", label="CFOP"),
    Column("valor", label="Valor contábil", kind=Kind.MONEY),
    Column("situacao", label="Situação"),
]
EXAMPLE = (
    "35260712ABC34501DE35550010000001231123456787", "123", "1", "55", date(2026, 7, 1),
    date(2026, 7, 3), "12ABC34501DE35", "Fornecedor de exemplo", "SP", "1102", 123456, "Regular",
)  # fmt: skip
COLLECTOR = """COLETOR - GS
Demonstração

Neste lugar o provedor publica o aplicativo que coleta os dados da Domínio para a auditoria das
notas. Este arquivo não é o aplicativo: é um texto da demonstração, para mostrar como o aplicativo
chega, com versão e SHA-256.

Enquanto o aplicativo não é instalado, os dados podem ser levados pela planilha modelo (COLETOR
PLANILHAS - GS) ou pelo relatório do sistema contábil (RELATÓRIO DOMÍNIO WEB).
"""
REPORT = """RELATÓRIO DOMÍNIO WEB
Instruções por sistema contábil

Em todos os sistemas: escolha a empresa e o período; gere o relatório de entradas e o de saídas com
uma linha por nota; grave em planilha (XLSX ou CSV). A chave de acesso deve ser texto, com 44
posições: formatada como número, a planilha a arredonda e ela se perde. O CNPJ também é texto: pode
ter letras e começar com zero.

Domínio Web
1. Abra Relatórios, Acompanhamentos, Entradas (depois, Saídas).
2. Informe a empresa e o período e marque a opção de mostrar a chave da nota, se houver.
3. Emita e grave em planilha.

Outro sistema contábil
1. Gere o arquivo EFD ICMS/IPI (SPED Fiscal) do período: os registros C100 trazem a chave, o número,
   a série, o modelo, as datas e o valor de cada nota.
2. Se não houver, preencha a planilha modelo: cada coluna diz o que espera.

Os nomes dos menus mudam com a versão do sistema. Se não encontrar um deles, veja o manual do sistema.
"""


def _model() -> bytes:
    output = io.BytesIO()
    write_xlsx(AUDIT, [EXAMPLE], output, title="Auditoria")
    return output.getvalue()


# Title, what it is for, file, version, who may have it.
FILES: list[tuple[str, str, str, Callable[[], bytes], str]] = [
    (
        "COLETOR - GS",
        "Aplicativo para coletar dados da Domínio e fazer a auditoria das notas no Gestor Sistemas.",
        "coletor-gs-leia-me.txt", COLLECTOR.encode, Download.Audience.CLIENTS,
    ),
    (
        "COLETOR PLANILHAS - GS",
        "Aplicativo para coletar dados da Domínio através de uma planilha e fazer a auditoria das "
        "notas no Gestor Sistemas.",
        "coletor-planilhas-modelo.xlsx", _model, Download.Audience.EVERYONE,
    ),
    (
        "RELATÓRIO DOMÍNIO WEB",
        "Relatório para importação no Domínio Web para extrair informações para o comparativo.",
        "relatorio-dominio-web-instrucoes.txt", REPORT.encode, Download.Audience.EVERYONE,
    ),
]  # fmt: skip


def load(world: World) -> None:
    """Publish what is not there yet."""
    for place, (title, text, name, content, audience) in enumerate(FILES, 1):
        download, _is_new = Download.objects.get_or_create(
            title=title, defaults={"text": text, "audience": audience, "order": place * 10}
        )
        if download.versions.exists():
            continue
        stored = store(content(), prefix=PREFIX, name=name)
        new = NewVersion(version="1.0", name=name, stored=stored, notes=_("First version."))
        publish(download, new, by=world.people["admin"], at=world.at)
