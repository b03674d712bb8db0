"""What the blind set is made of: a file per kind. Its author had read neither the detectors nor the other two sets."""
