"""Operations of the ops desk: pauses, plans, the review, and what surrounds them."""
