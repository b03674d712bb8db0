#!/bin/sh
# Install the locked tree, every file checked against its hash: infra/install.sh PYTHON [LOCK…], where the locks lie.
# requirements.lock is always installed; LOCK is another one, requirements-dev.lock for instance.
set -eu
python=$1
shift
# Torch first and by itself: among builds of one version, pip with hashes prefers a link that names its hash, and that may be the
# CUDA build (gigabytes) where an index has the CPU build as well. Its file is checked against the lock all the same.
torch=$(sed -n 's/^\(torch==[^ ]*\).*/\1/p' requirements.lock)
if ! "$python" -c "import importlib.metadata as m, sys; sys.exit(m.version('torch').partition('+')[0] != '${torch#torch==}')" 2>/dev/null; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  "$python" -m pip download -q --no-deps --only-binary :all: --dest "$folder" "$torch"
  "$python" - "$folder" <<'PYTHON'
import hashlib, pathlib, sys
lock = pathlib.Path("requirements.lock").read_text(encoding="utf-8")
for wheel in pathlib.Path(sys.argv[1]).iterdir():
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if f"sha256:{digest}" not in lock:
        sys.exit(f"{wheel.name} has the hash {digest}, which requirements.lock does not name. `make lock` adds the build that pip finds here.")
PYTHON
  "$python" -m pip install -q --no-deps "$folder"/torch-*.whl
fi
# pip resolves nothing here: the lock is the whole tree, and a file that is not in it cannot come in
for lock in requirements.lock "$@"; do
  "$python" -m pip install -q --no-deps --require-hashes -r "$lock"
done
if "$python" -c 'import importlib.metadata as m, sys; sys.exit(not any("nvidia" in need for need in m.requires("torch")))'; then
  "$python" -m pip install -q --no-deps --require-hashes -r requirements-cuda.lock
fi
