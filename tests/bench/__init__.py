"""How fast hardener is, as ratios beside helm and kustomize making the same objects: `make bench`."""
