"""Finding people by their texts: how these are compared, and what a worker writes of them."""
