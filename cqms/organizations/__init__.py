"""Organizations: the tenants of the portal, who belongs to them, and the scope that keeps them apart."""
