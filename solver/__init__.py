"""The optimiser: from a roster to a checked, certified plan.

Pure Python over numpy, pandas and OR-Tools. Nothing here knows about the
database, the web or the command line; `app` imports `solver`, never the other
way round.
"""
