#!/bin/bash
# A collection by GNU parallel: as many shards at once as there are processors, each with one thread.
#
#   SHARDS=64 PROJECT=my-art ./parallel.sh
#   SHARDS=64 PROJECT=/shared/my-art PARTS=/shared/parts ./parallel.sh --sshlogin host1,host2   # over SSH, shared folders
#
# --halt ends all when a shard cannot be made; --retries is for storage that is away for a while.
set -eu
SHARDS=${SHARDS:-64}
seq 0 $((SHARDS - 1)) | parallel --halt soon,fail=1 --retries 2 "$@" \
    "${TRAITPRESS:-traitpress} generate ${PROJECT:-my-art} --seed ${SEED:-7} --shard {}/$SHARDS --threads 1 --out ${PARTS:-parts}"
