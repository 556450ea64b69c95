"""The scorecard: what the loop made of each fault that was injected, judged against what was really broken."""
