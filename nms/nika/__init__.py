"""The public benchmark NIKA, run on a laboratory of namespaces: cases, answers, scores, and the course of a case."""
