#!/bin/sh
# Install the locked tree, every file checked against its hash: infra/install.sh PYTHON, in the folder of requirements.lock
set -eu
python=$1
# pip resolves nothing here: the lock is the whole tree, and a file that is not in it cannot be installed
"$python" -m pip install -q --no-deps --require-hashes -r requirements.lock
if "$python" -c 'import importlib.metadata as m, sys; sys.exit(not any("nvidia" in need for need in m.requires("torch")))'; then
  "$python" -m pip install -q --no-deps --require-hashes -r requirements-cuda.lock
fi
