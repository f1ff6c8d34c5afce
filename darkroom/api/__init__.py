"""The HTTP API: requests come in, the contract's answers go out. Everything else stands in the modules above."""
