"""Verbs of the field: plain values in, one transaction each, domain errors out.

Only these modules commit. They know no request and no page.
"""
