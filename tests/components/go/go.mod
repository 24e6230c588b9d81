// Marks this folder as a module. The builds read kubernetes-*.mod, one for each version (go build -modfile).
module hardener/tests/components

go 1.26.0
