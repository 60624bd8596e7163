"""Worker processes: they claim jobs, run each in a child of their own, and never lose one."""
