"""The rollout: which arm answers which request, and what the answers show. Pure: numpy at most."""
