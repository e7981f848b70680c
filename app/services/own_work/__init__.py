"""What contractors read and enter of themselves."""
