"""The database: connections, LISTEN, the queue, and a server of our own."""
