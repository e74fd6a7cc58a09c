"""What the API server and Karpenter refuse of one object: schemas, CEL, Kubernetes' and Karpenter's own validation."""
