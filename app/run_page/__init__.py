"""`report.html`: a page of one file about one run, made from what the run left in the state folder."""

from pipelift.app.run_page.writing import NAME, keep_pipeline, write_page

__all__ = ["NAME", "keep_pipeline", "write_page"]
