"""The eligibility rules, grouped by what they ask about (data-format.md, section 2)."""
