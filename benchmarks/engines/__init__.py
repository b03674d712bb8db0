"""Three engines that learn the same short line: `learn`, a plain PyTorch loop (the ceiling), and Avalanche 0.6.0.

Each runs in a process of its own, is given the folder of a job and prints one JSON object as its last line. `learn` goes first
and writes the plan into that folder: token ids, the rows of every batch in order, the initial adapter. The other two train on
exactly that. The loop and Avalanche share `network.py`; Avalanche is never imported by any other file.
"""
