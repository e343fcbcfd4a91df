"""Lead lists and saved searches of the directory, as Sales Navigator calls them."""
