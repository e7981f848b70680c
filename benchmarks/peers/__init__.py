"""The methods that are measured: Redeploy, and what a user would pick instead.

Each method is a module with a function `run` of the type `Method` in `answer`.
"""
