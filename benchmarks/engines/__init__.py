"""Three engines that learn the same short stream: `learn`, a plain PyTorch loop (the ceiling), and Avalanche 0.6.0.

Each runs in its own process, gets the folder of a job and prints one JSON object as its last line. `learn` runs first
and writes the plan into that folder: token ids, the rows of every batch in order, the initial adapter. The other two train on
exactly that. The loop and Avalanche share `network.py`; no other file imports Avalanche.
"""
