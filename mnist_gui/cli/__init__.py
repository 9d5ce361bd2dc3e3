"""The command line: arguments, the commands that need no window, and their output."""
