"""Programs that make what the product ships; users never need them."""
