"""Scripts with their run configurations, and estimators."""
