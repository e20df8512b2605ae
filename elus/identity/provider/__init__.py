"""Signing in through an identity provider (OpenID Connect Core 1.0): its door, its network, its tokens. Off unless set.

Only `states` and `words` load with the application: `client` and `tokens` bring Authlib, which a portal without provider never needs.
"""
