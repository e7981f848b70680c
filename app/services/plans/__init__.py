"""Plans: asked for, solved in a child process, saved, explained; and the policies they follow."""
