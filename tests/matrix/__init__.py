"""Every version that can be had: Pythons for the front end and the launcher, Airflows for DAGs, kfps for YAML."""
