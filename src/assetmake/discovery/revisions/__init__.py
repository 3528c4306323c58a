"""Revisions: what differs between a commit and the working tree, by git's objects, and which definitions that is."""
