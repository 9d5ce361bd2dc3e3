"""Widgets that two or more tabs use."""
