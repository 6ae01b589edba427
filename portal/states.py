"""The federative units of Brazil, by their two letters, and the country's time zones."""

from django.utils.translation import gettext_lazy as _

STATES = (
    "AC", "AL", "AM", "AP", "BA", "CE", "DF", "ES", "GO", "MA", "MG", "MS", "MT", "PA",
    "PB", "PE", "PI", "PR", "RJ", "RN", "RO", "RR", "RS", "SC", "SE", "SP", "TO",
)  # fmt: skip

ZONES = {
    "America/Sao_Paulo": _("Brasília"),
    "America/Noronha": _("Fernando de Noronha"),
    "America/Manaus": _("Amazonas"),
    "America/Cuiaba": _("Mato Grosso"),
    "America/Campo_Grande": _("Mato Grosso do Sul"),
    "America/Porto_Velho": _("Rondônia"),
    "America/Boa_Vista": _("Roraima"),
    "America/Rio_Branco": _("Acre"),
}
