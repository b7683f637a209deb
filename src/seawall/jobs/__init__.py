"""Follow-up work: outbox rows become durable workflows, each safe to run twice."""
