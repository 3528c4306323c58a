"""Telling people who don't watch: of failures, recoveries, lateness; by a command or a webhook."""
