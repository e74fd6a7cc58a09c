from tests.pure.verify.broken import gpu_not_registered, one_gpu_of_eight_missing
from tests.pure.verify.dumps import Dump, promise

from cdk8s_eks_gpu.verify import Status, read_folder
from cdk8s_eks_gpu.verify.waiting import wait


def snapshots(tmp_path, *changes):
    """Return snapshots of dumps, each changed in one way."""
    found = []
    for number, change in enumerate(changes):
        dump = Dump()
        change(dump)
        (tmp_path / str(number)).mkdir()
        found.append(read_folder(dump.write(tmp_path / str(number))))
    return found


class Clock:
    """A clock that goes on only while somebody sleeps."""

    def __init__(self):
        """Begin at 0."""
        self.now = 0.0

    def sleep(self, seconds):
        """Let the time go by."""
        self.now += seconds


def run(seen, seconds):
    """Return the last report of a wait over these snapshots, what was told, and the time it took."""
    clock, messages = Clock(), []
    report = wait(
        promise(),
        lambda: seen.pop(0) if len(seen) > 1 else seen[0],
        seconds,
        messages.append,
        lambda: clock.now,
        clock.sleep,
    )
    return report, messages, clock.now


def test_it_ends_when_nothing_is_waited_for(tmp_path):
    """As soon as all is there the wait is over; what was waited for was told once."""
    seen = snapshots(tmp_path, gpu_not_registered, gpu_not_registered, lambda _: None)
    report, messages, passed = run(seen, 1200)
    assert (report.ok, passed, len(messages)) == (True, 20.0, 1)
    assert "NodeClaim/train-" in messages[0]


def test_it_ends_when_the_time_is_over(tmp_path):
    """What is still waited for at the end is no success."""
    report, _, passed = run(snapshots(tmp_path, gpu_not_registered), 25)
    assert (report.ok, passed) == (False, 25.0)
    assert report.of_status(Status.WAITING)


def test_what_fails_for_good_is_not_waited_for(tmp_path):
    """A failure alone ends the wait at once."""
    report, messages, passed = run(snapshots(tmp_path, one_gpu_of_eight_missing), 1200)
    assert (report.ok, messages, passed) == (False, [], 0.0)
