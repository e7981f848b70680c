"""The audit trail: written, chained, verified, and given out as evidence."""
