"""The rollout: who answers which request, and what the answers say. Pure: numpy at most."""
