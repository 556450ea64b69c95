"""The laboratory: a network of Linux namespaces and FRR routers that can be broken for real."""
