"""The plot of loss and accuracy curves."""
