"""The injector: runs the fault campaign, and injects and clears faults on request."""
