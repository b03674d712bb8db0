"""What the second blind set is made of: a file or two per kind. Its author had read neither the detectors nor the other sets."""
