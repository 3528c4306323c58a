"""What users configure: models of config, resources, environment variables, and how a run reads and opens them."""
