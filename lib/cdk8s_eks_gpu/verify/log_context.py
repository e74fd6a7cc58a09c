"""What is known of the test whose log is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from cdk8s_eks_gpu.instances import InstanceType
    from cdk8s_eks_gpu.provisioning.workload import Workload


class LogContext(Struct, frozen=True):
    """What is known of the test whose log is read.

    Attributes:
        workload: The test.
        subject: How reports call it.
        instance_type: The type of the node that it ran on, if it is known.
        gpus: How many GPUs it asks for.
        efa: How many EFA interfaces.
        nodes: On how many nodes it runs at once.
        over: Whether it has come to an end.
        only_waits: Whether it prints nothing, and waits for somebody to run a command in it.
    """

    workload: Workload
    subject: str
    instance_type: InstanceType | None
    gpus: int
    efa: int
    nodes: int
    over: bool
    only_waits: bool

    @property
    def shows_gpus(self) -> bool:
        """Whether its command prints the table of nvidia-smi."""
        return "nvidia-smi" in self._command

    @property
    def shows_fabric(self) -> bool:
        """Whether its command lists the providers of the fabric."""
        return "fi_info" in self._command

    @property
    def _command(self) -> str:
        containers = self.workload.containers()
        return " ".join(word for each in containers for key in ("command", "args") for word in each[key].texts())
