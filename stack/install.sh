#!/bin/sh
# Make .venv when absent and install a lock's packages, each checked against its hash: install.sh LOCK
set -eu
lock=$1

if [ ! -x .venv/bin/python ]; then
    python=
    for candidate in "${PYTHON:-python3}" python3 python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            python=$candidate
            break
        fi
    done
    if [ -z "$python" ]; then
        echo "需要 Python 3.11 或更新版本 · Python 3.11 or newer is needed (or name one: make PYTHON=/path/to/python3)" >&2
        exit 1
    fi
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "$python 缺少 venv 模块 · $python has no venv module: install it (Debian, Ubuntu: apt-get install python3-venv)" >&2
        exit 1
    fi
    "$python" -m venv .venv
fi

echo "正在安装 Python 依赖 · installing Python packages of $lock …"
# Doubly quiet: an index's remarks about itself are no concern here. Errors are still printed.
.venv/bin/python -m pip install -qq --no-input --require-hashes -r "$lock"
