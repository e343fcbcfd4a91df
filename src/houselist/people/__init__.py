"""Who people are: their fields, reading them from rows, finding and merging them."""
