"""The admin desk: accounts, mail, webhooks and the audit trail."""
