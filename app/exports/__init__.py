"""Files that leave the system, written by pure functions: plans, payroll, rosters."""
