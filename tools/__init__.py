"""Programs that make committed data, run by hand when their source changes."""
