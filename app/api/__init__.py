"""The JSON API under /api/v1: each view parses, calls one service, answers in JSON."""
