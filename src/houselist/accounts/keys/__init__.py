"""The keys of an account group, as the API lists, makes and revokes them."""
