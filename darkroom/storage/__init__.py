"""What darkroom keeps: records in SQLite, files beside them. All of it survives a SIGKILL at any point."""
