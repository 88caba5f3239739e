"""The commands: one file for those that belong together; they import what they need when they run."""
