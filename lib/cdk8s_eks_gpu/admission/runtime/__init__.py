"""What Karpenter checks when it runs and its CRDs do not say."""
