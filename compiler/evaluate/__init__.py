"""The partial evaluator: Python source over libcst, run on values that may be unknown. No user code is executed."""
