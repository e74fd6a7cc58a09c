// Prints what Karpenter's own code makes of EC2's DescribeInstanceTypes records: a JSON list on stdin, a JSON object a
// line on stdout, with the labels, the capacity and the allocatable of a node of AL2023 in the default configuration.
package main

import (
	"context"
	"encoding/json"
	"os"

	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/samber/lo"

	v1 "github.com/aws/karpenter-provider-aws/pkg/apis/v1"
	"github.com/aws/karpenter-provider-aws/pkg/operator/options"
	"github.com/aws/karpenter-provider-aws/pkg/providers/instancetype"
)

func main() {
	ctx := options.ToContext(context.Background(), &options.Options{VMMemoryOverheadPercent: 0.075, ClusterName: "cluster"})
	var records []ec2types.InstanceTypeInfo
	lo.Must0(json.NewDecoder(os.Stdin).Decode(&records))
	out := json.NewEncoder(os.Stdout)
	zones := []v1.ZoneInfo{{Zone: "us-west-2a", ZoneID: "usw2-az1"}}
	for _, record := range records {
		it := instancetype.NewInstanceType(ctx, record, "us-west-2", []string{"us-west-2a"}, zones,
			nil, nil, nil, nil, nil, nil, nil, nil, nil, v1.AMIFamilyAL2023, nil)
		labels := map[string][]string{}
		for key, requirement := range it.Requirements {
			if string(requirement.Operator()) == "In" {
				labels[key] = requirement.Values()
			}
		}
		lo.Must0(out.Encode(map[string]any{
			"name": it.Name, "labels": labels, "capacity": it.Capacity, "allocatable": it.Allocatable(),
		}))
	}
}
