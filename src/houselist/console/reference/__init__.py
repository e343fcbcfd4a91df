"""The API reference: the OpenAPI document as a page, made on the server."""
