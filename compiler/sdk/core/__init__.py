"""What the SDK calls its core: workspaces, compute targets, environments and run configurations."""
