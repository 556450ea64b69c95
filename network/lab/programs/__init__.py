"""Small programs of the laboratory, for its nodes or for the making of files. Each needs the standard library only."""
