"""Karpenter's CRDs as an API server applies them: structure, defaults and CEL rules, for fifteen Karpenter releases."""
