"""The folder that is put first on a script's import path: it holds `azureml`, and no other name."""
