"""What is asked and answered in the demonstration's service orders. All of it is invented.

As the demonstration's notices, it stands where a provider's own would: in Portuguese.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.hours import office_hours
from tickets.models import TopicField
from tickets.models.departments import Priority

SUPPORT, TECHNOLOGY, FINANCE = "other", "access", "amount"  # topics of their contact desks
ALL_DAY = [["08:00", "18:00"]]
# Contact desk -> what its department has of its own.
DEPARTMENTS: dict[str, dict[str, Any]] = {
    SUPPORT: {
        "hours": office_hours(), "holidays_of": "MG", "phone_without_email": True,
        "signature": "Central de Atendimento\n(31) 3555-0110, de segunda a sexta, das 8 às 18 horas",
    },
    TECHNOLOGY: {
        "hours": [*[ALL_DAY] * 5, [["08:00", "12:00"]], []], "holidays_of": "MG",
        "signature": "Gerência de Tecnologia da Informação",
    },
    FINANCE: {
        "hours": [*[[["08:00", "12:00"], ["13:00", "17:00"]]] * 5, [], []], "holidays_of": "MG",
        "optional_holidays": True, "auto_close_days": 10,
        "signature": "Gerência de Controladoria e Finanças",
    },
}  # fmt: skip
# Minutes until the first answer, and until it is resolved.
PROMISES = {
    Priority.URGENT: (60, 480), Priority.HIGH: (120, 960), Priority.NORMAL: (240, 1920),
    Priority.LOW: (540, 3240),
}  # fmt: skip
# Who answers where, by login; the first is given the orders.
AGENTS = {
    SUPPORT: ["atendente"],
    TECHNOLOGY: ["atendente", "agente"],
    FINANCE: ["faturista", "atendente"],
}


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What is said in one order: ``asks``, the agent's ``question``, the ``reply``, the answer."""

    subject: str
    asks: str
    question: str
    reply: str
    solution: str
    file: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A topic with its fields: name, label, kind, and what else ``TopicField`` has."""

    desk: str
    name: str
    help: str
    fields: Sequence[tuple[str, str, str, Mapping[str, Any]]] = ()
    scenes: Sequence[Scene] = ()
    more: Mapping[str, Any] = field(default_factory=dict)


Kind = TopicField.Kind
REQUIRED = {"is_required": True}
VEHICLE = "IPVA - 1° Emplacamento"
MANUAL = Scene(
    subject=VEHICLE,
    asks="Solicito lançamento do IPVA referente ao veículo informado. Segue anexo cópia da nota fiscal.",
    question="Recebemos a nota fiscal. Por favor, confirme a data da compra do veículo.",
    reply="A compra foi feita no dia que consta da nota fiscal.",
    solution="O IPVA foi lançado. A guia já pode ser emitida com o RENAVAM do veículo.",
    file="nota-fiscal.jpg",
)
SUBJECTS = [
    Subject(
        desk=SUPPORT, name=VEHICLE, help="Lançamento do imposto de um veículo novo.",
        fields=[
            ("renavam", "RENAVAM", Kind.RENAVAM, REQUIRED),
            ("placa", "PLACA", Kind.PLATE, {"help": "Se o veículo já foi emplacado."}),
        ],
        scenes=[
            MANUAL,
            Scene(
                subject="IPVA - 1° Emplacamento de moto",
                asks="Comprei uma motocicleta nova e preciso do lançamento do IPVA para emplacar.",
                question="Por favor, envie a nota fiscal da compra, em PDF ou foto legível.",
                reply="Segue a nota fiscal. Obrigado!",
                solution="Lançamento feito. A guia pode ser emitida a partir de amanhã.",
            ),
            Scene(
                subject="Guia do IPVA com valor diferente",
                asks="A guia do primeiro emplacamento saiu com valor maior do que o informado na loja.",
                question="O valor é proporcional ao mês da compra. Em que dia foi emitida a nota fiscal?",
                reply="A nota fiscal é do dia 28 do mês passado.",
                solution="A data da compra estava errada no cadastro. Corrigimos, e a nova guia já está disponível.",
                file="nota-fiscal.pdf",
                note="Data digitada errada na origem: pedir à loja que confira os próximos envios.",
            ),
        ],
    ),
    Subject(
        desk=SUPPORT, name="Certidões e declarações", help="Certidões, declarações e segundas vias.",
        fields=[
            ("tipo", "Tipo", Kind.CHOICE,
             {"choices": "Certidão negativa\nDeclaração de quitação\nSegunda via", **REQUIRED}),
            ("finalidade", "Finalidade", Kind.TEXT, {}),
        ],
        scenes=[
            Scene(
                subject="Certidão negativa para licitação",
                asks="Precisamos da certidão negativa atualizada para participar de um pregão na sexta-feira.",
                question="A certidão deve sair em nome da matriz ou da filial?",
                reply="Em nome da matriz, por favor.",
                solution="A certidão foi emitida e vale por 60 dias. Ela segue anexa a esta resposta.",
            ),
            Scene(
                subject="Segunda via da declaração anual de quitação",
                asks="Não localizei a declaração de quitação do ano passado. Podem enviar a segunda via?",
                question="Podemos, sim. Confirme, por favor, o CNPJ da unidade.",
                reply="É o CNPJ da unidade informada no pedido.",
                solution="Segue a segunda via. Ela também fica guardada no portal, em Relatórios em Anexo.",
            ),
            Scene(
                subject="Declaração para o tribunal de contas",
                asks="O tribunal de contas pediu uma declaração dos serviços prestados no exercício.",
                question="Qual é o prazo, e a quem a declaração deve ser dirigida?",
                reply="O prazo é o dia 20, e ela é dirigida à presidência do tribunal.",
                solution="Declaração assinada e enviada. Qualquer ajuste, é só responder a esta O.S.",
                file="oficio.pdf",
            ),
        ],
    ),
    Subject(
        desk=SUPPORT, name="Alteração de cadastro", help="Endereço, telefone, responsável, inscrição.",
        more={"seen_by_company": True},
        fields=[("a_partir_de", "A partir de", Kind.DATE, {})],
        scenes=[
            Scene(
                subject="Mudança de endereço da unidade",
                asks="A nossa regional mudou de endereço. O novo é Rua das Acácias, 250, Centro.",
                question="Obrigado por avisar. A inscrição estadual continua a mesma?",
                reply="Sim, continua a mesma.",
                solution="Cadastro atualizado. As próximas faturas já saem com o endereço novo.",
            ),
            Scene(
                subject="Troca do responsável pelo recebimento",
                asks="A servidora que recebia as faturas se aposentou. Como indico outra pessoa?",
                question="Envie, por favor, um ofício com o nome e o CPF do novo responsável.",
                reply="Segue o ofício assinado.",
                solution="Responsável alterado. A pessoa recebe hoje um e-mail com o link de acesso.",
                file="oficio.pdf",
                note="Conferida a assinatura do ofício.",
            ),
        ],
    ),
    Subject(
        desk=SUPPORT, name="Outros assuntos", help="Quando nenhum dos outros assuntos serve.",
        more={"order": 90},
        scenes=[
            Scene(
                subject="Horário de atendimento no feriado",
                asks="Vocês atendem na véspera do feriado? Preciso entregar documentos.",
                question="Atendemos até o meio-dia. Quais documentos serão entregues?",
                reply="São os contratos assinados das duas unidades.",
                solution="Podem ser entregues na recepção até as 12 horas, ou enviados por aqui em PDF.",
            ),
            Scene(
                subject="Elogio ao atendimento da equipe de limpeza",
                asks="Gostaria de elogiar a equipe de limpeza do turno da manhã: sempre atenciosa.",
                question="Ficamos felizes! Em qual unidade a equipe trabalha?",
                reply="Na sede, terceiro andar.",
                solution="Seu elogio foi enviado à equipe e à supervisão. Muito obrigado!",
            ),
        ],
    ),
    Subject(
        desk=TECHNOLOGY, name="Não consigo entrar no portal", help="Senha, código, conta bloqueada.",
        fields=[
            ("navegador", "Navegador", Kind.CHOICE,
             {"choices": "Chrome\nFirefox\nEdge\nSafari\nOutro"}),
            ("origem", "Origem da falha", Kind.TEXT, {"for_agents": True}),
        ],
        scenes=[
            Scene(
                subject="O código de segurança não aparece",
                asks="Na tela de entrada a figura do código de segurança não carrega, só aparece um quadro vazio.",
                question="O quadro vazio aparece também em outro navegador? Se puder, envie uma imagem da tela.",
                reply="No outro navegador funciona. Segue a imagem da tela.",
                solution="Uma extensão bloqueava a figura. Libere o endereço do portal na extensão e entre de novo.",
                file="tela.png",
            ),
            Scene(
                subject="Link de senha venceu",
                asks="O link para escolher a senha venceu antes que eu pudesse usar.",
                question="Acabamos de enviar outro link. Ele chegou ao seu e-mail?",
                reply="Chegou, consegui criar a senha.",
                solution="Que bom! Encerramos por aqui. Se precisar, é só responder.",
            ),
            Scene(
                subject="Conta bloqueada depois de várias tentativas",
                asks="Errei a senha algumas vezes e agora o portal pede para esperar.",
                question="A espera é de alguns minutos. Conseguiu entrar depois dela?",
                reply="Ainda não, continua pedindo para esperar.",
                solution="Liberamos a sua conta. Use a opção Esqueci a senha para escolher uma nova.",
                note="Endereço compartilhado por toda a repartição: liberado pelo painel.",
            ),
        ],
    ),
    Subject(
        desk=TECHNOLOGY, name="Certificado digital", help="e-CPF, e-CNPJ, instalação e erros.",
        fields=[
            ("tipo", "Tipo do certificado", Kind.CHOICE,
             {"choices": "e-CPF A1\ne-CPF A3\ne-CNPJ A1\ne-CNPJ A3", **REQUIRED}),
        ],
        scenes=[
            Scene(
                subject="O navegador não mostra o meu certificado",
                asks="Instalei o e-CNPJ A1, mas o navegador não pergunta qual certificado usar.",
                question="Depois de instalar, o navegador foi fechado e aberto de novo?",
                reply="Não tinha fechado. Agora ele pergunta, mas dá erro na escolha.",
                solution="O certificado estava vencido. Com o novo, a entrada funciona: testamos juntos por telefone.",
            ),
            Scene(
                subject="Posso usar o certificado da NF-e?",
                asks="Temos o certificado que emite a NF-e. Precisamos comprar outro para o portal?",
                question="Não é preciso. O certificado é da matriz ou da filial que recebe a fatura?",
                reply="É da matriz.",
                solution="Então ele serve: na entrada aparecem a matriz e as filiais, e basta escolher.",
            ),
        ],
    ),
    Subject(
        desk=TECHNOLOGY, name="Acesso de novo usuário", help="Quem passa a usar o portal.",
        fields=[("cpf", "CPF do novo usuário", Kind.TAX_ID, {})],
        scenes=[
            Scene(
                subject="Incluir colaboradora no recebimento",
                asks="Peço o acesso da nova colaboradora às faturas da filial Manaus.",
                question="Ela vai somente consultar ou também liberar faturas?",
                reply="Vai consultar e liberar.",
                solution="Acesso concedido. Ela recebe um e-mail com o link para escolher a senha.",
            ),
        ],
    ),
    Subject(
        desk=FINANCE, name="Dúvida sobre valores da fatura", help="Quantidades, preços e reajustes.",
        more={"event": "question", "seen_by_company": True},
        fields=[("fatura", "Número da fatura", Kind.TEXT, {})],
        scenes=[
            Scene(
                subject="Quantidade de postos maior do que a contratada",
                asks="A fatura deste mês cobra cinco postos de limpeza, e o contrato prevê quatro.",
                question="Em que dia começou o quinto posto? Temos um aditivo em análise.",
                reply="Não houve aditivo assinado por nós.",
                solution="Tem razão: o posto foi lançado antes da assinatura. A fatura corrigida será publicada hoje.",
                note="Avisar o faturamento: conferir a vigência dos aditivos antes do fechamento.",
            ),
            Scene(
                subject="Índice de reajuste aplicado",
                asks="Qual índice foi usado no reajuste de janeiro? O percentual parece alto.",
                question="Foi o índice da convenção coletiva. O senhor gostaria de receber a memória de cálculo?",
                reply="Sim, por favor.",
                solution="Segue a memória de cálculo, com a cláusula do contrato e as datas.",
                file="planilha.csv",
            ),
            Scene(
                subject="Horas extras sem autorização",
                asks="Aparecem horas extras que não foram autorizadas pela nossa fiscalização.",
                question="De quais dias são as horas contestadas? O relatório analítico traz cada turno.",
                reply="São as dos dias 14 e 15.",
                solution="As horas foram estornadas e constam como crédito na próxima fatura.",
            ),
        ],
    ),
    Subject(
        desk=FINANCE, name="Documento contestado", help="Aberta quando um documento é contestado.",
        more={"event": "contested", "is_public": False, "seen_by_company": True, "priority": Priority.HIGH},
    ),
    Subject(
        desk=FINANCE, name="Retenção de impostos", help="ISS, INSS, IRRF e os comprovantes.",
        fields=[
            ("valor", "Valor retido", Kind.NUMBER, {}),
            ("competencia", "Dia da retenção", Kind.DATE, {}),
        ],
        scenes=[
            Scene(
                subject="Comprovante de retenção do ISS",
                asks="Precisamos do comprovante da retenção do ISS para a nossa contabilidade.",
                question="De qual mês é o comprovante?",
                reply="Do mês passado.",
                solution="O comprovante segue anexo. Os anteriores estão em Relatórios em Anexo.",
            ),
            Scene(
                subject="INSS retido a maior",
                asks="O INSS foi retido sobre o valor total, sem excluir o material.",
                question="Pode enviar a nota em que aparece a retenção?",
                reply="Segue a nota.",
                solution="Confirmado. A diferença será compensada na próxima fatura, com demonstrativo.",
                file="nota-fiscal.pdf",
            ),
        ],
    ),
]  # fmt: skip

CANNED = [
    ("", "Agradecimento e encerramento",
     "<p>Olá, {{nome}}! Agradecemos o seu contato. Como o assunto foi resolvido, encerramos esta O.S. Se precisar, "
     "é só responder a este e-mail.</p>"),
    ("", "Pedido de documento",
     "<p>Olá, {{nome}}! Para continuar com a O.S. {{numero}}, precisamos de uma cópia legível do documento, em PDF ou foto. Anexe-a em "
     "resposta a esta O.S., por favor.</p>"),
    (SUPPORT, "IPVA lançado",
     "<p>Olá, {{nome}}! O IPVA do veículo foi lançado. A guia já pode ser emitida com o RENAVAM informado.</p>"),
    (TECHNOLOGY, "Como limpar o navegador",
     "<p>Por favor, tente assim:</p><ol><li>Feche todas as janelas do navegador.</li><li>Abra-o de "
     "novo e entre no portal pelo endereço, sem usar os favoritos.</li><li>Se o erro continuar, "
     "envie uma imagem da tela.</li></ol>"),
    (FINANCE, "Fatura corrigida",
     "<p>A fatura corrigida foi publicada como uma nova versão. A anterior deixa de valer.</p>"),
]  # fmt: skip

SPAM = (
    "Ganhe prêmios hoje mesmo",
    "Parabéns! Sua empresa foi sorteada. Clique no link e receba o prêmio.",
)
STILL_NOT = "Testei agora e o problema continua. Podem verificar de novo, por favor?"
AGAIN = "Verificamos de novo e corrigimos. Por favor, confira."
THANKS = [
    "Muito obrigado!",
    "Perfeito, resolvido.",
    "Obrigada pela atenção.",
    "Deu certo, obrigado!",
]
COMMENTS = {
    5: ["Atendimento rápido e claro.", "Excelente!", ""], 4: ["Muito bom.", ""],
    3: ["Demorou um pouco.", ""], 2: ["Tive que explicar duas vezes.", ""],
    1: ["Demorou demais para responder."],
}  # fmt: skip
SILENCE = "Sem resposta do cliente."
CLOSED = [
    "Solucionada.",
    "Solucionada por telefone.",
    "Documento entregue.",
    "Orientação prestada.",
]
FIRST_NAMES = [
    "Adriana", "Alberto", "Beatriz", "Caio", "Cecília", "Davi", "Denise", "Elisa", "Fernando", "Flávia",
    "Gustavo", "Heloísa", "Igor", "Joana", "Júlio", "Lívia", "Marcelo", "Nádia", "Otávio", "Patrícia",
    "Rafael", "Sílvia", "Tomás", "Vera",
]  # fmt: skip
LAST_NAMES = [
    "Almeida", "Barros", "Cardoso", "Duarte", "Esteves", "Fonseca", "Guerra", "Lacerda", "Macedo",
    "Noronha", "Peixoto", "Queiroz", "Ramos", "Salgado", "Teles", "Vidal",
]  # fmt: skip
