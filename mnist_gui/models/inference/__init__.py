"""Predictions of trained models, their calibration and the verdict."""
