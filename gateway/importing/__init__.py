"""Other tools' configurations in, a project's files out: what is carried over, and a line for all that is not."""
