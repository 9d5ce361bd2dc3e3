"""What the drawers of the Draw tab show: each joins one panel to the threads that know."""
