"""A Git repository read as files, without git: whoever runs git runs what the repository configures (filters, hooks).

Files of a repository are as little trusted as the rest of a project: sizes are bounded, links are not followed, and
what is not understood raises `Unreadable`.
"""
