"""The pages of the Compare tab, and what brings them their figures."""
