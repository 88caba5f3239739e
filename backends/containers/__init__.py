"""What the targets that run images share: the bundle of files, Dockerfiles, requirements, and the build."""
