"""AWS as far as Karpenter's controller asks it: EC2, IAM, SSM, EKS and Pricing, on loopback."""
