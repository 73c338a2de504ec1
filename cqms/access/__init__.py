"""Access: who holds which role where, and the policies that decide from it."""
