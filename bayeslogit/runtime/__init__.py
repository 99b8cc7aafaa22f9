"""The machine: memory, threads, progress."""
