#!/bin/bash
#SBATCH --job-name=googlenet
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --signal=B:INT@120
# A worker on each node, and the training on the first, from the project's folder, which all nodes
# must see: sbatch lib/distributed/slurm.sh --dataset cifar10
# The ports are open to whoever reaches the nodes: only where the cluster's network is private.
# For a sweep use a job array instead: npm run sweep -- FILE --index "$SLURM_ARRAY_TASK_ID"
set -uo pipefail

port=7000
mapfile -t nodes < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
workers=$(printf "\"%s:$port\"," "${nodes[@]}")
cluster="{\"worker\": [${workers%,}]}"

# Made ready once, before all nodes begin.
node lib/setup/cli.mjs train --help > /dev/null || exit

srun bash -c "export TF_CONFIG='{\"cluster\": $cluster, \"task\": {\"type\": \"worker\", \"index\": '\$SLURM_PROCID'}}'
  exec npm run worker" &
workers=$!

export TF_CONFIG="{\"cluster\": $cluster, \"task\": {\"type\": \"chief\", \"index\": 0}}"
node lib/setup/cli.mjs train --wait "$@" &
train=$!
# Two minutes before the job's time is over, or by scancel --batch --signal=INT: the step under way is
# the last, and sbatch once more goes on from the last saved epoch.
trap 'kill -INT $train' INT
wait $train
code=$?
# The signal ends the wait, not the training.
if kill -0 $train 2> /dev/null; then
  wait $train
  code=$?
fi
kill $workers
exit $code
