"""How user text reaches generated files: literals, YAML and templates, each value escaped in one place."""
