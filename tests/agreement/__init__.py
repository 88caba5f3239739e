"""Does pipelift read what the real SDK read? Compares graphs with recorded ones, program by program."""
