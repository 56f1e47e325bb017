"""What the workbench costs beside its peers and the floor, measured in one run: `make bench`."""
