"""What is kept in Redis, one file a concern. With `core.jobs.mailbox`, the only code that touches Redis."""
