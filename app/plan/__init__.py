"""What a run would do: its steps by stage (`stages`), and what it still needs (`open_needs`)."""
