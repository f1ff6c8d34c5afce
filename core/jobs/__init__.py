"""A job and its stages, the mailbox of a chat, and the worker that drains it."""
