"""Pipelines as pictures: what stands in one (scene), where (layout), and how it is printed (svg, pages)."""
