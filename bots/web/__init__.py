"""A chat page in the browser: the same conversation as on the other platforms, without any account."""
