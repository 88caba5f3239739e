"""What is read from disk: pipeline files and notebooks, and how far a reading may reach."""
