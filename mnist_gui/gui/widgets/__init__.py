"""Dumb, reusable widgets: data in, signals out."""
