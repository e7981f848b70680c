"""What people are told, inside the application and by mail."""
