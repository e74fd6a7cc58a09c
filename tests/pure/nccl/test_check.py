import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdk8s_eks_gpu.errors import MissingOptionError, UnknownNameError
from cdk8s_eks_gpu.nccl import check_nccl_log

from . import logs
from .logs import GIB, text


def statuses(report):
    """Return the status of each check; of several of one name, the worst."""
    order = ["pass", "not known", "waiting", "fail"]
    found = {}
    for check in report.checks:
        found[check.name] = max(found.get(check.name, "pass"), check.status, key=order.index)
    return found


def check(report, name):
    """Return the check of that name."""
    return next(single for single in report.checks if single.name == name)


def failed(log, instance_type="p5.48xlarge", nodes=2, **options):
    """Return the names of the checks that fail."""
    return {
        single.name for single in check_nccl_log(log, instance_type, nodes, **options).checks if single.status == "fail"
    }


def test_a_good_log_passes_every_check():
    """Two p5 nodes over EFA, with all interfaces and GPUDirect RDMA, as fast as measured: all is well."""
    report = check_nccl_log(text(logs.p5()), "p5.48xlarge", 2)
    assert set(statuses(report).values()) == {"pass"}, report
    assert report.ok
    assert (report.bus_bandwidth, report.size, report.line_rate) == (487.09, 16 * GIB, 400)
    assert list(statuses(report)) == [
        *("test", "ranks", "network", "provider", "nics", "gpudirect-rdma", "values", "bandwidth"),
    ]


PREFIXES = {
    "mpirun --tag-output": "[1,3]<stdout>:",
    "mpirun of Open MPI 5": "[prterun-nccl-test-0-24@1,3]<stdout>: ",
    "srun -l": " 3: ",
    "pdsh": "10.3.35.83: ",
    "kubectl logs --prefix": "[pod/nccl-test-launcher-x7k2p/launcher] ",
    "kubectl logs --timestamps": "2026-11-25T08:14:15.926535897Z ",
    "both, and mpirun": "[pod/nccl-test-0-abcde/nccl-test] 2026-11-25T08:14:15.9Z [1,0]<stdout>:",
    "stern": "nccl-test-0-abcde nccl-test ",
    "CloudWatch": "2025-05-16T16:39:51.208-07:00 | ",
    "CRI": "2026-11-25T08:14:15.926535897Z stdout F ",
    "a terminal": "\x1b[32m",
    "NCCL's own clock": "[2026-01-15 02:30:45] ",
}


@pytest.mark.parametrize("prefix", PREFIXES.values(), ids=PREFIXES)
def test_prefixes_do_not_matter(prefix):
    """Whatever mpirun, srun, kubectl or a log collector puts before the lines, the log says the same."""
    plain = check_nccl_log(text(logs.p5()), "p5.48xlarge", 2)
    assert check_nccl_log(text(prefix + line for line in logs.p5()), "p5.48xlarge", 2) == plain


def test_lines_in_json_and_carriage_returns():
    """Lines that a log collector wrapped in JSON, and those of Windows, are read too."""
    plain = check_nccl_log(text(logs.p5()), "p5.48xlarge", 2)
    wrapped = [f'{{"log":"{line}\\n","stream":"stdout"}}' for line in logs.p5()]
    assert check_nccl_log("\r\n".join(wrapped), "p5.48xlarge", 2) == plain


PROVIDERS = {
    "1.4": ("Selected Provider is efa", "AWS Libfabric", "AWS Libfabric/0/GDRDMA", "not known"),
    "1.7": ("Selected Provider is efa (found 32 nics)", "AWS Libfabric", "AWS Libfabric/0/GDRDMA", "pass"),
    "1.16": ("Selected provider is efa, fabric is efa (found 32 nics)", "Libfabric", "Libfabric/3(1)/GDRDMA", "pass"),
    "1.21": (
        "Selected provider is efa, fabric is efa-direct (found 32 nics)",
        "Libfabric",
        "Libfabric/0/GDRDMA/Shared",
        "pass",
    ),
}


@pytest.mark.parametrize(("provider", "network", "channel", "nics"), PROVIDERS.values(), ids=PROVIDERS)
def test_versions_of_the_plugin(provider, network, channel, nics):
    """Each version of aws-ofi-nccl says it in its own words; the first do not count interfaces."""
    report = check_nccl_log(text(logs.p5(provider=provider, network=network, channel=channel)), "p5.48xlarge", 2)
    assert statuses(report) == dict.fromkeys(statuses(report), "pass") | {"nics": nics}
    assert report.ok


def test_socket_is_a_failure_with_its_usual_reasons():
    """NCCL that fell back to sockets fails, and the reasons are named."""
    log = logs.p5({GIB: 3.1, 16 * GIB: 3.2}, provider="", network="Socket", channel="Socket/0", version="")
    report = check_nccl_log(text(log), "p5.48xlarge", 2)
    assert statuses(report)["network"] == statuses(report)["bandwidth"] == "fail"
    assert "vpc.amazonaws.com/efa" in check(report, "network").fix
    assert "aws-ofi-nccl" in check(report, "network").fix


SOCKET_CAUSES = {
    "no plugin (2.12)": (
        "NET/Plugin : No plugin found (libnccl-net.so), using internal implementation",
        "LD_LIBRARY_PATH",
    ),
    "no plugin (2.27)": ("NET/Plugin: Could not find: libnccl-net.so", "LD_LIBRARY_PATH"),
    "no device": ("NET/OFI No eligible providers were found", "EFA device plugin"),
    "an empty list": (
        "libfabric:85:17::core:core:fi_getinfo_():1392<warn> fi_getinfo: provider efa output empty list",
        "no EFA device",
    ),
    "asked for": ("NCCL_NET set by environment to Socket", "asks for it"),
}


@pytest.mark.parametrize(("line", "word"), SOCKET_CAUSES.values(), ids=SOCKET_CAUSES)
def test_socket_with_its_own_cause(line, word):
    """Where the log names the cause of the fallback, it is told in place of the usual ones."""
    log = ["ip-10-0-0-7:140:180 [0] NCCL INFO " + line, *logs.p5(provider="", network="Socket", channel="Socket/0")]
    assert word in check(check_nccl_log(text(log), "p5.48xlarge", 2), "network").fix


def test_another_provider_fails():
    """A provider such as tcp fails, even if some ranks have efa."""
    assert "provider" in failed(text(logs.p5(provider="Selected Provider is tcp;ofi_rxm (found 1 nics)")))
    log = logs.p5()
    at = next(index for index, line in enumerate(log) if "Selected provider" in line)
    log[at] = log[at].replace("is efa, fabric is efa-direct (found 32", "is tcp, fabric is 10.0.0.0/16 (found 1")
    assert failed(text(log)) == {"provider", "nics"}


@pytest.mark.parametrize(
    ("found", "asked", "fails"), [(16, None, True), (32, None, False), (16, 16, False), (8, 16, True)]
)
def test_interfaces_are_counted(found, asked, fails):
    """Each rank finds as many interfaces as its Pod asked for: all of the type, unless told otherwise."""
    log = text(logs.p5(provider=f"Selected provider is efa, fabric is efa (found {found} nics)"))
    assert ("nics" in failed(log, efa_interfaces=asked)) is fails


def test_gpudirect_is_wanted_where_the_type_has_it():
    """Channels without GDRDMA fail on p5, also of one rank alone, and are right on g5, whose EFA has none."""
    assert "gpudirect-rdma" in failed(text(logs.p5(channel="Libfabric/0")))
    log = logs.p5()
    log = [line.replace("/GDRDMA", "") if ":143:" in line and "ip-10-0-1" in line else line for line in log]
    report = check_nccl_log(text(log), "p5.48xlarge", 2)
    assert check(report, "gpudirect-rdma").observed == "1 of 16 ranks without GDRDMA"
    single = logs.p5(channel="Libfabric/0", gpus=1, provider="Selected Provider is efa (found 1 nics)")
    assert "gpudirect-rdma" not in failed(text(single), "g5.48xlarge")


def test_gpudirect_by_the_word_of_the_rings():
    """NCCL from 2.20 on says so of its rings, too."""
    ring = "ip-10-0-0-7:140:180 [0] NCCL INFO Connected all rings, use ring PXN 0 GDR {}"
    for used, status in ((1, "pass"), (0, "fail")):
        log = text([*logs.p5(channel=""), ring.format(used)])
        assert check(check_nccl_log(log, "p5.48xlarge", 2), "gpudirect-rdma").status == status


def test_values_out_of_bounds_fail():
    """Wrong results fail, told by the last lines or by a row of a log that ends before them."""
    assert failed(text(logs.p5(wrong=3))) == {"values"}
    log = [*logs.p5()[:-5], logs.row(16 * GIB, 487.09, wrong="12")]
    assert failed(text(log)) == {"values"}


def test_values_that_were_not_checked_are_not_known():
    """With -c 0 nothing was compared: that is no pass."""
    report = check_nccl_log(text(logs.p5(check=0)), "p5.48xlarge", 2)
    assert statuses(report)["values"] == "not known"
    assert report.ok


MARKS = [
    ("p5.48xlarge", {16 * GIB: 487.0}, "pass"),
    ("p5.48xlarge", {16 * GIB: 439.0}, "pass"),
    ("p5.48xlarge", {16 * GIB: 437.0}, "fail"),
    ("p5.48xlarge", {2 * GIB: 437.79}, "pass"),  # aws-ofi-nccl 1.7.3, which ended at 2 GiB
    ("p5.48xlarge", {GIB // 8: 126.0}, "not known"),
    ("p4de.24xlarge", {2 * GIB: 78.3}, "pass"),
    ("p4de.24xlarge", {2 * GIB: 57.8}, "fail"),
    ("p6-b200.48xlarge", {16 * GIB: 654}, "pass"),
    ("p6-b300.48xlarge", {16 * GIB: 500}, "fail"),
    ("p6-b300.48xlarge", {8 * GIB: 500}, "not known"),
    ("p5en.48xlarge", {16 * GIB: 480}, "not known"),
]


@pytest.mark.parametrize(("instance_type", "results", "status"), MARKS)
def test_bandwidth_against_the_mark(instance_type, results, status):
    """Nine tenths of what two such nodes reached at that size pass; where nobody measured, it is not known."""
    report = check_nccl_log(text(logs.p5(results, most=max(results))), instance_type, 2)
    bandwidth = check(report, "bandwidth")
    assert bandwidth.status == status
    assert "of the line rate of" in bandwidth.observed
    assert (status == "not known") or bandwidth.source


def test_a_mark_of_ones_own():
    """Whoever has measured trusted nodes gives that as the mark, for any type and any number of nodes."""
    log = text(logs.p5({16 * GIB: 300}))
    assert "bandwidth" not in failed(log, "p5en.48xlarge")
    assert "bandwidth" in failed(log, "p5en.48xlarge", mark=320)
    assert "bandwidth" not in failed(log, "p5.48xlarge", mark=290)


def test_marks_are_of_two_nodes_and_of_all_reduce():
    """With four nodes, or another collective, no mark is known."""
    four = logs.p5({16 * GIB: 300}, nodes=4)
    assert statuses(check_nccl_log(text(four), "p5.48xlarge", 4))["bandwidth"] == "not known"
    gather = logs.p5({16 * GIB: 300}, program="all_gather_perf")
    assert statuses(check_nccl_log(text(gather), "p5.48xlarge", 2))["bandwidth"] == "not known"


def test_ranks_of_one_node_alone_fail():
    """A test that ran on one node measured NVLink, whatever its bandwidth."""
    single = check_nccl_log(text(logs.p5(hosts=["ip-10-0-0-7", "ip-10-0-0-7"])), "p5.48xlarge", 2)
    assert statuses(single)["ranks"] == "fail"
    assert "NVLink" in check(single, "ranks").fix
    # Without the list of devices, busbw / algbw tells the ranks: 2 (8 - 1) / 8.
    table = [*logs.columns(), logs.row(16 * GIB, 483.05, ranks=8), *logs.foot()]
    report = check_nccl_log(text(table), "p5.48xlarge", 2)
    assert statuses(report)["ranks"] == "fail"
    assert statuses(report)["bandwidth"] == "not known"


def test_a_log_as_people_quote_it():
    """Logs lose their `#` on web pages, and their hosts to their owners: ranks and nodes are counted all the same."""
    lines = [line.replace("#wrong", "wrong").lstrip("#") for line in logs.p5(hosts=["<ip>", "<ip>"])]
    report = check_nccl_log(text(lines), "p5.48xlarge", 2)
    assert set(statuses(report).values()) == {"pass"}, report


def test_processes_that_ran_alone_fail():
    """nccl-tests built without MPI runs once for each process, over one GPU: busbw is 0."""
    row = (
        "   134217728      33554432     float     sum      -1    631.9  212.41    0.00      0     0.51  263017    0.00"
    )
    report = check_nccl_log(text([*logs.columns(), *[row] * 16, *logs.foot()]), "p5.48xlarge", 2)
    assert statuses(report)["ranks"] == "fail"
    assert "MPI=1" in check(report, "ranks").fix


def test_a_log_of_another_type_fails():
    """The plugin names the instance type it runs on; another one than asked for makes all figures meaningless."""
    platform = "Running on p4d.24xlarge platform, topology file /opt/amazon/ofi-nccl/share/p4d-24xl-topo.xml"
    assert "instance-type" in failed(text(logs.p5(platform=platform)))
    assert "instance-type" not in failed(text(logs.p5(platform=platform.replace("p4d.24", "p5.48"))))


@pytest.mark.parametrize(
    "log", ["", "\n \n", "hello\nworld\n", "\x00\x89PNG\r\n\x1a\n", "Warning: Permanently added 'x'\n"]
)
def test_what_is_no_log_fails(log):
    """A log that is empty or of something else shows nothing, which is a failure, not a crash."""
    report = check_nccl_log(log, "p5.48xlarge", 2)
    assert [single.status for single in report.checks] == ["fail"]


def test_a_log_that_ends_too_early_fails():
    """A test that was killed half-way fails; while it runs, the same log waits."""
    lines = logs.p5()
    part = text(lines[: lines.index(logs.row(GIB, 436.95))])
    assert failed(part) == {"test"}
    running = check_nccl_log(part, "p5.48xlarge", 2, running=True)
    assert statuses(running)["test"] == running.status == "waiting"
    assert check_nccl_log("", "p5.48xlarge", 2, running=True).status == "waiting"


def test_an_excerpt_is_no_failure():
    """The table alone, as people quote it, says what it says; what is cut away is not known."""
    rows = [logs.row(size, bus) for size, bus in logs.P5.items()]
    report = check_nccl_log(text([*logs.columns(), *rows]), "p5.48xlarge", 2)
    assert statuses(report) == {
        **dict.fromkeys(["test", "network", "provider", "nics", "gpudirect-rdma"], "not known"),
        **dict.fromkeys(["ranks", "values", "bandwidth"], "pass"),
    }


FAILURES = {
    "NCCL": (
        "ip-10-0-0-7: Test NCCL failure common.cu:961 'unhandled system error (run with NCCL_DEBUG=INFO for details)'",
        "",
    ),
    "security group": (
        "NCCL WARN NET/OFI Request completed with error. Error: 15 (Unreachable remote (never received a response))",
        "security group",
    ),
    "shm": ("NCCL WARN Error while creating shared memory segment /dev/shm/nccl-oqNuZ0 (size 9637888)", "sharedMemory"),
    "driver": (
        "Test CUDA failure common.cu:892 'CUDA driver version is insufficient for CUDA runtime version'",
        "newer AMI",
    ),
    "ssh": ("root@nccl-test-worker-0.nccl-test: Permission denied (publickey).", "ssh"),
}


@pytest.mark.parametrize(("line", "word"), FAILURES.values(), ids=FAILURES)
def test_failures_are_explained(line, word):
    """What people meet most often is explained where the log names it."""
    log = [
        *logs.p5()[:30],
        f"[1,0]<stderr>:{line}",
        "mpirun detected that one or more processes exited with non-zero status",
    ]
    report = check_nccl_log(text(log), "p5.48xlarge", 2)
    assert check(report, "test").status == "fail"
    assert word in check(report, "test").fix


def test_several_tests_in_one_log():
    """Each test is judged: the slow one of three fails."""
    log = [*logs.p5(), *logs.p5({16 * GIB: 300}, program="all_gather_perf"), *logs.p5({16 * GIB: 120})]
    report = check_nccl_log(text(log), "p5.48xlarge", 2)
    assert [single.status for single in report.checks if single.name == "bandwidth"] == ["pass", "not known", "fail"]
    assert report.bus_bandwidth == 120


def test_old_formats():
    """Logs without the column of the root, with `error` for `#wrong`, and with the first lines of 2020."""
    columns = (
        "#       size         count    type   redop     time   algbw   busbw  error     time   algbw   busbw  error"
    )
    log = [
        "# nThread 1 nGpus 1 minBytes 8 maxBytes 2147483648 step: 2(factor) warmup iters: 5 iters: 20 validation: 1 ",
        "# Using devices",
        *(
            f"#   Rank {rank:2d} Pid  {25604 + rank} on ip-192-168-16-{rank // 8} device {rank % 8:2d} [0x10] A100-SXM4"
            for rank in range(16)
        ),
        "ip-192-168-16-0:25604:25604 [0] NCCL INFO NET/Socket : Using [0]eth0:192.168.16.255<0>",
        "ip-192-168-16-0:25604:25604 [0] NCCL INFO NET/OFI Selected Provider is efa",
        "ip-192-168-16-0:25604:25604 [0] NCCL INFO Ring 00 : 7 -> 8 [send] via NET/AWS Libfabric/0/GDRDMA",
        columns,
        logs.row(2 * GIB, 78.33, wrong="4e-07", root=None),
        "# Out of bounds values : 0 OK",
        "# Avg bus bandwidth    : 16.7",
    ]
    report = check_nccl_log(text(log), "p4de.24xlarge", 2)
    assert statuses(report) == dict.fromkeys(statuses(report), "pass") | {"nics": "not known"}


def test_timestamps_and_timings_behind_the_results():
    """Rows with times of day (-S 1) or with times of each iteration (-I 1) are read."""
    start = "   17179869184    4294967296     float     sum      -1"
    timed = f"{start}    66132  259.78  487.09      0    66109  259.87  487.26      0  2026-11-25 08:14:15"
    each = f"{start}    66132  259.78  487.09       0    66000    66900    66890     0.4"
    each += "    66109  259.87  487.26       0    66001    66901    66891     0.4"
    for line in (timed, each):
        report = check_nccl_log(text([*logs.head(), *logs.columns(), line, *logs.foot()]), "p5.48xlarge", 2)
        assert (report.bus_bandwidth, statuses(report)["values"]) == (487.09, "pass")


def test_a_row_torn_by_another_rank():
    """A row that is cut in two by a line of another rank is put together again."""
    whole = logs.row(16 * GIB, 487.09)
    torn = [whole[:60], "ip-10-0-1-7:141:181 [1] NCCL INFO comm 0x7f rank 9 nranks 16 - Abort COMPLETE", whole[60:]]
    report = check_nccl_log(text([*logs.head(), *logs.columns(), *torn, *logs.foot()]), "p5.48xlarge", 2)
    assert report.bus_bandwidth == 487.09


def test_ranks_in_any_order():
    """The lines of ranks come in any order: what they say is the same."""
    lines = logs.p5()
    start, end = next(i for i, line in enumerate(lines) if "NCCL INFO" in line), lines.index(logs.columns()[0], 30)
    ranks = lines[start:end]
    random.Random(4).shuffle(ranks)  # noqa: S311 -- an order, no secret
    report = check_nccl_log(text([*lines[:start], *ranks, *lines[end:]]), "p5.48xlarge", 2)
    assert set(statuses(report).values()) == {"pass"}


def test_an_unknown_type_is_an_error():
    """A type that nobody knows cannot be judged."""
    with pytest.raises(UnknownNameError, match=r"did you mean 'p5\.48xlarge'"):
        check_nccl_log("", "p5.48xlarg", 2)


@pytest.mark.parametrize("instance_type", ["m5.large", "trn1.32xlarge", "g4ad.xlarge"])
def test_a_type_without_nvidia_gpus_is_an_error(instance_type):
    """NCCL runs on NVIDIA's GPUs: a log for another type means a slip in the type, not a result."""
    with pytest.raises(MissingOptionError, match=rf"{instance_type} has no NVIDIA GPU"):
        check_nccl_log(text(logs.p5()), instance_type, 2)


@given(cut=st.integers(min_value=0), garbage=st.text(max_size=40), seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_truncated_and_garbled_logs_are_checked(cut, garbage, seed):
    """A log that is cut anywhere, with garbage between its lines, never crashes the judge and never passes by a cut."""
    lines = logs.p5()
    lines.insert(seed % len(lines), garbage)
    whole = text(lines)
    part = whole[: cut % len(whole)]
    report = check_nccl_log(part, "p5.48xlarge", 2)
    assert report.checks[0].status != "pass" or "Avg bus bandwidth" in part
