"""Advisories: drafted from a case, validated as five documents, published when nothing holds."""
