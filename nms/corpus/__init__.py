"""Makes the corpus: labelled recordings of the whole loop, one for each scenario, size of network, world and run."""
