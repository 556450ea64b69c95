"""Generates the reference from the code: AsyncAPI, OpenAPI, JSON Schemas, and Markdown pages."""
