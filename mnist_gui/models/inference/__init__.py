"""Predictions of trained models and their calibration."""
