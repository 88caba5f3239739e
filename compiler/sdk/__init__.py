"""Models of the Azure ML SDK v1, one file a part of it. They get evaluated arguments and never see libcst."""
