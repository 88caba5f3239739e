"""The targets: each folder turns the IR into the artifacts of one of them; none imports another."""
