"""What must hold. Each file asks one question; components/ has the real Kubernetes that answers some of them."""
