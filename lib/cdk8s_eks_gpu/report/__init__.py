"""What a cluster's manifests mean, as one page to look at: the view behind `eks-gpu report`."""

from cdk8s_eks_gpu.report.page import Page, report_page, to_html

__all__ = ["Page", "report_page", "to_html"]
