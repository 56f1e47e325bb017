"""Families with similar needs seen together: the latent class model, its approval, and proposed units."""
