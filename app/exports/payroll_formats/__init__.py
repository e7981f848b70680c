"""The files that payroll systems take, built by pure functions from the lines of a batch."""
