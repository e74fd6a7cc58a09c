"""What a user may write in `cluster.yaml`, checked: frozen models without unknown keys, and their reader."""
