"""`python -m cdk8s_eks_gpu` is `eks-gpu`."""

from cdk8s_eks_gpu.interrupt import end_on_interrupt


def run() -> None:
    """Run the command of the process's arguments."""
    end_on_interrupt()
    from cdk8s_eks_gpu.cli import main  # noqa: PLC0415 -- most of the time goes into it: Ctrl-C must work by then

    main()


if __name__ == "__main__":
    run()
