"""Operations of administrators and auditors: accounts, imports, mail, webhooks, evidence."""
