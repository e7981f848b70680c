"""Pay periods, the ledger, export batches and their files."""
