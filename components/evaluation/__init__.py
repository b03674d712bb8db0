"""What a checkpoint is worth: metrics, suites, the scoring of candidate and champion, and the gates.

Invariants: metrics, statistics and gates are pure; held-out cases are scored, never trained on; every figure that decides
carries its interval and n; what was measured with a clock stays in summary["cost"], outside every digest.
"""
