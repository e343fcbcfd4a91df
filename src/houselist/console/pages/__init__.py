"""The pages, a module each: what they read from the API, and what their forms do."""
