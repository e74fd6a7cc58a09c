import pytest
from tests.pure.verify.tool_output import NO_FABRIC, XID_79, fi_info, nvidia_smi, old_nvidia_smi

from cdk8s_eks_gpu.instances import catalogue
from cdk8s_eks_gpu.verify.gpu_table import is_called
from cdk8s_eks_gpu.verify.logs.fi_info import fi_info_failure, parse_fi_info
from cdk8s_eks_gpu.verify.logs.gpu_errors import gpu_errors
from cdk8s_eks_gpu.verify.logs.nvidia_smi import nvidia_smi_failures, parse_nvidia_smi

H100 = "NVIDIA H100 80GB HBM3"
LISTED = "GPU 0: NVIDIA L4 (UUID: GPU-1d0f)\nGPU 1: NVIDIA L4 (UUID: GPU-2e1a)\n"


def test_the_table_of_newer_drivers():
    """All GPUs of the table are read, with driver, CUDA and memory; the table of processes is none of them."""
    table = parse_nvidia_smi(nvidia_smi(*[H100] * 8))
    assert (table.driver, table.cuda, len(table.gpus), table.complete) == ("580.95.05", "13.0", 8, True)
    assert {(gpu.name, gpu.memory, gpu.ecc_errors) for gpu in table.gpus} == {(H100, 81559, 0)}


def test_the_table_of_older_drivers():
    """The narrower table is read too; a name that the column cuts is taken as far as it goes."""
    table = parse_nvidia_smi(old_nvidia_smi("Tesla V100-SXM2...", "Tesla V100-SXM2..."))
    assert [gpu.name for gpu in table.gpus] == ["Tesla V100-SXM2"] * 2
    assert (table.driver, table.cuda, table.gpus[0].memory) == ("450.119.04", "11.0", 16160)


def test_prefixes_of_other_tools_do_not_hide_the_table():
    """Lines with a prefix, as `kubectl logs --prefix` and `--timestamps` put before them, are read."""
    text = nvidia_smi("NVIDIA L4", memory=23034)
    prefixed = "\n".join(f"[pod/gpu-pod/cuda] 2026-11-26T03:00:00.1Z {line}" for line in text.splitlines())
    assert [gpu.name for gpu in parse_nvidia_smi(prefixed).gpus] == ["NVIDIA L4"]


def test_the_last_of_several_tables_counts():
    """A log that shows the table again and again tells of its last state."""
    assert len(parse_nvidia_smi(nvidia_smi(*[H100] * 8) + nvidia_smi(*[H100] * 7)).gpus) == 7


def test_a_table_that_is_cut_off():
    """What is there of a table is read, and that its end is missing is known."""
    text = nvidia_smi(*[H100] * 8)
    cut = parse_nvidia_smi(text[: text.index("|   4  ")])
    assert (len(cut.gpus), parse_nvidia_smi(text[:400])) == (4, parse_nvidia_smi(text[:400]))


def test_the_list_of_gpus():
    """`nvidia-smi -L` tells the GPUs as well."""
    assert [gpu.name for gpu in parse_nvidia_smi(LISTED).gpus] == ["NVIDIA L4"] * 2


def test_what_a_broken_gpu_shows():
    """ECC errors, ERR! and MIG are read from the row of their GPU."""
    broken = parse_nvidia_smi(nvidia_smi(H100, H100, ecc=3, power="ERR! /  700W", mig="Enabled"))
    assert [(gpu.ecc_errors, gpu.error, gpu.mig) for gpu in broken.gpus] == [(3, True, True), (0, True, True)]


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure", "does not answer"),
        ("Failed to initialize NVML: Driver/library version mismatch", "different versions"),
        ("Failed to initialize NVML: Unknown Error", "cannot be initialized"),
        ("Failed to initialize NVML: Insufficient Permissions", "cannot be initialized"),
        ("No devices were found", "finds no GPU"),
        ("Unable to determine the device handle for GPU0000:65:00.0: Unknown Error", "does not answer"),
        (
            "Unable to determine the device handle for GPU 0000:09:00.0: GPU is lost.  Reboot the system",
            "does not answer",
        ),
        ("WARNING: infoROM is corrupted at gpu 0000:65:00.0", "corrupted"),
        ("/bin/sh: 1: nvidia-smi: not found", "no nvidia-smi"),
        ('exec: "nvidia-smi": executable file not found in $PATH: unknown', "no nvidia-smi"),
    ],
)
def test_what_nvidia_smi_says_instead(text, means):
    """Each failure of nvidia-smi that users report is known, with a fix."""
    failures = nvidia_smi_failures(f"some line\n{text}\n")
    assert means in failures[0].meaning
    assert failures[0].fix
    assert not nvidia_smi_failures(nvidia_smi(H100))


def test_the_devices_of_fi_info():
    """Every device counts once, whatever endpoints and fabrics it has."""
    for text in (fi_info(32), fi_info(32, direct=True)):
        assert len(parse_fi_info(text).efa_devices) == 32
    old = fi_info(1).replace("rdmap79s0", "efa_0").replace("fabric: efa", "fabric: EFA-fe80::39:beff:fe6e:c23")
    assert parse_fi_info(old).efa_devices == ("efa_0",)


def test_providers_beside_efa():
    """Layers over EFA and other providers are no EFA devices."""
    listed = parse_fi_info(fi_info(1, provider="efa;ofi_rxd") + fi_info(2, provider="tcp"))
    assert (listed.efa_devices, set(listed.providers)) == ((), {"efa;ofi_rxd", "tcp"})


def test_fi_info_without_a_list():
    """That nothing was found is known, and so is a text that is none of fi_info's."""
    assert fi_info_failure(NO_FABRIC) == NO_FABRIC.strip()
    assert "not found" in fi_info_failure("bash: fi_info: command not found")
    assert parse_fi_info(NO_FABRIC) is None
    assert parse_fi_info("provider: somebody\nelse\n") is None
    assert fi_info_failure(fi_info(1)) == ""


@pytest.mark.parametrize(
    ("line", "name", "device", "fault"),
    [
        (XID_79, "Xid 79", "PCI:0000:53:00", True),
        ("NVRM: Xid (PCI:0000:3b:00): 48, pid=1, name=python, Double Bit ECC Error", "Xid 48", "PCI:0000:3b:00", True),
        ("NVRM: Xid (0000:01:00): 31, Ch 00000003, engmask 00000101, intr 10000000", "Xid 31", "0000:01:00", False),
        (
            "nvidia-nvswitch0: SXid (PCI:0000:c1:00.0): 20034, Fatal, Link 30 LTSSM Fault Up",
            "SXid 20034",
            "PCI:0000:c1:00.0",
            True,
        ),
        (
            "nvidia-nvswitch0: SXid (PCI:0000:c1:00.0): 19084, Non-fatal, Link 12",
            "SXid 19084",
            "PCI:0000:c1:00.0",
            False,
        ),
        ("NVRM: fallen off the bus and is not responding to commands.", "GPU gone", "", True),
        (
            "I1126 health.go:159] XidCriticalError: Xid=94 on Device=GPU-1, the device will go unhealthy.",
            "Xid 94",
            "",
            False,
        ),
        ("torch.cuda error: uncorrectable ECC error encountered", "ECC", "", True),
    ],
)
def test_lines_of_broken_gpus(line, name, device, fault):
    """Xid, SXid, ECC and lost GPUs are found in kernel logs, in the plugin's, and in programs'."""
    (error,) = gpu_errors(f"a line before\n{line}\n")
    assert (error.name, error.device, error.is_fault, bool(error.fix)) == (name, device, fault, True)


def test_errors_are_counted():
    """The same error of the same GPU is said once, with how often; that of another GPU apart."""
    other = XID_79.replace("53:00", "64:00")
    assert [(error.device, error.count) for error in gpu_errors(XID_79 * 3 + other)] == [
        ("PCI:0000:53:00", 3),
        ("PCI:0000:64:00", 1),
    ]
    assert not gpu_errors(nvidia_smi(H100, H100) + fi_info(4))


@pytest.mark.parametrize(
    ("shown", "instance_type"),
    [
        ("NVIDIA H100 80GB HBM3", "p5.48xlarge"),
        ("NVIDIA H200", "p5en.48xlarge"),
        ("NVIDIA A100-SXM4-40GB", "p4d.24xlarge"),
        ("Tesla V100-SXM2", "p3dn.24xlarge"),
        ("Tesla T4", "g4dn.xlarge"),
        ("NVIDIA A10G", "g5.xlarge"),
        ("NVIDIA L40S", "g6e.xlarge"),
        ("NVIDIA B200", "p6-b200.48xlarge"),
        ("NVIDIA B300 SXM6 AC", "p6-b300.48xlarge"),
        ("NVIDIA RTX PRO 6000 Blackwell Server Edition", "g7e.2xlarge"),
    ],
)
def test_names_of_gpus(shown, instance_type):
    """The name that nvidia-smi shows is known for that of the type's facts, and no other type's is."""
    key = "karpenter.k8s.aws/instance-gpu-name"
    assert is_called(shown, catalogue().find(instance_type).labels[key])
    assert not is_called(shown, "k80")
