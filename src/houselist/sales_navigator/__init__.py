"""What an account group has on Sales Navigator: saved searches and lead lists."""
