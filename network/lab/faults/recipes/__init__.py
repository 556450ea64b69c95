"""The recipes, by family."""
