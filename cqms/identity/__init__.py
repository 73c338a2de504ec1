"""Identity: what proves that somebody is the person of an account – factors, sessions, devices, outside providers."""
