#!/usr/bin/env bash
# Start this on every host, with the same list and another index: ./by-hand.sh 0 on the first, ./by-hand.sh 1 on the second.
set -euo pipefail

workers=host1:9000,host2:9000
index="${1:?which worker is this, from 0}"

# Started again after a failure, it goes on from the chief's last checkpoint.
exec zoo train cnn/mnist --workers "$workers" --worker-index "$index" --resume auto --runs runs
