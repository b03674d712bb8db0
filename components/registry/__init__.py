"""MLflow, in one place: versions with their evidence, and the aliases and tags that people read and set.

It speaks MLflow and decides nothing: which version an alias names is up to `control`. No text of an event goes to MLflow except
the few examples on the evidence page, and no pickle.
"""
