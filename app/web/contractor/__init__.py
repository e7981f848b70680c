"""What contractors see and enter: their work, offers, hours, availability and calendar."""
