"""Timefold, a local search on the Java VM: an optional peer with packages of its own."""
