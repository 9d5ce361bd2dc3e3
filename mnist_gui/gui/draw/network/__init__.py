"""Window that shows a whole network at work: filters, maps, units and answer."""
