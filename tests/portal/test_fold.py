"""Singular and plural of office words, with accents or without, are one word; others stay apart."""

import pytest

from portal.search.fold import LONGEST, fold_word, words

PAIRS = """
ação ações · acórdão acórdãos · açúcar açúcares · ágil ágeis · álbum álbuns · álcool álcoois ·
alemão alemães · aluguel aluguéis · alvará alvarás · análise análises · animal animais ·
automóvel automóveis · azul azuis · barril barris · base bases · bem bens · bênção bênçãos ·
boleto boletos · bronze bronzes · canal canais · capitão capitães · caractere caracteres ·
cartaz cartazes · certidão certidões · céu céus · chapéu chapéus · chefe chefes · cidadão cidadãos ·
civil civis · classe classes · cliente clientes · cofre cofres · cônsul cônsules ·
contábil contábeis · cor cores · crise crises · cruz cruzes · cupom cupons · degrau degraus ·
despesa despesas · difícil difíceis · disponível disponíveis · dólar dólares · dor dores ·
dose doses · edital editais · e-mail e-mails · emplacamento emplacamentos · fácil fáceis ·
farol faróis · fase fases · fatura faturas · fim fins · fiscal fiscais · fornecedor fornecedores ·
freguês fregueses · gás gases · grão grãos · grau graus · guia guias · hectare hectares ·
herói heróis · hífen hífens · hipótese hipóteses · homem homens · hotel hotéis · imagem imagens ·
imóvel imóveis · infantil infantis · inglês ingleses · interesse interesses · irmão irmãos ·
item itens · jovem jovens · juiz juízes · júri júris · legal legais · lei leis · lençol lençóis ·
licença licenças · lote lotes · luz luzes · mãe mães · mal males · mandado mandados · mão mãos ·
mar mares · matriz matrizes · mel méis · mês meses · mulher mulheres · multa multas · museu museus ·
nível níveis · nome nomes · nota notas · nuvem nuvens · oficial oficiais · ordem ordens ·
órgão órgãos · painel painéis · país países · pão pães · papel papéis · pensão pensões ·
perfil perfis · pneu pneus · portátil portáteis · português portugueses · posse posses ·
processo processos · questão questões · raiz raízes · rei reis · repasse repasses ·
responsável responsáveis · réu réus · sal sais · semestre semestres · senhor senhores ·
sessão sessões · setor setores · solicitação solicitações · táxi táxis · têxtil têxteis ·
tese teses · ticket tickets · torre torres · tributo tributos · trimestre trimestres ·
troféu troféus · útil úteis · valor valores · veículo veículos · vez vezes · viés vieses · voz vozes
"""
ACCENTS = str.maketrans("áàâãéêíóôõúç", "aaaaeeiooouc")
KEPT = [
    "mais", "depois", "dois", "pais", "gratis", "lapis", "onibus", "atlas", "jamais", "demais",
    "virus", "bonus", "onus", "tenis", "oasis", "tres", "simples", "juros", "ipva", "renavam",
    "emplacamento",
]  # fmt: skip
APART = (
    "mais mal · pais pai · caos cao · dois dol · base bar · dose dos · civil cível · lei leal · "
    "fiscal física · cor coração · mes mesa · item iten · solicitante solicitação"
)


def pairs(text: str) -> list[str]:
    return [pair.strip() for pair in text.split("·")]


@pytest.mark.parametrize("pair", pairs(PAIRS))
def test_the_plural_is_found_by_the_singular_with_accents_or_without(pair: str):
    one, several = pair.split()
    assert words(one) == words(several)
    assert words(one.translate(ACCENTS)) == words(several.translate(ACCENTS)) == words(one)
    assert words(several.upper()) == words(one)


@pytest.mark.parametrize("word", KEPT)
def test_what_only_looks_like_a_plural_stays_as_it_is(word: str):
    assert fold_word(word) == word


@pytest.mark.parametrize("pair", pairs(APART))
def test_words_that_mean_something_else_stay_apart(pair: str):
    one, other = pair.split()
    assert words(one) != words(other)


def test_a_text_is_its_words_in_their_order():
    assert words("Solicitações nº 12, do IPVA: R$ 1.234,56 (2ª via)") == [
        "solicitacao", "no", "12", "do", "ipva", "r", "1", "234", "56", "2a", "via",
    ]  # fmt: skip
    assert words("ana@exemplo.com.br") == ["ana", "exemplo", "com", "br"]
    assert words("fac\u0327a e ﬁm") == ["faca", "e", "fim"]
    assert words("_ - \0 … '\"") == words("") == []


def test_a_word_counts_up_to_a_length():
    assert words("a" * 3_000) == ["a" * LONGEST]
    assert words("f" * LONGEST + "0") == words("f" * LONGEST + "1")
