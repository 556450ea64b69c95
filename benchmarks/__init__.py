"""Commands that print every number the project promises, each with its limit or a peer beside it."""
