"""Finding people by their texts: how texts are compared, and the index that a worker keeps of them."""
