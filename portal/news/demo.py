"""The notices of the demonstration. They stand where a provider's own would: in Portuguese."""

from dataclasses import dataclass
from datetime import timedelta

from portal.demo.world import World
from portal.news.models import Notice


@dataclass(frozen=True)
class _Sample:
    """A notice of ``days`` ago (in so many days, if negative)."""

    slug: str
    title: str
    summary: str
    body: str
    audience: str
    days: int
    is_pinned: bool = False
    is_published: bool = True


_CERTIFICATE = """\
Quem tem certificado digital da ICP-Brasil entra no portal **sem nenhum cadastro**: em *Entrar*,
escolha **Com certificado digital**.

## Como funciona

1. Deixe o certificado instalado ou conectado no computador em que vai usar o portal.
2. Escolha o certificado na janela que o navegador abre.
3. Com um e-CNPJ, aparece a lista dos CNPJs e das inscrições ligadas a ele. Escolha a inscrição e pronto.
4. Com um e-CPF, aparece o que foi concedido ao seu CPF.

## Quem vai precisar

No primeiro momento, só as empresas que emitem NF-e, cada uma a partir da data em que for avisada.
Serve o mesmo certificado que já é usado na NF-e ou na Receita Federal; não é preciso comprar outro.

As respostas às perguntas mais comuns, o preparo do computador e o que o nosso suporte atende estão
em [Certificado digital](/certificado-digital/).
"""
_VERIFY = """\
Toda fatura publicada aqui é assinada digitalmente e traz um QR Code e um código de verificação.

- Com o código, a página [Verificar documento](/verificar/) diz quem assinou, quando, e se o
  documento continua em vigor.
- Com o arquivo, ela diz também se algum byte foi alterado.

Ninguém vê o conteúdo do documento nessa página, e não é preciso entrar no portal.
"""
_SIX_MONTHS = """\
Faturas e relatórios ficam no portal por seis meses, contados da publicação. Depois disso ninguém
mais os abre, nem a nossa equipe: resta o registro de que existiram.

Avisamos por e-mail 15 dias antes. Para guardar tudo de uma vez, escolha o período em
[Relatórios Faturamento](/faturas/) e use **Baixar tudo**.
"""
_STAFF = """\
Antes de responder por telefone a quem pergunta por certificado:

- instalação, configuração e validade são com quem emitiu o certificado;
- o acesso, a escolha da inscrição e as mensagens do portal são conosco.

A página [Certificado digital](/certificado-digital/) pode ser indicada a qualquer pessoa.
"""
_RECESS = """\
Entre 24 de dezembro e 2 de janeiro o atendimento por telefone funciona das 9h às 12h. O portal
continua no ar.
"""
_SAMPLES = [
    _Sample(
        "certificado-digital-no-portal", "Entre com o seu certificado digital, sem cadastro",
        "Com e-CPF ou e-CNPJ basta escolher a inscrição. Veja quem vai precisar, como preparar o computador e como dar acesso a colaboradores.",
        _CERTIFICATE, Notice.Audience.EVERYONE, 3, is_pinned=True,
    ),
    _Sample(
        "confira-se-a-fatura-e-autentica", "Confira se a fatura é autêntica",
        "Pelo QR Code ou pelo arquivo, qualquer pessoa verifica quem assinou e se nada foi alterado.",
        _VERIFY, Notice.Audience.EVERYONE, 40,
    ),
    _Sample(
        "guarde-suas-faturas", "Guarde suas faturas antes que se completem seis meses",
        "O que foi publicado fica seis meses no portal. Baixe de uma vez o que quiser manter.",
        _SIX_MONTHS, Notice.Audience.CLIENTS, 12,
    ),
    _Sample(
        "atendimento-certificado-digital", "Certificado digital: o que atendemos e o que não",
        "Resumo para quem atende o telefone.",
        _STAFF, Notice.Audience.STAFF, 2,
    ),
    _Sample(
        "recesso-de-fim-de-ano", "Atendimento no fim do ano",
        "Horário reduzido por telefone; o portal continua no ar.",
        _RECESS, Notice.Audience.EVERYONE, -5, is_published=False,
    ),
]  # fmt: skip


def load(world: World) -> None:
    """Published ones for everyone, clients and staff, and a draft. Twice changes nothing."""
    for sample in _SAMPLES:
        Notice.objects.get_or_create(
            slug=sample.slug,
            defaults={
                "title": sample.title, "summary": sample.summary, "body": sample.body,
                "audience": sample.audience, "is_pinned": sample.is_pinned,
                "is_published": sample.is_published,
                "publish_from": world.at - timedelta(days=sample.days),
            },
        )  # fmt: skip
