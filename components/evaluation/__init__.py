"""How good a checkpoint is: metrics, suites, the scoring of candidate and champion, and the gates.

Invariants: metrics, statistics and gates are pure; held-out cases are scored, never trained on; every figure that decides
carries its interval and n; what a candidate is compared with over a lifetime (anchors, the reference) is handed from cycle to
cycle; times that were measured are kept in summary["cost"], outside every digest.
"""
