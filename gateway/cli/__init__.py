"""The command line: one small module per command, each parse → call the core → report → exit."""
