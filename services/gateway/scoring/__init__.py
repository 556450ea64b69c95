"""The scorecard: judges the loop's reaction to each injected fault against the ground truth."""
