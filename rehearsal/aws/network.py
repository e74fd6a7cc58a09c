"""The place in AWS that the node classes select: a region with three zones, subnets, a security group, reservations."""

from __future__ import annotations

from typing import Any

REGION = "us-west-2"
ACCOUNT = "111122223333"
ZONES = {"us-west-2a": "usw2-az1", "us-west-2b": "usw2-az2", "us-west-2c": "usw2-az3"}
DISCOVERY = "karpenter.sh/discovery"


def tags(pairs: dict[str, str]) -> list[dict[str, str]]:
    """Return tags as EC2 writes them."""
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def subnets() -> list[dict[str, Any]]:
    """Return a subnet in each zone."""
    return [
        {
            "SubnetId": f"subnet-{zone[-1] * 17}",
            "AvailabilityZone": zone,
            "AvailabilityZoneId": zone_id,
            "AvailableIpAddressCount": 4000,
            "VpcId": "vpc-11111111",
            "CidrBlock": f"10.0.{index * 16}.0/20",
            "State": "available",
            "MapPublicIpOnLaunch": False,
            "Tags": tags({DISCOVERY: "rehearsal", "zone": zone}),
        }
        for index, (zone, zone_id) in enumerate(ZONES.items())
    ]


SECURITY_GROUPS = [
    {
        "GroupId": "sg-11111111111111111",
        "GroupName": "nodes",
        "Description": "nodes",
        "VpcId": "vpc-11111111",
        "Tags": tags({DISCOVERY: "rehearsal"}),
    }
]


def _reservation(number: int, instance_type: str, zone: str, *, block: bool = False) -> dict[str, Any]:
    name = f"cr-{number:017x}"
    end = {"EndDateType": "limited", "EndDate": "2036-01-01T00:00:00Z"} if block else {"EndDateType": "unlimited"}
    return {
        "CapacityReservationId": name,
        "CapacityReservationArn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:capacity-reservation/{name}",
        "OwnerId": ACCOUNT,
        "InstanceType": instance_type,
        "InstancePlatform": "Linux/UNIX",
        "AvailabilityZone": zone,
        "AvailabilityZoneId": ZONES[zone],
        "Tenancy": "default",
        "TotalInstanceCount": 1000,
        "AvailableInstanceCount": 1000,  # the cases share a reservation, and must not use it up
        "EbsOptimized": True,
        "State": "active",
        "InstanceMatchCriteria": "targeted",
        "ReservationType": "capacity-block" if block else "default",
        "Tags": tags({"team": "ml", "type": instance_type}),
        **end,
    }


RESERVATIONS = [
    _reservation(1, "p5.48xlarge", "us-west-2a"),
    _reservation(2, "g6.12xlarge", "us-west-2b"),
    _reservation(3, "p5en.48xlarge", "us-west-2c", block=True),
]
