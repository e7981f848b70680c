"""Operations on what is one's own: account, work, offers, hours and availability."""
