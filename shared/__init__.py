"""The code that all packages share: domain model, infrastructure, file formats. It makes no decisions of the loop."""
