"""Portuguese words as they are searched: without accents, and the plural like the singular.

One function for text and query. The stemmers of the databases need the accents that people do not
type, and find 10 to 16 of 26 pairs such as solicitação/solicitações; see ``tests/portal/test_fold.py``.
"""

import re

from portal.accents import plain

LONGEST = 64  # characters of a word that count: a SHA-256 as it is written
_WORD = re.compile(r"[^\W_]+")

# They end as a plural does, and are none.
_SINGULAR = frozenset({
    "ademais", "ambos", "antes", "apenas", "atlas", "atras", "atraves", "bonus", "cais",
    "campus", "caos", "corpus", "demais", "depois", "dois", "goias", "gratis", "iris", "jamais",
    "juros", "lapis", "lotus", "luis", "mais", "menos", "oasis", "onibus", "onus", "pais",
    "pires", "pois", "quais", "seis", "simples", "status", "tenis", "tres", "virus",
})  # fmt: skip
# Plurals that no rule below gives: an unstressed -il, -e after a vowel, -i, and words of one syllable.
_IRREGULAR = {
    "ageis": "agil", "bois": "boi", "consules": "consul", "contabeis": "contabil", "debeis": "debil",
    "dificeis": "dificil", "doceis": "docil", "faceis": "facil", "ferteis": "fertil",
    "fosseis": "fossil", "frageis": "fragil", "gases": "gas", "habeis": "habil",
    "herois": "heroi", "hifens": "hifen", "inabeis": "inabil", "inuteis": "inutil", "juris": "juri",
    "leis": "lei", "maes": "mae", "males": "mal", "meses": "mes", "portateis": "portatil", "projeteis": "projetil",
    "reis": "rei", "repteis": "reptil", "reus": "reu", "taxis": "taxi", "texteis": "textil",
    "uteis": "util", "versateis": "versatil", "volateis": "volatil",
}  # fmt: skip
# End of a plural, end of its singular, and the shortest word of which this is true.
_PLURALS = (
    ("oes", "ao", 4), ("aes", "ao", 4), ("aos", "ao", 4),
    ("ais", "al", 4), ("eis", "el", 4), ("ois", "ol", 4), ("uis", "ul", 4), ("is", "il", 5),
    ("ns", "m", 4),
    ("res", "r", 5), ("zes", "z", 5), ("ses", "s", 6),
    ("s", "", 4),
)  # fmt: skip
# The same end of a singular: "classe" and "classes" meet in "class", as "cor" and "cores" in "cor".
_SINGULARS = (("re", "r", 5), ("ze", "z", 5), ("se", "s", 5))


def words(text: str) -> list[str]:
    """The folded words of a text in their order: letters and digits, at most ``LONGEST`` of each.

    ``words("Solicitações nº 12")`` is ``["solicitacao", "no", "12"]``.
    """
    return [fold_word(word[:LONGEST]) for word in _WORD.findall(plain(text))]


def fold_word(word: str) -> str:
    """One word, already without accents and in lower case, as if it were in the singular."""
    if word in _SINGULAR:
        return word
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    ends = _SINGULARS if not word.endswith("s") else () if word.endswith("ss") else _PLURALS
    for end, singular, shortest in ends:
        if word.endswith(end) and len(word) >= shortest:
            found = word.removesuffix(end) + singular
            # "ingleses" gives "ingles", which is folded as the singular is.
            return fold_word(found) if found.endswith("s") else found
    return word
