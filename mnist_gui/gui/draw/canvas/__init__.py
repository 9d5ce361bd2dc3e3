"""The canvas of the Draw tab: pointer input, ink, undo."""
