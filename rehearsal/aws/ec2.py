"""EC2: what there is to launch, and instances that are launched at once."""

from __future__ import annotations

import hashlib
import threading
import time
from typing import TYPE_CHECKING, Any

from botocore import xform_name

from rehearsal.aws.instance_types import USAGE_CLASSES, prices
from rehearsal.aws.network import ACCOUNT, RESERVATIONS, SECURITY_GROUPS, ZONES, subnets, tags
from rehearsal.aws.wire import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.aws.instance_types import Record

Request = dict[str, Any]
Response = dict[str, Any]
LIVE = {"pending", "running"}
SPOT_DISCOUNT = 0.4
DATE = "2026-01-01T00:00:00.000Z"


class Ec2:
    """The state of EC2: launch templates, images that were asked for, instances."""

    def __init__(self, offered: dict[str, Record]) -> None:
        """Offer these instance types in every zone."""
        self.types = offered
        self.prices = prices(offered)
        self.fleets: list[Request] = []
        self._templates: dict[str, Response] = {}
        self._images: dict[str, Response] = {}
        self._instances: dict[str, Response] = {}
        self._lock = threading.Lock()

    def answer(self, action: str, request: Request) -> Response:
        """Return the answer to an action.

        Raises:
            RefusedError: AWS would refuse it, or it is none of those that Karpenter needs.
        """
        handler: Callable[[Request], Response] | None = getattr(self, f"_{xform_name(action)}", None)
        if handler is None:
            raise RefusedError("InvalidAction", f"{action} is not among what the rehearsal's EC2 knows")
        with self._lock:
            return handler(request)

    def image(self, path: str) -> Response:
        """Return the AMI that an SSM parameter or an identifier stands for, made when it is asked for."""
        name = path if path.startswith("ami-") else "ami-" + _digest(path)
        if name not in self._images:
            self._images[name] = {
                "ImageId": name,
                "Name": path.strip("/").replace("/", "-"),
                "Architecture": "arm64" if "arm64" in path or "aarch64" in path else "x86_64",
                "CreationDate": DATE,
                "State": "available",
                "OwnerId": ACCOUNT,
                "Public": True,
                "RootDeviceType": "ebs",
            }
        return self._images[name]

    def _describe_instance_types(self, request: Request) -> Response:
        return _page("InstanceTypes", [*self.types.values()], request, 100)

    def _describe_instance_type_offerings(self, request: Request) -> Response:
        every = [
            {"InstanceType": name, "Location": zone, "LocationType": "availability-zone"}
            for name in self.types
            for zone in ZONES
        ]
        return _page("InstanceTypeOfferings", every, request, 1000)

    def _describe_spot_price_history(self, request: Request) -> Response:
        every = [
            {
                "InstanceType": name,
                "AvailabilityZone": zone,
                "SpotPrice": f"{self.prices[name] * SPOT_DISCOUNT:.6f}",
                "Timestamp": DATE,
                "ProductDescription": "Linux/UNIX",
            }
            for name, record in self.types.items()
            if USAGE_CLASSES[1] in record["SupportedUsageClasses"]
            for zone in ZONES
        ]
        return _page("SpotPriceHistory", every, request, 1000)

    def _describe_subnets(self, request: Request) -> Response:
        return {"Subnets": [each for each in subnets() if _selected(each, "SubnetId", "subnet-id", request)]}

    def _describe_security_groups(self, request: Request) -> Response:
        return {"SecurityGroups": [each for each in SECURITY_GROUPS if _selected(each, "GroupId", "group-id", request)]}

    def _describe_images(self, request: Request) -> Response:
        names = _filters(request).get("image-id")
        return {"Images": [self.image(name) for name in names or ("/own/x86_64", "/own/arm64")]}

    def _describe_capacity_reservations(self, request: Request) -> Response:
        names = request.get("CapacityReservationId")
        found = [each for each in RESERVATIONS if not names or each["CapacityReservationId"] in names]
        return {"CapacityReservations": [each for each in found if _tagged(each, _filters(request))]}

    def _describe_launch_templates(self, request: Request) -> Response:
        names = request.get("LaunchTemplateName") or [*self._templates]
        if missing := [name for name in names if name not in self._templates]:
            raise RefusedError("InvalidLaunchTemplateName.NotFoundException", f"there is no {missing[0]}")
        return {"LaunchTemplates": [self._templates[name] for name in names]}

    def _create_launch_template(self, request: Request) -> Response:
        name = request["LaunchTemplateName"]
        self._templates[name] = {"LaunchTemplateName": name, "LaunchTemplateId": "lt-" + _digest(name)}
        return {"LaunchTemplate": self._templates[name]}

    def _delete_launch_template(self, request: Request) -> Response:
        return {"LaunchTemplate": self._templates.pop(request.get("LaunchTemplateName", ""), {})}

    def _create_fleet(self, request: Request) -> Response:
        if request.get("DryRun") == "true":
            raise RefusedError("DryRunOperation", "Request would have succeeded", 412)
        self.fleets.append(request)
        capacity = request["TargetCapacitySpecification"]["DefaultTargetCapacityType"]
        config, override = min(
            ((config, override) for config in request["LaunchTemplateConfigs"] for override in config["Overrides"]),
            key=lambda pair: self.prices[pair[1]["InstanceType"]],
        )
        instance = self._launch(override, request, capacity)
        template = config["LaunchTemplateSpecification"].get("LaunchTemplateName")
        chosen = {key: override.get(key) for key in ("SubnetId", "InstanceType", "AvailabilityZone", "ImageId")}
        launched = {
            "InstanceIds": [instance["InstanceId"]],
            "InstanceType": instance["InstanceType"],
            "Lifecycle": capacity,
            "LaunchTemplateAndOverrides": {
                "LaunchTemplateSpecification": {"LaunchTemplateName": template, "Version": "$Latest"},
                "Overrides": chosen,
            },
        }
        return {"FleetId": "fleet-" + instance["InstanceId"][2:], "Errors": [], "Instances": [launched]}

    def _run_instances(self, _: Request) -> Response:
        raise RefusedError(
            "DryRunOperation", "Request would have succeeded", 412
        )  # only asked to validate a node class

    def _describe_instances(self, request: Request) -> Response:
        names = request.get("InstanceId")
        live = [
            each
            for each in self._instances.values()
            if each["State"]["Name"] in LIVE and (not names or each["InstanceId"] in names)
        ]
        return {"Reservations": [{"ReservationId": "r-1", "OwnerId": ACCOUNT, "Instances": [each]} for each in live]}

    def _terminate_instances(self, request: Request) -> Response:
        gone = []
        for name in request.get("InstanceId", []):
            if name in self._instances:
                self._instances[name]["State"] = {"Code": 48, "Name": "terminated"}
                gone.append({"InstanceId": name, "CurrentState": {"Code": 48, "Name": "terminated"}})
        return {"TerminatingInstances": gone}

    def _describe_placement_groups(self, _: Request) -> Response:
        return {"PlacementGroups": []}

    def _describe_instance_status(self, _: Request) -> Response:
        return {"InstanceStatuses": []}

    def _create_tags(self, _: Request) -> Response:
        return {}

    def _launch(self, override: Request, request: Request, capacity: str) -> Response:
        name = "i-" + _digest(str(len(self._instances)))
        zones = {each["SubnetId"]: each["AvailabilityZone"] for each in subnets()}
        given: list[dict[str, str]] = next(
            (spec["Tag"] for spec in request["TagSpecification"] if spec["ResourceType"] == "instance"), []
        )
        instance = {
            "InstanceId": name,
            "InstanceType": override["InstanceType"],
            "ImageId": override.get("ImageId"),
            "SubnetId": override.get("SubnetId"),
            "State": {"Code": 16, "Name": "running"},
            "LaunchTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "Placement": {
                "AvailabilityZone": override.get("AvailabilityZone") or zones[override["SubnetId"]],
                "Tenancy": "default",
            },
            "PrivateDnsName": f"{name}.internal",
            "Architecture": "x86_64",
            "CpuOptions": {"CoreCount": 1, "ThreadsPerCore": 1},
            "SecurityGroups": [{"GroupId": SECURITY_GROUPS[0]["GroupId"]}],
            "Tags": tags({each["Key"]: each["Value"] for each in given}),
        }
        if capacity == "spot":
            instance["InstanceLifecycle"] = "spot"
        return self._instances.setdefault(name, instance)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:17]


def _page(member: str, items: list[Any], request: Request, size: int) -> Response:
    start = int(request.get("NextToken") or 0)
    more = {"NextToken": str(start + size)} if start + size < len(items) else {}
    return {member: items[start : start + size], **more}


def _filters(request: Request) -> dict[str, list[str]]:
    return {each["Name"]: each.get("Value", []) for each in request.get("Filter", [])}


def _selected(item: Response, member: str, name: str, request: Request) -> bool:
    """Whether the filters by identifier and by tag take the item; a discovery tag of any cluster is ours."""
    filters = _filters(request)
    return item[member] in filters.get(name, [item[member]]) and _tagged(
        item, {key: value for key, value in filters.items() if not key.endswith("karpenter.sh/discovery")}
    )


def _tagged(item: Response, filters: dict[str, list[str]]) -> bool:
    own = {each["Key"]: each["Value"] for each in item["Tags"]}
    by_tag = {key.removeprefix("tag:"): values for key, values in filters.items() if key.startswith("tag:")}
    return all(own.get(key) in values or (values == ["*"] and key in own) for key, values in by_tag.items())
