"""The gateway: early access of trusted partners to models under review."""
