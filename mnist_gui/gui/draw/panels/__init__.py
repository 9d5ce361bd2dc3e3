"""The panels below the cards: Why, Framing, Stress and My digits."""
