"""What an erasure leaves in columns of text about return files and remessas, and why."""

KEPT = {
    "what a bank wrote about a slip, and what was written to it, as the provider's books keep it": [
        "payments.BankFileRow.values",
        "payments.Difference.said",
        "payments.Remittance.content",
    ],
    "made by the portal or by a bank: a key, digest, number, code, count or an error of theirs": [
        "payments.BankFile.bank",
        "payments.BankFile.counts",
        "payments.BankFile.file_key",
        "payments.BankFile.problem",
        "payments.BankFile.sha256",
        "payments.BankFileRow.before",
        "payments.BankFileRow.errors",
        "payments.BankFileRow.number",
        "payments.Difference.number",
        "payments.Remittance.layout",
        "payments.Remittance.sha256",
        "payments.Debit.movement",
        "payments.Debit.number",
        "payments.Settlement.movement",
        "payments.Settlement.number",
    ],
    "the name of a bank's file, and how staff dealt with money: the provider's books": [
        "payments.BankFile.name",
        "payments.Difference.reason",
        "payments.Difference.refund_means",
    ],
}
