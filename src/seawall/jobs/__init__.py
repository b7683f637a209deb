"""Workers: carry out outbox rows with durable workflows."""
