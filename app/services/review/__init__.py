"""The review of proposals: approving, rejecting, changing by hand, undoing."""
