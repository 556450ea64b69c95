"""Generates the reference documents from the code: AsyncAPI, OpenAPI, JSON Schemas, and Markdown pages."""
