"""The control plane: etcd, kube-apiserver, kube-controller-manager and kube-scheduler, on loopback."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from rehearsal import build
from rehearsal.api import Api
from rehearsal.certificates import Authority
from rehearsal.processes import HOST, free_ports

if TYPE_CHECKING:
    from pathlib import Path

    from rehearsal.processes import Processes

ISSUER = "https://kubernetes.default.svc"


def start(processes: Processes, *, controllers: bool = True, scheduler: bool = True) -> Api:
    """Start a control plane, and return a client of it once it answers.

    Args:
        processes: Where its programs run; `kubeconfig` and `pki` are written beside their logs.
        controllers: Whether kube-controller-manager runs, which makes pods of DaemonSets and Jobs.
        scheduler: Whether kube-scheduler runs.
    """
    program, folder = str(build.kubernetes()), processes.folder
    pki = folder / "pki"
    authority = Authority(pki)
    authority.issue("apiserver")
    authority.issue("admin", organization="system:masters")
    authority.sign_service_accounts()
    port, etcd, peers, controllers_port, scheduler_port = free_ports(5)
    kubeconfig = _write_kubeconfig(folder, pki, port)
    processes.start("etcd", [program, "etcd", *_etcd(folder, etcd, peers)])
    processes.start("kube-apiserver", [program, "kube-apiserver", *_api_server(pki, port, etcd)])
    api = Api(kubeconfig)
    while not api.is_ready():
        processes.check()
        time.sleep(0.3)
    common = [f"--kubeconfig={kubeconfig}", "--leader-elect=false", f"--bind-address={HOST}"]
    if controllers:
        own = [
            f"--secure-port={controllers_port}",
            f"--service-account-private-key-file={pki}/sa.key",
            f"--root-ca-file={pki}/ca.crt",
        ]
        processes.start("kube-controller-manager", [program, "kube-controller-manager", *common, *own])
    if scheduler:
        processes.start("kube-scheduler", [program, "kube-scheduler", *common, f"--secure-port={scheduler_port}"])
    return api


def _etcd(folder: Path, port: int, peers: int) -> list[str]:
    clients, others = f"http://{HOST}:{port}", f"http://{HOST}:{peers}"
    return [
        f"--data-dir={folder}/etcd",
        f"--listen-client-urls={clients}",
        f"--advertise-client-urls={clients}",
        f"--listen-peer-urls={others}",
        f"--initial-advertise-peer-urls={others}",
        f"--initial-cluster=default={others}",
        "--unsafe-no-fsync",  # nothing here has to outlive the machine
        "--log-level=warn",
    ]


def _api_server(pki: Path, port: int, etcd: int) -> list[str]:
    return [
        f"--etcd-servers=http://{HOST}:{etcd}",
        f"--bind-address={HOST}",
        f"--advertise-address={HOST}",
        f"--secure-port={port}",
        f"--tls-cert-file={pki}/apiserver.crt",
        f"--tls-private-key-file={pki}/apiserver.key",
        f"--client-ca-file={pki}/ca.crt",
        f"--service-account-key-file={pki}/sa.pub",
        f"--service-account-signing-key-file={pki}/sa.key",
        f"--service-account-issuer={ISSUER}",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--authorization-mode=RBAC",
        "--allow-privileged=true",
        "--endpoint-reconciler-type=none",
        "--max-requests-inflight=800",
        "--max-mutating-requests-inflight=400",
        "--event-ttl=30m",
    ]


def _write_kubeconfig(folder: Path, pki: Path, port: int) -> Path:
    cluster = {"server": f"https://{HOST}:{port}", "certificate-authority": f"{pki}/ca.crt"}
    user = {"client-certificate": f"{pki}/admin.crt", "client-key": f"{pki}/admin.key"}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "rehearsal",
        "clusters": [{"name": "rehearsal", "cluster": cluster}],
        "users": [{"name": "admin", "user": user}],
        "contexts": [{"name": "rehearsal", "context": {"cluster": "rehearsal", "user": "admin"}}],
    }
    path = folder / "kubeconfig"
    path.write_text(json.dumps(config, indent=1))
    return path
