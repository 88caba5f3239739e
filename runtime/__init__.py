"""What runs inside a step, in a container or locally: standard library only, Python 3.6 and newer."""
