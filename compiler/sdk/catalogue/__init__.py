"""Tables of what Azure publishes: sizes of machines, curated environments, the names of the SDK itself."""
