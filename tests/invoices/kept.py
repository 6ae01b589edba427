"""What an erasure leaves in columns of text about documents, and why."""

KEPT = {
    "made by the portal: a key, digest, code, count or a machine's error": [
        "invoices.Batch.counts",
        "invoices.Batch.file_key",
        "invoices.Batch.manifest_key",
        "invoices.Batch.sha256",
        "invoices.BatchRow.file_key",
        "invoices.BatchRow.sha256",
        "invoices.Document.content_type",
        "invoices.Document.file_key",
        "invoices.Document.sha256",
        "invoices.Document.signature_key",
        "invoices.Document.source_sha256",
        "invoices.Document.verification_code",
        "invoices.PurgeRun.error",
        "invoices.Tombstone.kind",
        "invoices.Tombstone.release",
        "invoices.Tombstone.sha256",
        "invoices.Tombstone.status",
        "invoices.Tombstone.verification_code",
    ],
    "the document as the company received it: its number, its file, who signed (said on the page)": [
        "invoices.BatchRow.number",
        "invoices.Document.file_name",
        "invoices.Document.number",
        "invoices.Document.signed_by",
        "invoices.InvoiceDraft.number",
        "invoices.Tombstone.number",
        "invoices.Tombstone.signed_by",
    ],
    "the provider's list of types of documents": [
        "invoices.DocumentType.code",
        "invoices.DocumentType.name",
        "invoices.Tombstone.type_name",
    ],
}
