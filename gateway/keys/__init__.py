"""The project's secrets by name: where each comes from, what it is for, whether it works; never a value."""
