"""The script of the NCCL test's Job, in a real bash: with programs played by the test, and with the real ones."""

# ruff: noqa: S607 -- bash and ip from the PATH, as in a Pod

import contextlib
import hashlib
import hmac
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest

SCRIPT = files("cdk8s_eks_gpu.objects").joinpath("nccl-test.sh").read_text("utf-8")
UID = "5b2c8a4e-9d6f-4f0e-8f43-1d5a0e1b7c11"
# Each plays a program. A Pod's sshd says where its folder is; ssh then runs commands there.
PLAYED = {
    "ssh-keygen": """\
while [ $# -gt 0 ]; do [ "$1" = -f ] && file=$2; shift; done
echo private >"$file"; echo "ssh-ed25519 AAAA" >"$file.pub"
""",
    "sshd": """\
for option in "$@"; do case $option in SetEnv=*) echo "${option#SetEnv=}" >"$STAGE/$POD.nccl-test" ;; esac; done
exec sleep 300
""",
    "ssh": """\
[ "$1" = -F ] && [ -s "$2" ] || exit 9
host=$3; shift 3
[ -s "$STAGE/$host" ] || exit 255
env "$(cat "$STAGE/$host")" bash -c "$*"
""",
    "mpirun": """\
printf '%s\\n' "$@" >"$STAGE/arguments"; env >"$STAGE/environment"
cat "$(dirname "${OMPI_MCA_plm_rsh_agent##* }")"/public/* >"$STAGE/public"
exit "$MPI_STATUS"
""",
    # The name of the first Pod is known only in the cluster.
    "python3": """\
exec {python} "${{@/nccl-test-0.nccl-test/127.0.0.1}}"
""",
    "hostname": 'echo "$POD"\n',
    "mkdir": """\
[ "$*" = "-p /run/sshd" ] || exec {mkdir} "$@"
""",
}


@pytest.fixture
def stage(tmp_path):
    """Return a folder in which `bin` has the played programs."""
    (tmp_path / "bin").mkdir()
    for name, body in PLAYED.items():
        text = body.format(python=sys.executable, mkdir=shutil.which("mkdir")) if "exec {" in body else body
        program = tmp_path / "bin" / name
        program.write_text(f"#!/usr/bin/env bash\n{text}", encoding="utf-8")
        program.chmod(0o755)
    return tmp_path


def free_port():
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def start(stage, index, port, *, nodes=3, uid=UID, status=0):
    """Start the script as the Pod of that index runs it."""
    environment = {
        "NAME": "nccl-test",
        "NODES": str(nodes),
        "GPUS": "8",
        "JOB_UID": uid,
        "JOB_COMPLETION_INDEX": str(index),
        "KEY_PORT": str(port),
        "STAGE": str(stage),
        "POD": f"nccl-test-{index}",
        "MPI_STATUS": str(status),
        "NCCL_DEBUG": "INFO",
        "FI_PROVIDER": "efa",
        "OTHER": "x",
        "TMPDIR": str(stage),
        "PATH": f"{stage / 'bin'}:{os.environ['PATH']}",
    }
    return subprocess.Popen(
        ["bash", "-c", SCRIPT, "nccl-test", "/opt/all_reduce_perf", "-b", "8"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def ends(pods):
    """Return exit code and output of each Pod."""
    try:
        return [(pod.wait(timeout=180), pod.stdout.read()) for pod in pods]
    finally:
        for pod in pods:
            stop(pod)


def stop(pod):
    """End a Pod with all that it started, and close what it prints to."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # the latter on macOS, once all have ended
        os.killpg(pod.pid, signal.SIGKILL)
    pod.wait()
    pod.stdout.close()


@pytest.mark.parametrize("status", [0, 7])
def test_the_first_pod_runs_mpirun_over_all(stage, status):
    """The first Pod waits for the others, starts mpirun once over all of them, and all end as mpirun does."""
    port = free_port()
    found = ends([start(stage, index, port, status=status) for index in (2, 0, 1)])
    assert [code for code, _ in found] == [status] * 3, found
    arguments = (stage / "arguments").read_text("utf-8").splitlines()
    assert arguments[-3:] == ["/opt/all_reduce_perf", "-b", "8"]
    assert arguments[arguments.index("--host") + 1] == "nccl-test-0:8,nccl-test-1.nccl-test:8,nccl-test-2.nccl-test:8"
    assert arguments[arguments.index("-np") + 1] == "24"
    forwarded = {name for option, name in pairwise(arguments) if option == "-x"}
    assert forwarded >= {"PATH", "NCCL_DEBUG", "FI_PROVIDER"}
    assert forwarded.isdisjoint({"OTHER", "JOB_UID"})
    # Open MPI would cut nccl-test-1.nccl-test to nccl-test-1, which no DNS knows.
    environment = (stage / "environment").read_text("utf-8")
    assert "OMPI_MCA_orte_keep_fqdn_hostnames=true" in environment
    assert "OMPI_MCA_plm_rsh_no_tree_spawn=1" in environment


def test_only_the_public_half_of_the_key_is_offered(stage):
    """What the first Pod serves is the public key and its signature."""
    port = free_port()
    ends([start(stage, index, port, nodes=2) for index in (1, 0)])
    public = "ssh-ed25519 AAAA\n"
    signature = hmac.new(UID.encode(), public.encode(), hashlib.sha256).hexdigest()
    assert (stage / "public").read_text("utf-8") == f"{public}{signature}\n"


def test_a_key_without_the_signature_of_the_job_is_refused(stage):
    """A key that something else on the Pods' network offers opens no Pod."""
    port = free_port()
    pods = [start(stage, 0, port, nodes=2, uid="of another Job"), start(stage, 1, port, nodes=2)]
    try:
        assert "waiting for the key" in pods[1].stdout.readline()
        assert pods[1].stdout.readline() == "nccl-test: a key came without the signature of this Job\n"
        assert not (stage / "nccl-test-1.nccl-test").exists()
    finally:
        for pod in pods:
            stop(pod)


def test_a_pod_ends_on_sigterm(stage):
    """A Pod that is deleted while it waits ends at once, not after its grace period."""
    pod = start(stage, 1, free_port())
    try:
        assert "waiting for the key" in pod.stdout.readline()
        pod.terminate()
        assert pod.wait(timeout=60) == 143
    finally:
        stop(pod)


PROGRAMS = ("mpirun", "ip", "unshare", "ssh", "ssh-keygen")


def can_run_the_real_ones():
    """Return whether Open MPI, OpenSSH and network namespaces are there."""
    if os.geteuid() != 0 or not all(map(shutil.which, PROGRAMS)) or not Path("/usr/sbin/sshd").exists():
        return False
    probe = f"np{os.getpid() % 10000}"
    tries = (f"netns add {probe}", f"netns exec {probe} true", f"link add {probe} type bridge")
    done = [subprocess.run(["ip", *each.split()], check=False, capture_output=True).returncode for each in tries]
    for command in (f"link del {probe}", f"netns del {probe}"):
        subprocess.run(["ip", *command.split()], check=False, capture_output=True)
    return done == [0, 0, 0]


@pytest.fixture
def namespaces():
    """Play two Pods: network namespaces with addresses, and names that resolve only together with the Service's."""
    tag = f"nt{os.getpid() % 10000}"
    names = [f"{tag}-{index}" for index in range(2)]
    commands = [f"link add {tag} type bridge", f"link set {tag} up"]
    hosts = "".join(f"10.231.7.{index + 1} nccl-test-{index}.nccl-test\n" for index in range(2))
    for index, name in enumerate(names):
        commands += [
            f"netns add {name}",
            f"link add {tag}v{index} type veth peer name eth0 netns {name}",
            f"link set {tag}v{index} master {tag} up",
            f"-n {name} addr add 10.231.7.{index + 1}/24 dev eth0",
            f"-n {name} link set eth0 up",
            f"-n {name} link set lo up",
        ]
        folder = Path("/etc/netns") / name
        folder.mkdir(parents=True)
        own = f"127.0.0.1 localhost\n10.231.7.{index + 1} nccl-test-{index}\n"
        (folder / "hosts").write_text(own + hosts, encoding="utf-8")
    try:
        for command in commands:
            subprocess.run(["ip", *command.split()], check=True)
        yield names
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], check=False)
            shutil.rmtree(Path("/etc/netns") / name)
        subprocess.run(["ip", "link", "del", tag], check=False)


@pytest.mark.skipif(not can_run_the_real_ones(), reason="needs root, Open MPI, OpenSSH and network namespaces")
def test_with_the_real_mpirun_and_sshd(namespaces, tmp_path):
    """Open MPI starts its ranks in both Pods over ssh, with the key that the first Pod made."""
    program = tmp_path / "ranks"
    program.write_text('#!/bin/sh\necho "rank $OMPI_COMM_WORLD_RANK on $(hostname) $NCCL_DEBUG"\n', encoding="utf-8")
    program.chmod(0o755)
    pods = []
    for index, name in enumerate(namespaces):
        environment = {
            "NAME": "nccl-test",
            "NODES": "2",
            "GPUS": "2",
            "JOB_UID": UID,
            "JOB_COMPLETION_INDEX": str(index),
            "NCCL_DEBUG": "INFO",
            "PATH": os.environ["PATH"],
            "TMPDIR": str(tmp_path),
        }
        inside = f'hostname nccl-test-{index}; exec bash -c "$SCRIPT" nccl-test {program}'
        pods.append(
            subprocess.Popen(
                ["ip", "netns", "exec", name, "unshare", "--uts", "bash", "-c", inside],
                env={**environment, "SCRIPT": SCRIPT},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        )
        time.sleep(0.2)
    (first, log), (second, other) = ends(pods)
    assert (first, second) == (0, 0), log + other
    lines = sorted(line.partition(":")[2] for line in log.splitlines() if "rank" in line)
    assert lines == [f"rank {rank} on nccl-test-{rank // 2} INFO" for rank in range(4)]
