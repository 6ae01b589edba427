"""Login with a certificate: the portal's pages, and the server that asks for the certificate."""
