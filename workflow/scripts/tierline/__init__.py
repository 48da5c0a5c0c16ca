"""Tierline: from tumour reads to a tiered molecular report. For research use."""

__version__ = "0.1.0"
