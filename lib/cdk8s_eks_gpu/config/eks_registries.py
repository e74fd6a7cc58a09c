"""Where EKS keeps its images: an ECR registry in each region.

Accounts: "View Amazon container image registries for Amazon EKS add-ons", Amazon EKS User Guide
(https://docs.aws.amazon.com/eks/latest/userguide/add-ons-images.html; awsdocs/amazon-eks-user-guide at 1cc6ebb4a163;
for ap-southeast-5 the same page of docs.amazonaws.cn). For ap-east-2 the page names a host in ap-east-1, against its
own rule that the images are in each region; GuardDuty's list of its EKS agent's images has ap-east-2, and so has this.
"""

from typing import Final

_FIRST_ACCOUNT = "602401143452"

_ACCOUNTS: Final = {
    "af-south-1": "877085696533",
    "ap-east-1": "800184023465",
    "ap-east-2": "533267051163",
    "ap-northeast-1": _FIRST_ACCOUNT,
    "ap-northeast-2": _FIRST_ACCOUNT,
    "ap-northeast-3": _FIRST_ACCOUNT,
    "ap-south-1": _FIRST_ACCOUNT,
    "ap-south-2": "900889452093",
    "ap-southeast-1": _FIRST_ACCOUNT,
    "ap-southeast-2": _FIRST_ACCOUNT,
    "ap-southeast-3": "296578399912",
    "ap-southeast-4": "491585149902",
    "ap-southeast-5": "151610086707",
    "ap-southeast-6": "333609536671",
    "ap-southeast-7": "121268973566",
    "ca-central-1": _FIRST_ACCOUNT,
    "ca-west-1": "761377655185",
    "cn-north-1": "918309763551",
    "cn-northwest-1": "961992271922",
    "eu-central-1": _FIRST_ACCOUNT,
    "eu-central-2": "900612956339",
    "eu-north-1": _FIRST_ACCOUNT,
    "eu-south-1": "590381155156",
    "eu-south-2": "455263428931",
    "eu-west-1": _FIRST_ACCOUNT,
    "eu-west-2": _FIRST_ACCOUNT,
    "eu-west-3": _FIRST_ACCOUNT,
    "eusc-de-east-1": "877088126301",
    "il-central-1": "066635153087",
    "me-central-1": "759879836304",
    "me-south-1": "558608220178",
    "mx-central-1": "730335286997",
    "sa-east-1": _FIRST_ACCOUNT,
    "us-east-1": _FIRST_ACCOUNT,
    "us-east-2": _FIRST_ACCOUNT,
    "us-gov-east-1": "151742754352",
    "us-gov-west-1": "013241004608",
    "us-west-1": _FIRST_ACCOUNT,
    "us-west-2": _FIRST_ACCOUNT,
}

# The partitions whose hosts end differently. GovCloud's end like the commercial ones.
_DOMAINS = {"cn": "amazonaws.com.cn", "eusc": "amazonaws.eu"}


def _host(region: str, account: str) -> str:
    domain = _DOMAINS.get(region.partition("-")[0], "amazonaws.com")
    return f"{account}.dkr.ecr.{region}.{domain}"


EKS_REGISTRIES: Final = {region: _host(region, account) for region, account in _ACCOUNTS.items()}
"""The host of EKS's images by region."""
