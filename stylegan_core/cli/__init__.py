"""The `stylegan` command: one file for each verb."""
