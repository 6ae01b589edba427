"""Fiscal notes of services (NFS-e) as files: read, checked, laid out. Knows no model.

Everything here runs in the sandbox: the files are strangers' bytes.
"""
