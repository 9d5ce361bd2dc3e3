"""Networks looked into: the layers in a model that answers, and what they compute for a frame."""
