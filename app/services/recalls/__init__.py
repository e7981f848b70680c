"""Recalls: who comes back when a project resumes."""
