"""HTTP: requests, responses, and what stands around every endpoint."""
