"""What the doctors of several targets ask: a container engine, a cluster, stores and secrets."""
