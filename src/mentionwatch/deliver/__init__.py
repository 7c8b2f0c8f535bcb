"""The only outbound effects: what the outbox holds is sent here."""
