"""Discord: gateway and slash commands → the inbox → the conversation; the outbox over REST."""
