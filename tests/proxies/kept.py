"""What an erasure leaves in columns of text about accesses, and why."""

from tests.powers.kept import KEPT as POWERS

KEPT = {
    **POWERS,
    "the catalogue of agencies, which the provider fills itself": [
        "proxies.Agency.address",
        "proxies.Agency.kinds",
        "proxies.Agency.name",
        "proxies.Agency.notice",
        "proxies.Agency.renewal_source",
        "proxies.LoginPage.address",
        "proxies.LoginPage.expired_texts",
        "proxies.LoginPage.fixed_fields",
        "proxies.LoginPage.login_field",
        "proxies.LoginPage.opened_texts",
        "proxies.LoginPage.password_field",
        "proxies.LoginPage.refused_texts",
    ],
    "made by the portal: a lease, a digest, counts, the names of columns": [
        "proxies.ProxyBatch.counts",
        "proxies.ProxyBatch.file_key",
        "proxies.ProxyBatch.sha256",
        "proxies.ProxyBatchRow.given",
        "proxies.CheckState.host",
        "proxies.CheckState.lease",
        "proxies.CheckState.values",
    ],
    "the certificate as its authority issued it, which the office uses; a person's own is deleted": [
        "proxies.HeldCertificate.chain",
        "proxies.HeldCertificate.issuer",
        "proxies.HeldCertificate.serial",
        "proxies.HeldCertificate.sha256",
        "proxies.HeldCertificate.tax_id",
    ],
    "what the provider publishes under its own name": [
        "proxies.Download.text",
        "proxies.Download.title",
        "proxies.DownloadVersion.content_type",
        "proxies.DownloadVersion.file_key",
        "proxies.DownloadVersion.file_name",
        "proxies.DownloadVersion.notes",
        "proxies.DownloadVersion.sha256",
        "proxies.DownloadVersion.version",
    ],
    "of a company; a person's own CPF is taken out: proxies.services.forgetting": [
        "proxies.OfficeClient.tax_id",
        "proxies.Proxy.holder",
    ],
}
