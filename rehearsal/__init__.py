"""The rehearsal: what the library predicts, held against the real control plane and the real Karpenter."""
