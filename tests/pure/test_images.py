import pytest

from cdk8s_eks_gpu.charts.images import mirrored


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("nvcr.io/nvidia/k8s-device-plugin", "r.example.com/m/nvidia/k8s-device-plugin"),
        ("public.ecr.aws/hpc-cloud/nccl-tests:latest", "r.example.com/m/hpc-cloud/nccl-tests:latest"),
        ("localhost:5000/a:1", "r.example.com/m/a:1"),
        ("localhost/a:1", "r.example.com/m/a:1"),
        ("nvidia/cuda:13.0.2-runtime-ubuntu22.04", "r.example.com/m/nvidia/cuda:13.0.2-runtime-ubuntu22.04"),
        ("busybox:1.36", "r.example.com/m/busybox:1.36"),
    ],
)
def test_the_registry_takes_the_place_of_the_images_own(image, expected):
    """Only a host is replaced; an image of Docker Hub has none in its name."""
    assert mirrored(image, "r.example.com/m") == expected
