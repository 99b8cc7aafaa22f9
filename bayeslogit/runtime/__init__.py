"""Memory, threads, progress bars and quiet samplers."""
