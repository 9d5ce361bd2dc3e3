"""The report of a comparison as one HTML page, with its figures as SVG."""
