# Runs in every Pod of an Indexed Job: the first starts mpirun, the others an sshd for it.
#
# No key is in a manifest. The first Pod makes a key for this run, keeps the private half, and offers the public half
# over HTTP, signed (HMAC) with the Job's UID: the Pods know that from a label, and whoever is merely on their network
# does not.
#
# NAME: of the Job and of its headless Service. NODES, GPUS: Pods, and ranks in each. JOB_UID: the Job's UID.
# Arguments: the program to run on all GPUs.
set -euo pipefail
umask 077
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
trap 'exit 143' TERM

sshd_port=2222
key_port=${KEY_PORT:-8022}
first="$NAME-0.$NAME"
dir=$(mktemp -d)

say() { echo "nccl-test: $*"; }

sign() {
  python3 -c 'import hmac, os, sys
print(hmac.new(os.environ["JOB_UID"].encode(), sys.stdin.buffer.read(), "sha256").hexdigest())'
}

fetch() {
  python3 -c 'import sys, urllib.request
sys.stdout.write(urllib.request.urlopen(sys.argv[1], timeout=5).read().decode())' \
    "http://$first:$key_port/$1" 2>/dev/null
}

take_key() {
  fetch key.pub >"$dir/key.pub" && fetch signature >"$dir/signature" || return 1
  [ "$(sign <"$dir/key.pub")" = "$(cat "$dir/signature")" ] || {
    say "a key came without the signature of this Job"
    return 1
  }
}

serve() {
  say "waiting for the key of $first"
  until take_key; do sleep 2; done
  ssh-keygen -q -t ed25519 -N '' -f "$dir/host_key"
  mkdir -p /run/sshd
  # sshd wants to be called by its whole path.
  "$(command -v sshd || echo /usr/sbin/sshd)" -D -e -f /dev/null -p "$sshd_port" -h "$dir/host_key" \
    -o "AuthorizedKeysFile=$dir/key.pub" -o StrictModes=no -o UsePAM=no -o PasswordAuthentication=no \
    -o PidFile=none -o "SetEnv=NCCL_TEST_DIR=$dir" &
  local sshd=$!
  say "ready for $first"
  until [ -s "$dir/status" ]; do
    kill -0 "$sshd" 2>/dev/null || { say "sshd has ended"; exit 1; }
    sleep 2
  done
  say "the test ended with $(cat "$dir/status"), its log is that of $NAME-0"
  exit "$(cat "$dir/status")"
}

launch() {
  ssh-keygen -q -t ed25519 -N '' -C "$NAME" -f "$dir/key"
  mkdir "$dir/public"
  cp "$dir/key.pub" "$dir/public/key.pub"
  sign <"$dir/key.pub" >"$dir/public/signature"
  python3 -m http.server --directory "$dir/public" "$key_port" >/dev/null 2>&1 &
  local others=() host hosts index
  hosts="$(hostname):$GPUS"
  for ((index = 1; index < NODES; index++)); do
    host="$NAME-$index.$NAME"
    others+=("$host")
    hosts+=",$host:$GPUS"
  done
  printf '%s\n' "Port $sshd_port" "IdentityFile $dir/key" 'IdentitiesOnly yes' 'BatchMode yes' 'ConnectTimeout 5' \
    'LogLevel ERROR' 'StrictHostKeyChecking no' 'UserKnownHostsFile /dev/null' >"$dir/config"
  for host in "${others[@]}"; do
    say "waiting for $host"
    until ssh -F "$dir/config" "$host" true 2>/dev/null; do sleep 2; done
  done

  # Open MPI 4 and 5 take these from the environment. Only the first Pod has the key, so it starts all others itself.
  export OMPI_MCA_plm_rsh_agent="ssh -F $dir/config" PRTE_MCA_plm_ssh_agent="ssh -F $dir/config"
  export OMPI_MCA_plm_rsh_no_tree_spawn=1 PRTE_MCA_plm_ssh_no_tree_spawn=1
  # A Pod's name resolves together with its Service's only.
  export OMPI_MCA_orte_keep_fqdn_hostnames=true PRTE_MCA_prte_keep_fqdn_hostnames=true
  local variables=() name
  for name in $(compgen -e); do
    case $name in
      PATH | LD_LIBRARY_PATH | LD_PRELOAD | NCCL_* | FI_* | OFI_NCCL_*) variables+=(-x "$name") ;;
    esac
  done
  say "mpirun on $hosts"
  # The whole path of mpirun tells the other Pods where Open MPI is. MPI itself takes TCP: EFA is NCCL's.
  "$(command -v mpirun || echo /opt/amazon/openmpi/bin/mpirun)" --allow-run-as-root --tag-output --bind-to none \
    -np $((NODES * GPUS)) -N "$GPUS" --host "$hosts" "${variables[@]}" \
    --mca pml ^cm,ucx --mca btl tcp,self --mca btl_tcp_if_exclude lo,docker0 "$@" &
  local status=0
  wait $! || status=$?
  for host in "${others[@]}"; do
    # The status is of here, the folder of there.
    ssh -F "$dir/config" "$host" "echo $status"' > "$NCCL_TEST_DIR/status"' || say "$host is gone"
  done
  exit "$status"
}

if [ "$JOB_COMPLETION_INDEX" = 0 ]; then launch "$@"; else serve; fi
