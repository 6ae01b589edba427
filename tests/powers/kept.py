"""What an erasure leaves in columns of text about powers of attorney, and why."""

KEPT = {
    "evidence of who acted for a company, until five years after the end of the power: "
    "docs/decisions/powers.md": [
        "powers.Power.cnpj",
        "powers.Power.grantee_cpf",
        "powers.Power.grantee_name",
        "powers.Power.grantor_name",
        "powers.Power.office_cnpj",
        "powers.Power.services",
        "powers.Power.signer_cpf",
        "powers.Power.signer_name",
        "powers.Power.status_note",
        "powers.PowerStep.note",
    ],
    "an address for one CPF; its proven holder's erasure empties it: proxies.powers.services.forgetting": [
        "powers.Power.grantee_email",
    ],
    "made by the portal: codes, digests, the key of a file": [
        "powers.Power.certificate_sha256",
        "powers.Power.code",
        "powers.Power.pdf_key",
        "powers.Power.pdf_sha256",
        "powers.Power.record_sha256",
    ],
}
