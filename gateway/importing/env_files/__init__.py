"""The `.env` files of other proxies: one module for each tool."""
