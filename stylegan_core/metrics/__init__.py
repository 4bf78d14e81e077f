"""Quality of a generator trained on portraits: metrics, and the card that shows them."""
