"""Promise 1: a subject may do exactly what the profile grants it, decided for all subjects and requests."""
