"""The seven components of the loop; each knows only the messages it reads and writes."""
