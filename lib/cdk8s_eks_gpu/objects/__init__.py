"""Options become manifests here, once, as plain data: for the constructs, `eks-gpu explain` and `eks-gpu check`."""
