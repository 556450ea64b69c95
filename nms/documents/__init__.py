"""What NMS says on NATS, written down from the classes that say it: AsyncAPI, JSON Schemas and a readable table."""
