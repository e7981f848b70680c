"""Events for other systems, signed and sent."""
