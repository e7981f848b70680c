"""Who may sign in, by what, and what each may do and see."""
